using ClipLens.Models;
using ClipLens.Runs;

namespace ClipLens.Explorer;

/// <summary>What pages may show beside the run itself.</summary>
public sealed record ExplorerSettings
{
    /// <summary>Names of the classes that pictures are told apart by; none if null, then people type their own.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>Sentences around a class name; the library's own if null.</summary>
    public IReadOnlyList<string>? Templates { get; init; }

    /// <summary>Files that the commands <c>cues</c> wrote; those in the run's folder whose names begin with <c>cues</c> are shown
    /// too.</summary>
    public IReadOnlyList<string> Cues { get; init; } = [];

    /// <summary>Folders that the command <c>adversarial</c> wrote; one of this name in the run's folder is shown too.</summary>
    public IReadOnlyList<string> Adversarial { get; init; } = [];

    /// <summary>The file that the command <c>ablate</c> wrote; <c>ablation.json</c> in the run's folder if null.</summary>
    public string? Ablation { get; init; }

    /// <summary>A run to compare with; none if null.</summary>
    public RunDirectory? Other { get; init; }

    /// <summary>Loads the other run's model, if its neurons are still to be looked at on all images; null if it is not there.</summary>
    public Func<ClipModel>? LoadOther { get; init; }

    /// <summary>Is told of what failed unexpectedly; a visitor sees a sentence without it. Called by any thread.</summary>
    public Action<Exception>? OnFault { get; init; }

    /// <summary>A table of scores to show on a page of its own; none if null.</summary>
    public ScoreTable? Scores { get; init; }
}

/// <summary>Scores beside those of baselines.</summary>
/// <param name="Title">What was scored.</param>
/// <param name="What">What the scores mean, in a sentence or two.</param>
/// <param name="Rows">The scores.</param>
/// <param name="Story">A page beside the pages that tells more; none if null.</param>
public sealed record ScoreTable(string Title, string What, IReadOnlyList<ScoreRow> Rows, string? Story = null);

/// <summary>A score in percent.</summary>
/// <param name="Name">What it is of.</param>
/// <param name="Percent">The score.</param>
/// <param name="Baselines">What others reach.</param>
public sealed record ScoreRow(string Name, double Percent, IReadOnlyList<Baseline> Baselines);

/// <summary>What a baseline reaches.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Percent">Its score in percent.</param>
public sealed record Baseline(string Name, double Percent);
