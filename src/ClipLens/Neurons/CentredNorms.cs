using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ClipLens.Compute;
using ClipLens.Effects;
using static TorchSharp.torch;

namespace ClipLens.Neurons;

/// <summary>
/// Norms ||phi_n(I) - b_n|| of centred effects from their coefficients, without forming an effect. With x the centred coefficients,
/// G = U^T U and D the centred bias share: ||U x + D||^2 = x^T G x + 2 x . (U^T D) + ||D||^2, where U^T D is taken through the heads' value
/// space. Prepared for a range of neurons of one block; a row of every table is padded with zeros to whole vectors.
/// </summary>
internal sealed unsafe class CentredNorms : IDisposable
{
    private const int Lane = 16;
    private const int Group = 4;
    private readonly Tensor gram, values, left, meanCoefficients, meanBias;
    private readonly int paths, paddedPaths, paddedWidth;
    private readonly int? workers;

    /// <summary>Prepares the neurons <paramref name="first"/> .. +<paramref name="count"/> of a block.</summary>
    /// <param name="outputPaths">The model's paths.</param>
    /// <param name="layer">The block.</param>
    /// <param name="first">First neuron of the range.</param>
    /// <param name="count">Neurons in the range.</param>
    /// <param name="meanCoefficients">Mean coefficients of the range over the dataset: [count, K].</param>
    /// <param name="meanBias">Mean bias share over the dataset: [d].</param>
    /// <param name="workers">Threads that prepare and visit the neurons at once; the number of cores if null.</param>
    public CentredNorms(OutputPaths outputPaths, int layer, int first, int count, Tensor meanCoefficients, Tensor meanBias,
        int? workers = null)
    {
        this.workers = workers;
        using var _ = no_grad();
        paths = outputPaths.PathCount(layer);
        paddedPaths = Padded(paths);
        paddedWidth = Padded(outputPaths.HeadWidth);
        Count = count;
        this.meanCoefficients = meanCoefficients.clone().DetachFromDisposeScope();
        this.meanBias = meanBias.clone().DetachFromDisposeScope();
        gram = zeros(count, paths, paddedPaths).DetachFromDisposeScope();
        values = zeros(count, paths, paddedWidth).DetachFromDisposeScope();
        left = outputPaths.Left(layer).DetachFromDisposeScope();
        Fill(outputPaths, layer, first);
    }

    /// <summary>Neurons in the range.</summary>
    public int Count { get; }

    /// <summary>Bytes of the tables for one neuron.</summary>
    public static long BytesPerNeuron(int paths, int headWidth) => 4L * paths * (Padded(paths) + Padded(headWidth));

    /// <summary>Visits every neuron of the range with the norms and centred coefficients of a chunk of images.</summary>
    /// <param name="coefficients">Coefficients of the range, not centred: [images, count, K], row by row.</param>
    /// <param name="biases">Bias shares of the images: [images, d].</param>
    /// <param name="visit">Called for (neuron in the range, norms [images], centred rows [images, padded K], row stride); on several
    /// threads.</param>
    public void Visit(ReadOnlySpan<float> coefficients, Tensor biases, Visitor visit)
    {
        using var scope = NewDisposeScope();
        int images = (int)biases.shape[0];
        var centred = biases - meanBias;
        var projected = zeros(images, paths, paddedWidth);
        projected.narrow(2, 0, left.shape[2]).copy_(matmul(centred.view(1, images, -1), left).transpose(0, 1));
        var squared = centred.square().sum(-1);
        fixed (float* x = coefficients, mean = meanCoefficients.Floats(), g = gram.Floats(), v = values.Floats(), p = projected.Floats(),
            s = squared.Floats())
        {
            var tables = new Tables((nint)x, (nint)mean, (nint)g, (nint)v, (nint)p, (nint)s);
            // The calling thread takes part.
            int threads = WorkThreads.Number(workers, Count);
            using var counted = WorkThreads.Count(threads - 1);
            Parallel.ForEach(System.Collections.Concurrent.Partitioner.Create(0, Count, Math.Max(1, Math.Min(64, Count))),
                new ParallelOptions { MaxDegreeOfParallelism = threads }, range =>
                VisitRange(tables, images, range.Item1, range.Item2, visit));
        }
    }

    /// <summary>Takes one neuron's norms and centred coefficient rows for a chunk of images.</summary>
    public delegate void Visitor(int neuron, ReadOnlySpan<float> norms, ReadOnlySpan<float> rows, int stride);

    public void Dispose()
    {
        foreach (var tensor in new[] { gram, values, left, meanCoefficients, meanBias }) tensor.Dispose();
    }

