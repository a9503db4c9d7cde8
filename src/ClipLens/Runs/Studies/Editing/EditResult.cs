using ClipLens.Editing.AgainstCues;
using ClipLens.Editing.Measuring;
using ClipLens.Editing.Searching;
using ClipLens.Editing.Typography;
using ClipLens.Editing.Weights;

namespace ClipLens.Runs.Studies.Editing;

/// <summary>A neuron that was found by a text and edited.</summary>
/// <param name="Text">The text.</param>
/// <param name="Factor">What its deviation was multiplied by.</param>
/// <param name="Neuron">The neuron.</param>
public sealed record FoundNeuron(string Text, double Factor, NeuronByText Neuron);

/// <summary>An edit, what was written and what it did.</summary>
public sealed record EditResult
{
    /// <summary>What was done, as it lies beside the edited weights; null before it was.</summary>
    public EditRecord? Record { get; init; }

    /// <summary>Neurons that were found by words.</summary>
    public IReadOnlyList<FoundNeuron> Found { get; init; } = [];

    /// <summary>The means that were tried, the one that hurts less first; none where one was asked for.</summary>
    public IReadOnlyList<MeanTrial> Trials { get; init; } = [];

    /// <summary>The search that found the edit; null where there was none.</summary>
    public SearchResult? Search { get; init; }

    /// <summary>Other choices of as many units, on the images that were not searched on.</summary>
    public IReadOnlyList<EditBaseline> Baselines { get; init; } = [];

    /// <summary>What words written on the images do; null where none were.</summary>
    public AttackEffect? Attack { get; init; }

    /// <summary>Accuracy on images with and without cues: all together first; none where no cues were named.</summary>
    public IReadOnlyList<CueChange> Cues { get; init; } = [];

    /// <summary>Accuracy on the images' objects before other images' scenes, where factors were fitted; null otherwise.</summary>
    public PairedShare? Scenes { get; init; }

    /// <summary>What the edit did; null without images.</summary>
    public EditEffect? Effect { get; init; }

    /// <summary>Weights beside the model's own that were not copied, because they would still be those before the edit.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];

    /// <summary>What is doubtful about the images and classes that were given, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
