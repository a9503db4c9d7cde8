namespace ClipLens.Runs.Storage;

/// <summary>
/// What the neurons of a block do on all images of a run, not their top images alone: what a person needs to see of a neuron beside what
/// defines it. <see cref="Studies.Portraits.PortraitStudy"/> makes it in one pass over the images; matrices are stored row by row, effects
/// are in percent of the length of the image's representation.
/// </summary>
public sealed record LayerPortraits
{
    /// <summary>Bins of the histogram of a neuron's effects.</summary>
    public const int Bins = 24;

    /// <summary>Images kept of those just below a neuron's threshold.</summary>
    public const int Below = 4;

    /// <summary>The block, from 0.</summary>
    public required int Layer { get; init; }

    /// <summary>Number N of neurons.</summary>
    public required int Count { get; init; }

    /// <summary>Images whose norms are kept, s of them: those with the smallest fingerprints, so that runs over the same images have the
    /// same sample.</summary>
    public required IReadOnlyList<int> Sample { get; init; }

    /// <summary>Norms of the centred effects on the sample: [N, s].</summary>
    public required ReadOnlyMemory<float> SampleNorms { get; init; }

    /// <summary>How many images have a norm in each of the bins from 0 to the neuron's largest norm: [N, <see cref="Bins"/>].</summary>
    public required ReadOnlyMemory<int> Histogram { get; init; }

    /// <summary>The images with the largest norms below the threshold, largest first; -1 where there are no more: [N, <see
    /// cref="Below"/>].</summary>
    public required ReadOnlyMemory<int> BelowImages { get; init; }

    /// <summary>Their norms: [N, <see cref="Below"/>].</summary>
    public required ReadOnlyMemory<float> BelowNorms { get; init; }

    /// <summary>Where a neuron's effect goes through: for every later head k, layer by layer, what it carries along the neuron's direction
    /// on its top images, on average, less what it carries on all images: [N, K].</summary>
    public required ReadOnlyMemory<float> Routes { get; init; }

    /// <summary>Mean of the top images' representations, each less the mean of all and of unit length: [N, d].</summary>
    public required ReadOnlyMemory<float> ImageMean { get; init; }

    /// <summary>How unlike the top images are to the model: 1 less the mean cosine of their representations, each less the mean of all.
    /// About 1 for images drawn at random, near 0 for images of one thing: [N].</summary>
    public required IReadOnlyList<float> Polysemanticity { get; init; }

    /// <summary>A row of one of the matrices.</summary>
    /// <param name="matrix">The matrix, of N rows.</param>
    /// <param name="neuron">The neuron.</param>
    public ReadOnlySpan<T> RowOf<T>(ReadOnlyMemory<T> matrix, int neuron)
    {
        int width = matrix.Length / Count;
        return matrix.Span.Slice(neuron * width, width);
    }
}
