using ClipLens.Cues;
using ClipLens.Cues.Adversarial;

namespace ClipLens.Runs.Studies.Applications;

/// <summary>What adversarial images are made from a run.</summary>
public sealed record AdversarialStudySettings
{
    /// <summary>What to make. Its own sources of cues are tried first; the run's come behind them.</summary>
    public required AdversarialSettings Pictures { get; init; }

    /// <summary>Where the run's cue words come from; all but <see cref="CueSource.SecondOrder"/> are baselines.</summary>
    public IReadOnlyList<CueSource> Sources { get; init; } = CueSources.Standard;

    /// <summary>How they are looked for; source, templates, seed and images are those of this study. What the model has seen already
    /// (<see cref="CueSettings.Seen"/>) is not passed through it again.</summary>
    public CueSettings Cues { get; init; } = new();

    /// <summary>The neurons that they are taken from. Its pool also tells what images show.</summary>
    public NeuronSelection Neurons { get; init; } = new();

    /// <summary>Of which photographs the pictures are made, where nobody else makes them; the pool is that of the neurons if left
    /// out.</summary>
    public RunPictureSettings Photographs { get; init; } = new();
}
