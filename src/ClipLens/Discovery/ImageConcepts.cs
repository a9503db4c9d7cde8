using ClipLens.Drawing;
using ClipLens.Neurons;

namespace ClipLens.Discovery;

/// <summary>How concepts of an image are found and ranked.</summary>
public enum DiscoveryMethod
{
    /// <summary>By the image's representation, to which what its significant neurons do to the output is added once more; see <see
    /// cref="DiscoverySettings.Weight"/>.</summary>
    Reinforced,

    /// <summary>By the exact second-order effects of the significant neurons on this image alone: their inner product with the
    /// text.</summary>
    Effects,

    /// <summary>The paper's rule (Appendix A.5): sum over the significant neurons of gamma times the norm of the centred effect.</summary>
    Paper,

    /// <summary>Baseline: the image's representation, less the mean one of a dataset, as a sparse sum of texts (as SpLiCE does it, by
    /// matching pursuit).</summary>
    Embedding,

    /// <summary>Baseline: the texts most similar to the image.</summary>
    ZeroShot,
}

/// <summary>Something that a model sees in an image.</summary>
/// <param name="Text">The text.</param>
/// <param name="TextIndex">Its place in the pool.</param>
/// <param name="Score">Its score; the unit depends on the method.</param>
/// <param name="Same">Further texts of the pool that say the same and scored less.</param>
/// <param name="Neurons">
/// The significant neurons behind it, the largest share first: what the neuron's centred effect adds along the text, in percent of the
/// length of the representation; for the paper's rule, what it adds to the score.
/// </param>
/// <param name="Patches">
/// Where these neurons get it from: what flows along the text from each patch through the significant neurons, in percent of the length of
/// the representation.
/// </param>
public sealed record Concept(string Text, int TextIndex, float Score, IReadOnlyList<string> Same, IReadOnlyList<NeuronShare> Neurons,
    HeatMap Patches)
{
    /// <summary>Where in the image it is, in words such as "top left": the middle of the patches' positive heat; empty where there is
    /// none.</summary>
    public string Place => ConceptPlace.Describe(Patches);
}

/// <summary>The concepts of an image.</summary>
/// <param name="Image">The image's name.</param>
/// <param name="Error">Why it could not be read, in a sentence; null where it could.</param>
/// <param name="Significant">Neurons above their significance threshold on this image.</param>
/// <param name="Concepts">The concepts, the highest score first.</param>
public sealed record ImageConcepts(string Image, string? Error, int Significant, IReadOnlyList<Concept> Concepts);

/// <summary>The first texts of an image by several methods.</summary>
/// <param name="Image">The image's place among those that were asked for.</param>
/// <param name="Methods">For every method the concepts, the first the best: places in the pool of the texts that say the same, the best
/// first.</param>
public sealed record RankedTexts(int Image, IReadOnlyList<IReadOnlyList<IReadOnlyList<int>>> Methods);

/// <summary>How concepts are looked for.</summary>
public sealed record DiscoverySettings
{
    /// <summary>How they are found.</summary>
    public DiscoveryMethod Method { get; init; } = DiscoveryMethod.Reinforced;

    /// <summary>Concepts of an image at most.</summary>
    public int Count { get; init; } = 10;

    /// <summary>Of <see cref="DiscoveryMethod.Reinforced"/>: how often the effects of the significant neurons count beside what the
    /// representation already has of them.</summary>
    public float Weight { get; init; } = 0.1f;

    /// <summary>The cosine, less what the pool's texts have in common, from which two texts say the same; if null, what one in a thousand
    /// pairs of the pool reach.</summary>
    public float? SameCosine { get; init; }

    /// <summary>Of <see cref="DiscoveryMethod.Embedding"/>: the mean over a dataset of the representations, each of unit length:
    /// [d].</summary>
    public IReadOnlyList<float>? MeanRepresentation { get; init; }

    /// <summary>Images in a forward pass.</summary>
    public int Batch { get; init; } = 16;

    /// <summary>Threads; the number of cores if null.</summary>
    public int? Workers { get; init; }

    /// <summary>Whether images are turned upright as their EXIF data says.</summary>
    public bool ApplyOrientation { get; init; }
}