    private void VisitRange(Tables tables, int images, int first, int end, Visitor visit)
    {
        int whole = (images + Group - 1) / Group * Group;
        var rows = new float[whole * paddedPaths];
        var norms = new float[whole];
        for (int neuron = first; neuron < end; neuron++)
        {
            Centre(tables, images, neuron, rows);
            fixed (float* row = rows, norm = norms)
                for (int image = 0; image < images; image += Group) Norms(tables, neuron, image, images, row, norm);
            visit(neuron, norms.AsSpan(0, images), rows, paddedPaths);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Centre(Tables tables, int images, int neuron, float[] rows)
    {
        float* mean = (float*)tables.Mean + (long)neuron * paths;
        for (int image = 0; image < images; image++)
        {
            float* x = (float*)tables.Coefficients + ((long)image * Count + neuron) * paths;
            var row = rows.AsSpan(image * paddedPaths, paths);
            for (int k = 0; k < row.Length; k++) row[k] = x[k] - mean[k];
        }
    }

    /// <summary>Norms of one neuron for a group of images; rows past the last image are zeros or stale and their norms are not
    /// used.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Norms(Tables tables, int neuron, int image, int images, float* rows, float* norms)
    {
        float* a = rows + (long)image * paddedPaths, b = a + paddedPaths, c = b + paddedPaths, d = c + paddedPaths;
        float* g = (float*)tables.Gram + (long)neuron * paths * paddedPaths;
        Vector512<float> sumA = default, sumB = default, sumC = default, sumD = default;
        for (int i = 0; i < paths; i++, g += paddedPaths)
        {
            Vector512<float> dotA = default, dotB = default, dotC = default, dotD = default;
            for (int j = 0; j < paddedPaths; j += Lane)
            {
                var gram = Vector512.Load(g + j);
                dotA = Vector512.FusedMultiplyAdd(gram, Vector512.Load(a + j), dotA);
                dotB = Vector512.FusedMultiplyAdd(gram, Vector512.Load(b + j), dotB);
                dotC = Vector512.FusedMultiplyAdd(gram, Vector512.Load(c + j), dotC);
                dotD = Vector512.FusedMultiplyAdd(gram, Vector512.Load(d + j), dotD);
            }
            sumA = Vector512.FusedMultiplyAdd(dotA, Vector512.Create(a[i]), sumA);
            sumB = Vector512.FusedMultiplyAdd(dotB, Vector512.Create(b[i]), sumB);
            sumC = Vector512.FusedMultiplyAdd(dotC, Vector512.Create(c[i]), sumC);
            sumD = Vector512.FusedMultiplyAdd(dotD, Vector512.Create(d[i]), sumD);
        }
        ReadOnlySpan<float> quadratic = [Vector512.Sum(sumA), Vector512.Sum(sumB), Vector512.Sum(sumC), Vector512.Sum(sumD)];
        for (int offset = 0; offset < Math.Min(Group, images - image); offset++)
        {
            float cross = Cross(tables, neuron, image + offset, a + (long)offset * paddedPaths);
            float square = quadratic[offset] + cross + ((float*)tables.BiasSquares)[image + offset];
            norms[image + offset] = MathF.Sqrt(MathF.Max(0, square));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float Cross(Tables tables, int neuron, int image, float* row)
    {
        float* v = (float*)tables.Values + (long)neuron * paths * paddedWidth;
        float* p = (float*)tables.Projected + (long)image * paths * paddedWidth;
        Vector512<float> sum = default;
        for (int k = 0; k < paths; k++, v += paddedWidth, p += paddedWidth)
        {
            Vector512<float> dot = default;
            for (int j = 0; j < paddedWidth; j += Lane) dot = Vector512.FusedMultiplyAdd(Vector512.Load(v + j), Vector512.Load(p + j), dot);
            sum = Vector512.FusedMultiplyAdd(dot, Vector512.Create(2 * row[k]), sum);
        }
        return Vector512.Sum(sum);
    }

    private void Fill(OutputPaths outputPaths, int layer, int first)
    {
        const int chunk = 64;
        OrderedWork.Run(0, (Count + chunk - 1) / chunk, piece =>
        {
            int start = piece * chunk, size = Math.Min(chunk, Count - start);
            var own = outputPaths.Values(layer, first + start, size);
            var directions = left.bmm(own).permute(2, 0, 1).contiguous();
            gram.narrow(0, start, size).narrow(2, 0, paths).copy_(directions.bmm(directions.transpose(1, 2)));
            values.narrow(0, start, size).narrow(2, 0, own.shape[1]).copy_(own.permute(2, 0, 1));
            return size;
        }, (_, _) => { }, workers, CancellationToken.None);
    }

    private static int Padded(int length) => (length + Lane - 1) / Lane * Lane;

    /// <summary>The tables' addresses, which a lambda can carry where it cannot carry pointers or spans.</summary>
    private readonly record struct Tables(nint Coefficients, nint Mean, nint Gram, nint Values, nint Projected, nint BiasSquares);
}
