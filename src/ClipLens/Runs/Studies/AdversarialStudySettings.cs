using ClipLens.Cues;
using ClipLens.Cues.Adversarial;
using ClipLens.Models.Images;

namespace ClipLens.Runs.Studies;

/// <summary>What adversarial images are made from a run.</summary>
public sealed record AdversarialStudySettings
{
    /// <summary>What to make. Its own sources of cues are tried first; the run's come behind them.</summary>
    public required AdversarialSettings Pictures { get; init; }

    /// <summary>Where the run's cue words come from; all but <see cref="CueSource.SecondOrder"/> are baselines.</summary>
    public IReadOnlyList<CueSource> Sources { get; init; } = CueSources.Standard;

    /// <summary>How they are looked for; source, templates, seed and images are those of this study.</summary>
    public CueSettings Cues { get; init; } = new();

    /// <summary>The neurons that they are taken from. Its pool also tells what images show.</summary>
    public NeuronSelection Neurons { get; init; } = new();

    /// <summary>Of collages: images to take the cues' objects from; the run's if null.</summary>
    public IReadOnlyList<ImageEntry>? Photographs { get; init; }

    /// <summary>Of collages: images of the true class; those in which the model sees it beyond doubt if null.</summary>
    public IReadOnlyList<ImageEntry>? Bases { get; init; }

    /// <summary>Of collages: images that an object is cut out of, a cue.</summary>
    public int DonorsPerCue { get; init; } = 3;
}
