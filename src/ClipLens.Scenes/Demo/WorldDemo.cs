using ClipLens.Compute;
using ClipLens.Runs;
using ClipLens.Runs.Studies.Ablation;
using ClipLens.Scenes.Truth;

namespace ClipLens.Scenes.Demo;

/// <summary>What the demo found.</summary>
/// <param name="Settings">What it was to do.</param>
/// <param name="Run">Its run.</param>
/// <param name="Story">The story with its pictures, a page for a browser.</param>
/// <param name="Ablation">What the model loses without second-order effects.</param>
/// <param name="Scores">The scores against the truth.</param>
/// <param name="Neurons">Neurons that are described truly, the most over-represented text first.</param>
public sealed record DemoResult(DemoSettings Settings, RunDirectory Run, string Story, AblationResult Ablation,
    IReadOnlyList<DemoScore> Scores,
    IReadOnlyList<DescribedNeuron> Neurons)
{
    /// <summary>What to try next, as the settings say it.</summary>
    public required IReadOnlyList<string> Next { get; init; }
}

/// <summary>
/// The whole story on a drawn world whose truth is known: draws pictures, describes the neurons of the world's CLIP, and scores
/// descriptions,
/// segmentations, concepts, cues and adversarial images against the truth.
/// </summary>
public static class WorldDemo
{
    /// <summary>Does all of it, or goes on with what was stopped; writes the run, <c>scores.json</c> and the story, a page with
    /// its pictures.</summary>
    /// <param name="settings">How much.</param>
    /// <param name="progress">How far the present stage is.</param>
    /// <param name="cancellation">Stops it; the same call goes on from there.</param>
    /// <exception cref="SettingException">The folder holds a demo of another size or seed.</exception>
    /// <exception cref="ClipLensException">The world's model is damaged, another process works in the folder, the folder is none of a demo,
    /// or it cannot be written to.</exception>
    /// <exception cref="IOException">The disk failed or is full.</exception>
    public static DemoResult Run(DemoSettings settings, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        using var held = DemoFolder.Take(settings);
        using var work = new DemoWork(settings);
        work.Do(progress, cancellation);
        DemoScores.Write(settings.File("scores.json"), work);
        string story = settings.File("report", "story.html");
        DemoReport.Write(story, work);
        DemoCues.Keep(work);
        DemoAdversarial.KeepFirst(work);
        return new(settings, work.Run, story, work.Ablation, DemoScores.All(work), DemoNeurons.Shown(work))
        {
            Next = DemoOutlook.Describe(work),
        };
    }
}
