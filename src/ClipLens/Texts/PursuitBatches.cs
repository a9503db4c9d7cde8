using ClipLens.Compute;
using static TorchSharp.torch;

namespace ClipLens.Texts;

/// <summary>
/// Greedy pursuits of many vectors side by side. The correlations of many residuals with all atoms are matrix products in single precision;
/// where they leave doubt about which atom is largest, and in everything else, double precision decides. So the result depends neither on
/// how the vectors are batched nor on the number of threads.
/// </summary>
internal static class PursuitBatches
{
    /// <summary>Directions whose correlations are one matrix product.</summary>
    private const int LargestBatch = 256;

    /// <summary>Atoms of one matrix product: small enough that its result is read back from the cache.</summary>
    private const int Chunk = 512;

    /// <summary>Doubles that the bases of a batch may take: 64 MB.</summary>
    private const long LargestBases = 1 << 23;

    /// <summary>Runs the pursuits.</summary>
    /// <param name="vectors">float32 [N, d] on the CPU.</param>
    /// <param name="dictionary">M atoms of width d.</param>
    /// <param name="steps">Steps of a pursuit at most.</param>
    /// <param name="create">Makes a pursuit; it serves one vector after the other.</param>
    /// <param name="read">Takes finished pursuits and the number of the first one's vector; on any thread, each vector once.</param>
    /// <param name="progress">Receives the number of vectors done, a started batch by its share.</param>
    /// <param name="workers">Threads; the number of cores if null.</param>
    /// <param name="cancellation">Ends the work between two steps.</param>
    public static void Run<T>(Tensor vectors, TextDictionary dictionary, int steps, Func<T> create, Action<T[], int> read,
        IProgress<int>? progress, int? workers, CancellationToken cancellation) where T : IPursuit
    {
        int neurons = (int)vectors.shape[0], batch = BatchSize(neurons, (long)steps * dictionary.Width);
        var counter = new StepCounter(neurons, steps, progress);
        using var memory = new ThreadLocal<T[]>(() => [.. Enumerable.Range(0, batch).Select(_ => create())]);
        OrderedWork.Run(0, (neurons + batch - 1) / batch, piece =>
        {
            int first = piece * batch;
            var pursuits = memory.Value!.AsSpan(0, Math.Min(batch, neurons - first)).ToArray();
            RunBatch(pursuits, vectors.narrow(0, first, pursuits.Length), dictionary, steps, counter, cancellation);
            read(pursuits, first);
            return piece;
        }, (_, _) => { }, workers, cancellation);
    }

    /// <summary>Batches of one size for every core, none larger than pays, and bases of all of them in bounded memory.</summary>
    private static int BatchSize(int neurons, long basis)
    {
        int largest = (int)Math.Clamp(LargestBases / basis, 16, LargestBatch);
        int cores = Environment.ProcessorCount, rounds = (neurons + cores * largest - 1) / (cores * largest);
        return Math.Max(16, (neurons + cores * rounds - 1) / Math.Max(1, cores * rounds));
    }

    private static void RunBatch<T>(T[] neurons, Tensor directions, TextDictionary dictionary, int steps, StepCounter counter,
        CancellationToken stop) where T : IPursuit
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
                contenders[i].Reset(RoundingOf(neurons[i].ResidualNorm, dictionary), neurons[i].Rule);
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
    private static void Correlate<T>(Tensor residuals, Tensor atoms, T[] neurons, Contenders[] contenders) where T : IPursuit
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
