using ClipLens.Compute;
using static TorchSharp.torch;

namespace ClipLens.Texts;

/// <summary>
/// Orthogonal matching pursuit (Section 4 of the paper): a direction is approximated by few texts, chosen one by one for the
/// largest absolute correlation with what is left, all coefficients fitted anew at every step.
/// The correlations of many directions with all atoms are matrix products in single precision; where they leave doubt about
/// which atom is largest, and in everything else, double precision decides. So the result depends neither on how the directions
/// are batched nor on the number of threads.
/// </summary>
public static class MatchingPursuit
{
    /// <summary>Directions whose correlations are one matrix product.</summary>
    private const int LargestBatch = 256;

    /// <summary>Atoms of one matrix product: small enough that its result is read back from the cache.</summary>
    private const int Chunk = 512;

    /// <summary>Doubles that the bases of a batch may take: 64 MB.</summary>
    private const long LargestBases = 1 << 23;

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
        var results = sizes.Select(size => EmptyCodes((int)matrix.shape[0], size)).ToList();
        int steps = Math.Min(sizes.Max(), Math.Min(dictionary.Count, dictionary.Width));
        int neurons = (int)matrix.shape[0], batch = BatchSize(neurons, (long)steps * dictionary.Width);
        var counter = new StepCounter(neurons, steps, progress);
        using var memory = new ThreadLocal<NeuronPursuit[]>(
            () => [.. Enumerable.Range(0, batch).Select(_ => new NeuronPursuit(dictionary.Width, steps))]);
        OrderedWork.Run(0, (neurons + batch - 1) / batch, piece =>
        {
            int first = piece * batch;
            var pursuits = memory.Value!.AsSpan(0, Math.Min(batch, neurons - first)).ToArray();
            Run(pursuits, matrix.narrow(0, first, pursuits.Length), dictionary, steps, counter, cancellationToken);
            foreach (var codes in results) Read(pursuits, first, codes);
            return piece;
        }, (_, _) => { }, workers, cancellationToken);
        return results;
    }

    /// <summary>Batches of one size for every core, none larger than pays, and bases of all of them in bounded memory.</summary>
    private static int BatchSize(int neurons, long basis)
    {
        int largest = (int)Math.Clamp(LargestBases / basis, 16, LargestBatch);
        int cores = Environment.ProcessorCount, rounds = (neurons + cores * largest - 1) / (cores * largest);
        return Math.Max(16, (neurons + cores * rounds - 1) / Math.Max(1, cores * rounds));
    }

    private static void Run(NeuronPursuit[] neurons, Tensor directions, TextDictionary dictionary, int steps, StepCounter counter,
        CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        var residuals = directions.clone();
        var residualRows = new FloatRows(residuals);
        var atomRows = new FloatRows(dictionary.Atoms);
        var contenders = neurons.Select(_ => new Contenders()).ToArray();
        for (int i = 0; i < neurons.Length; i++) neurons[i].Begin(residualRows[i]);
        for (int step = 0; step < steps; step++)
        {
            stop.ThrowIfCancellationRequested();
            if (Array.TrueForAll(neurons, neuron => neuron.Finished))
            {
                counter.Add(neurons.Length * (steps - step));
                break;
            }
            for (int i = 0; i < neurons.Length; i++)
            {
                neurons[i].CopyResidual(residualRows[i]);
                contenders[i].Reset(RoundingOf(neurons[i].ResidualNorm, dictionary));
            }
            Correlate(residuals, dictionary.Atoms, neurons, contenders);
            for (int i = 0; i < neurons.Length; i++)
            {
                if (!neurons[i].Finished) neurons[i].Step(contenders[i].Atoms(), atomRows);
            }
            counter.Add(neurons.Length);
        }
        GC.KeepAlive(dictionary);
    }

    /// <summary>Offers every neuron its correlations with all atoms, a chunk of the pool at a time.</summary>
    private static void Correlate(Tensor residuals, Tensor atoms, NeuronPursuit[] neurons, Contenders[] contenders)
    {
        for (int first = 0; first < atoms.shape[0]; first += Chunk)
        {
            using var step = NewDisposeScope();
            var part = atoms.narrow(0, first, Math.Min(Chunk, atoms.shape[0] - first));
            var correlations = residuals.mm(part.t());
            var rows = new FloatRows(correlations);
            for (int i = 0; i < neurons.Length; i++)
            {
                if (!neurons[i].Finished) contenders[i].Offer(rows[i], first);
            }
            GC.KeepAlive(correlations);
        }
    }

    /// <summary>
    /// By how much two correlations in single precision can come out in the wrong order: twice the bound of the error of an
    /// inner product of d terms, with one more for the rounding of the residual.
    /// </summary>
    private static float RoundingOf(double residualNorm, TextDictionary dictionary) =>
        (float)(2 * (dictionary.Width + 2) * Math.Pow(2, -24) * dictionary.LargestNorm * residualNorm);

    private static void Read(NeuronPursuit[] neurons, int first, SparseCodes codes)
    {
        int[] indices = new int[codes.Size];
        float[] coefficients = new float[codes.Size];
        for (int i = 0; i < neurons.Length; i++)
        {
            codes.ResidualNorms[first + i] = (float)neurons[i].Read(codes.Size, indices, coefficients);
            for (int j = 0; j < codes.Size; j++)
                (codes.Indices[first + i, j], codes.Coefficients[first + i, j]) = (indices[j], coefficients[j]);
        }
    }

    private static SparseCodes EmptyCodes(int neurons, int size) =>
        new(new int[neurons, size], new float[neurons, size], new float[neurons]);

    private static void CheckFinite(Tensor directions)
    {
        using var finite = directions.isfinite().all(1);
        bool[] rows = finite.data<bool>().ToArray();
        int bad = Array.IndexOf(rows, false);
        if (bad >= 0) throw new ClipLensException($"The direction of neuron {bad} is not finite, so it cannot be decomposed into texts.");
    }

    /// <summary>Counts the steps that the threads have done and reports them as directions.</summary>
    private sealed class StepCounter(int neurons, int steps, IProgress<int>? progress)
    {
        private readonly Lock @lock = new();
        private long done;

        public void Add(int stepsDone)
        {
            lock (@lock)
            {
                done += stepsDone;
                progress?.Report((int)Math.Min(neurons, done / steps));
            }
        }
    }
}
