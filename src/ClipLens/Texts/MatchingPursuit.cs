using static TorchSharp.torch;

namespace ClipLens.Texts;

/// <summary>
/// Orthogonal matching pursuit (Section 4 of the paper): a direction is approximated by few texts, chosen one by one for the
/// largest absolute correlation with what is left, all coefficients fitted anew at every step.
/// </summary>
public static class MatchingPursuit
{
    /// <summary>Decomposes directions into at most <paramref name="atoms"/> texts each.</summary>
    /// <inheritdoc cref="Decompose(Tensor, TextDictionary, IReadOnlyList{int}, IProgress{int}, int?, CancellationToken)"/>
    /// <param name="directions"/>
    /// <param name="dictionary"/>
    /// <param name="atoms">Texts a direction.</param>
    /// <param name="progress"/>
    /// <param name="workers"/>
    /// <param name="cancellationToken"/>
    public static SparseCodes Decompose(Tensor directions, TextDictionary dictionary, int atoms,
        IProgress<int>? progress = null, int? workers = null, CancellationToken cancellationToken = default) =>
        Decompose(directions, dictionary, [atoms], progress, workers, cancellationToken)[0];

    /// <summary>
    /// Decomposes directions for several numbers of texts at the price of the largest: the pursuit is greedy, so the texts of a
    /// smaller size are the first of a larger one; the coefficients differ.
    /// </summary>
    /// <param name="directions">[N, d].</param>
    /// <param name="dictionary">M atoms of width d.</param>
    /// <param name="sizes">Texts a direction.</param>
    /// <param name="progress">Receives the number of directions done, a started batch by its share.</param>
    /// <param name="workers">Threads; the number of cores if null.</param>
    /// <param name="cancellationToken">Ends the work between two steps.</param>
    /// <returns>One result a size, in the order of <paramref name="sizes"/>.</returns>
    /// <exception cref="ClipLensException">A direction is not finite.</exception>
    public static IReadOnlyList<SparseCodes> Decompose(Tensor directions, TextDictionary dictionary, IReadOnlyList<int> sizes,
        IProgress<int>? progress = null, int? workers = null, CancellationToken cancellationToken = default)
    {
        if (directions.dim() != 2 || directions.shape[1] != dictionary.Width)
            throw new ArgumentException($"The directions must be [N, {dictionary.Width}].", nameof(directions));
        if (sizes.Count == 0 || sizes.Min() < 1) throw new ArgumentException("Every size must be at least 1.", nameof(sizes));
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        var matrix = directions.cpu().to(ScalarType.Float32).contiguous();
        CheckFinite(matrix);
        int neurons = (int)matrix.shape[0];
        var results = sizes.Select(size =>
            (Size: size, Indices: new int[neurons * size], Coefficients: new float[neurons * size], Norms: new float[neurons])).ToList();
        int steps = Math.Min(sizes.Max(), Math.Min(dictionary.Count, dictionary.Width));
        PursuitBatches.Run(matrix, dictionary, steps, () => new NeuronPursuit(dictionary.Width, steps), (pursuits, first) =>
        {
            foreach (var (size, indices, coefficients, norms) in results)
                for (int i = 0, at = first * size; i < pursuits.Length; i++, at += size)
                    norms[first + i] = (float)pursuits[i].Read(size, indices.AsSpan(at, size), coefficients.AsSpan(at, size));
        }, progress, workers, cancellationToken);
        return [.. results.Select(own => new SparseCodes(own.Size, own.Indices, own.Coefficients, own.Norms))];
    }

    private static void CheckFinite(Tensor directions)
    {
        using var finite = directions.isfinite().all(1);
        bool[] rows = finite.data<bool>().ToArray();
        int bad = Array.IndexOf(rows, false);
        if (bad >= 0) throw new ClipLensException($"The direction of neuron {bad} is not finite, so it cannot be decomposed into texts.");
    }
}
