using ClipLens.Models.Images;
using ClipLens.Neurons;
using ClipLens.Texts;

namespace ClipLens.Cues;

/// <summary>Where cue words come from: the paper's way, or one of its baselines (Section 5.1, Appendix A.8).</summary>
public enum CueSource
{
    /// <summary>The texts of the neurons whose second-order directions lead most from the true class to the fooled one.</summary>
    SecondOrder,

    /// <summary>The same from neurons drawn at random.</summary>
    RandomNeurons,

    /// <summary>The same from the directions in which the neurons write straight to the output.</summary>
    FirstOrder,

    /// <summary>The same from the directions in which the output changes when a neuron is replaced by its mean.</summary>
    Indirect,

    /// <summary>The texts of the pool most similar to the fooled class.</summary>
    MostSimilar,

    /// <summary>The texts that go with the images which the model takes for the fooled class, by z-scored means; not the paper's.</summary>
    Statistics,

    /// <summary>Texts of the pool drawn at random.</summary>
    RandomWords,
}

/// <summary>What a neuron adds to something.</summary>
/// <param name="Neuron">The neuron.</param>
/// <param name="Contribution">How much; negative where it takes away.</param>
public readonly record struct CueNeuron(NeuronId Neuron, float Contribution);

/// <summary>A text that the model takes for a sign of the fooled class although it is none.</summary>
/// <param name="Text">The text.</param>
/// <param name="TextIndex">Its place in the pool.</param>
/// <param name="Score">w_j: how far the chosen neurons lead from the true class to the fooled one by this text; of <see
/// cref="CueSource.MostSimilar"/> the cosine, of <see cref="CueSource.Statistics"/> the mean z-score.</param>
/// <param name="Neurons">The neurons behind it, the largest contribution to the score first; those that speak against it are left
/// out.</param>
public sealed record SpuriousCue(string Text, int TextIndex, float Score, IReadOnlyList<CueNeuron> Neurons)
{
    /// <summary>What it does to pictures; null where it was not tried.</summary>
    public CueEffect? Effect { get; init; }

    /// <summary>Whether pictures showed that it leads the model to the fooled class.</summary>
    public bool IsConfirmed => Effect is { Low: > 0 };
}

/// <summary>What a cue does to pictures: the same ones with and without it.</summary>
/// <param name="Shift">By how much nearer it brings them to the fooled class: mean change of the difference of the two logits (100 x
/// cosine).</param>
/// <param name="Low">Lower end of its 95 % interval.</param>
/// <param name="High">Its upper end.</param>
public sealed record CueEffect(double Shift, double Low, double High);

/// <summary>A text that scored as high as the cues but is none.</summary>
/// <param name="Text">The text.</param>
/// <param name="Score">Its score.</param>
/// <param name="Reason">Why it was left out, as the end of a sentence.</param>
public sealed record DroppedCue(string Text, float Score, string Reason);

/// <summary>The cues by which a model may be led to take one class for another.</summary>
/// <param name="True">The class that an image shows.</param>
/// <param name="Fooled">The class that the model shall see.</param>
/// <param name="Source">Where the words come from.</param>
/// <param name="Neurons">The chosen neurons with the inner product of their direction and text(fooled) - text(true), the largest absolute
/// value first.</param>
/// <param name="Cues">The cues, the highest score first.</param>
/// <param name="Dropped">What was left out on the way to them, the highest score first.</param>
/// <param name="SynonymCosine">The sentence similarity from which two texts counted as the same.</param>
public sealed record CueReport(string True, string Fooled, CueSource Source, IReadOnlyList<CueNeuron> Neurons,
    IReadOnlyList<SpuriousCue> Cues,
    IReadOnlyList<DroppedCue> Dropped, float SynonymCosine);

/// <summary>How cues are looked for.</summary>
public sealed record CueSettings
{
    /// <summary>Where the words come from.</summary>
    public CueSource Source { get; init; } = CueSource.SecondOrder;

    /// <summary>Neurons that are chosen, all blocks together (paper: 100).</summary>
    public int Neurons { get; init; } = 100;

    /// <summary>Cues at most (paper: 25).</summary>
    public int Count { get; init; } = 25;

    /// <summary>
    /// The sentence similarity from which two texts say the same; if null, what one in a thousand pairs of the pool's texts reach with the
    /// encoder.
    /// </summary>
    public float? SynonymCosine { get; init; }

    /// <summary>Measures sentence similarity; the model's text tower if null.</summary>
    public SentenceEncoder? Encoder { get; init; }

    /// <summary>Words that are never cues, in any form.</summary>
    public IReadOnlyList<string> Drop { get; init; } = [];

    /// <summary>Templates of the class texts, {} for the name; the default ones if null.</summary>
    public IReadOnlyList<string>? Templates { get; init; }

    /// <summary>Of <see cref="CueSource.Statistics"/>: the classes that the model chooses among, beside the two. If null, the images
    /// nearest to the fooled class count as taken for it: one in fifty, those nearer to the true class left out.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>Of <see cref="CueSource.Statistics"/>: images that the model has seen already; those of <see cref="Images"/> are passed
    /// through it if null.</summary>
    public SeenImages? Seen { get; init; }

    /// <summary>Of <see cref="CueSource.Indirect"/> and <see cref="CueSource.Statistics"/>: images of the dataset, on which the effects
    /// are measured.</summary>
    public IReadOnlyList<ImageEntry>? Images { get; init; }

    /// <summary>Of <see cref="CueSource.Indirect"/>: neurons drawn at random to measure; each costs a part of a forward pass for every
    /// image.</summary>
    public int IndirectNeurons { get; init; } = 200;

    /// <summary>Of <see cref="CueSource.Indirect"/>: images drawn at random to measure them on.</summary>
    public int IndirectImages { get; init; } = 20;

    /// <summary>Seed of what is drawn at random.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads that work at once; the number of cores if null.</summary>
    public int? Workers { get; init; }
}
