using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ClipLens.Compute;
using ClipLens.Effects;
using static TorchSharp.torch;

namespace ClipLens.Neurons;

/// <summary>
/// Lengths of centred effects of one block's neurons from their coefficients, without forming an effect, in tables that are small enough
/// for whole towers. With x the centred coefficients, U the directions of the paths and D the centred bias share, a length is |x U + D|. D
/// is taken in the few directions Q that hold nearly all of it (<see cref="BiasBasis"/>), so that with z = [t; x] a length is a quadratic
/// form of the inner products of the directions. These are kept as correlations in 16 bits, the upper half of the matrix; what that may
/// change in a square is known (<see cref="Measurement.Slack"/>), so that a length computed here is an interval that holds the exact one.
/// </summary>
internal sealed unsafe class QuadraticForms
{
    /// <summary>Images that are measured together.</summary>
    public const int Group = 8;

    private const int Lane = Correlations.Lane, One = Correlations.One, Chunk = 64, AtOnce = 32;
    private readonly int paths, padded, tableLength;
    private readonly float slackFactor;
    private readonly short[] tables;
    private readonly float[] scales, means, shifts, shiftSquares, shiftSums;
    private bool isShifted;

    /// <summary>Works the tables out.</summary>
    /// <param name="outputPaths">The model's paths.</param>
    /// <param name="layer">The block.</param>
    /// <param name="mean">What the coefficients are centred by: [N, K].</param>
    /// <param name="basis">Where bias shares lie.</param>
    /// <param name="workers">Threads.</param>
    /// <param name="cancellation">Stops between some neurons.</param>
    /// <param name="onDevice">Whether the tables are worked out where the model is, so that no directions leave a card.</param>
    public QuadraticForms(OutputPaths outputPaths, int layer, Tensor mean, BiasBasis basis, int? workers, CancellationToken cancellation,
        bool onDevice = false)
    {
        (Neurons, paths) = ((int)mean.shape[0], (int)mean.shape[1]);
        padded = BiasBasis.Most + Padded(paths);
        tableLength = Correlations.Start(padded / Lane);
        // Rounding to 16 bits moves a correlation by at most half a step; what float32 adds is counted as if all errors had one sign.
        slackFactor = 0.5f / One + (padded + outputPaths.ProjectionAfterNorm.shape[0]) * 6e-8f;
        tables = GC.AllocateArray<short>(checked(Neurons * tableLength), pinned: true);
        scales = GC.AllocateArray<float>(Neurons * padded, pinned: true);
        means = mean.contiguous().Floats().ToArray();
        shifts = GC.AllocateArray<float>(Neurons * padded, pinned: true);
        (shiftSquares, shiftSums) = (new float[Neurons], new float[Neurons]);
        int width = (int)outputPaths.ProjectionAfterNorm.shape[0];
        float[] lines = basis.Directions.contiguous().Floats().ToArray();
        using var basisThere = onDevice ? basis.Directions.to(outputPaths.Direct.device, copy: true) : null;
        int together = OutputPaths.Together(Neurons);
        OrderedWork.Run(0, (Neurons + together - 1) / together, piece =>
        {
            int first = piece * together, count = Math.Min(together, Neurons - first);
            var correlations = basisThere is null ? new Correlations(padded, width) : null;
            outputPaths.VisitDirections(layer, first, count, AtOnce, (neuron, directions) =>
            {
                if (correlations is null) FillThere(neuron, directions, basisThere!);
                else Fill(neuron, directions, lines, correlations);
            });
            return count;
        }, (_, _) => { }, workers, cancellation);
    }

    /// <summary>Neurons N of the block.</summary>
    public int Neurons { get; }

    /// <summary>Bytes of the tables for a block.</summary>
    public static long Bytes(int neurons, int paths)
    {
        long padded = BiasBasis.Most + Padded(paths);
        return neurons * (padded * padded + 16 * padded + 12 * padded);
    }

    /// <summary>Moves the centre: squares are then measured from there, the plain lengths still from the first one.</summary>
    /// <param name="mean">The new centre's coefficients: [N, K].</param>
    /// <param name="shift">Its bias share less the first centre's, in the basis.</param>
    /// <param name="workers">Threads.</param>
    public void Centre(float[] mean, float[] shift, int? workers)
    {
        OrderedWork.Run(0, (Neurons + Chunk - 1) / Chunk, piece =>
        {
            var z = stackalloc float[padded];
            for (int neuron = piece * Chunk; neuron < Math.Min(Neurons, (piece + 1) * Chunk); neuron++)
            {
                Scale(neuron, mean.AsSpan(neuron * paths, paths), shift, z);
                var product = Product(neuron, z);
                product.CopyTo(shifts, neuron * padded);
                (shiftSquares[neuron], shiftSums[neuron]) = Square(product, z);
            }
            return piece;
        }, (_, _) => { }, workers, CancellationToken.None);
        isShifted = true;
    }

    /// <summary>An upper bound of the distance of two centres for a neuron.</summary>
    /// <param name="neuron">The neuron.</param>
    /// <param name="from">Coefficients of the one: [K].</param>
    /// <param name="to">Of the other.</param>
    /// <param name="shift">Difference of their bias shares in the basis.</param>
    public float Distance(int neuron, ReadOnlySpan<float> from, ReadOnlySpan<float> to, ReadOnlySpan<float> shift)
    {
        var z = stackalloc float[padded];
        var moved = new float[paths];
        for (int k = 0; k < paths; k++) moved[k] = to[k] - from[k] + means[neuron * paths + k];
        Scale(neuron, moved, shift, z);
        var product = Product(neuron, z);
        var (square, sum) = Square(product, z);
        return MathF.Sqrt(MathF.Max(0, square) + slackFactor * sum * sum);
    }

    /// <summary>Measures a neuron's effects on some images.</summary>
    /// <param name="neuron">The neuron.</param>
    /// <param name="rows">Its coefficients, not centred: K of every image.</param>
    /// <param name="stride">From one image's to the next's.</param>
    /// <param name="bias">The images' bias shares in the basis, <see cref="BiasBasis.Most"/> of each.</param>
    /// <param name="images">Images.</param>
    /// <param name="results">A measurement of each.</param>
    public void Measure(int neuron, float* rows, long stride, float* bias, int images, Span<Measurement> results)
    {
        var z = stackalloc float[Group * padded];
        var squares = stackalloc float[Group];
        for (int first = 0; first < images; first += Group)
        {
            int count = Math.Min(Group, images - first);
            for (int i = 0; i < count; i++) Centre(neuron, rows + (first + i) * stride, bias + (first + i) * BiasBasis.Most,
                z + i * padded);
            if (count < Group) new Span<float>(z + count * padded, (Group - count) * padded).Clear();
            Squares(neuron, z, squares);
            for (int i = 0; i < count; i++) results[first + i] = Finish(neuron, z + i * padded, squares[i]);
        }
    }

    /// <summary>Measures from the present centre what was measured before, which takes no more than looking at the rows.</summary>
    /// <param name="neuron">The neuron.</param>
    /// <param name="rows">Its coefficients: [images, K].</param>
    /// <param name="bias">The images' bias shares in the basis.</param>
    /// <param name="squares">The squares of the lengths from the first centre.</param>
    /// <param name="results">A measurement of each.</param>
    public void Remeasure(int neuron, float* rows, float* bias, ReadOnlySpan<float> squares, Span<Measurement> results)
    {
        var z = stackalloc float[padded];
        for (int i = 0; i < squares.Length; i++)
        {
            Centre(neuron, rows + (long)i * paths, bias + i * BiasBasis.Most, z);
            results[i] = Finish(neuron, z, squares[i]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Centre(int neuron, float* row, float* bias, float* z)
    {
        Vector512.Store(Vector512.Load(bias), z);
        float* to = z + BiasBasis.Most;
        fixed (float* mean = &means[neuron * paths], scale = &scales[neuron * padded + BiasBasis.Most])
        {
            int k = 0;
            for (; k <= paths - Lane; k += Lane)
                Vector512.Store((Vector512.Load(row + k) - Vector512.Load(mean + k)) * Vector512.Load(scale + k), to + k);
            for (; k < paths; k++) to[k] = (row[k] - mean[k]) * scale[k];
            for (; k < padded - BiasBasis.Most; k++) to[k] = 0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Measurement Finish(int neuron, float* z, float square)
    {
        Vector512<float> sum = default, cross = default;
        fixed (float* shift = &shifts[neuron * padded])
            for (int j = 0; j < padded; j += Lane)
            {
                var own = Vector512.Load(z + j);
                sum += Vector512.Abs(own);
                cross = Vector512.FusedMultiplyAdd(own, Vector512.Load(shift + j), cross);
            }
        float total = Vector512.Sum(sum), moved = square;
        if (isShifted)
        {
            moved += shiftSquares[neuron] - 2 * Vector512.Sum(cross);
            total += shiftSums[neuron];
        }
        return new(square, moved, slackFactor * total * total);
    }

    /// <summary>z^T C z for a group of images: twice the product with the upper half, whose diagonal is one half. By columns a lane wide,
    /// so that the inner loop is long and sums up in registers alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Squares(int neuron, float* z, float* squares)
    {
        float* a = z, b = a + padded, c = b + padded, d = c + padded, e = d + padded, f = e + padded, g = f + padded, h = g + padded;
        Vector512<float> sumA = default, sumB = default, sumC = default, sumD = default, sumE = default, sumF = default, sumG = default,
            sumH = default;
        fixed (short* start = &tables[(long)neuron * tableLength])
        {
            short* entry = start;
            for (int column = 0; column < padded; column += Lane)
            {
                Vector512<float> dotA = default, dotB = default, dotC = default, dotD = default, dotE = default, dotF = default,
                    dotG = default, dotH = default;
                for (int i = 0; i < column + Lane; i++, entry += Lane)
                {
                    var own = Load(entry);
                    dotA = Vector512.FusedMultiplyAdd(own, Vector512.Create(a[i]), dotA);
                    dotB = Vector512.FusedMultiplyAdd(own, Vector512.Create(b[i]), dotB);
                    dotC = Vector512.FusedMultiplyAdd(own, Vector512.Create(c[i]), dotC);
                    dotD = Vector512.FusedMultiplyAdd(own, Vector512.Create(d[i]), dotD);
                    dotE = Vector512.FusedMultiplyAdd(own, Vector512.Create(e[i]), dotE);
                    dotF = Vector512.FusedMultiplyAdd(own, Vector512.Create(f[i]), dotF);
                    dotG = Vector512.FusedMultiplyAdd(own, Vector512.Create(g[i]), dotG);
                    dotH = Vector512.FusedMultiplyAdd(own, Vector512.Create(h[i]), dotH);
                }
                sumA = Vector512.FusedMultiplyAdd(dotA, Vector512.Load(a + column), sumA);
                sumB = Vector512.FusedMultiplyAdd(dotB, Vector512.Load(b + column), sumB);
                sumC = Vector512.FusedMultiplyAdd(dotC, Vector512.Load(c + column), sumC);
                sumD = Vector512.FusedMultiplyAdd(dotD, Vector512.Load(d + column), sumD);
                sumE = Vector512.FusedMultiplyAdd(dotE, Vector512.Load(e + column), sumE);
                sumF = Vector512.FusedMultiplyAdd(dotF, Vector512.Load(f + column), sumF);
                sumG = Vector512.FusedMultiplyAdd(dotG, Vector512.Load(g + column), sumG);
                sumH = Vector512.FusedMultiplyAdd(dotH, Vector512.Load(h + column), sumH);
            }
        }
        const float Twice = 2f / One;
        (squares[0], squares[1], squares[2], squares[3]) =
            (Twice * Vector512.Sum(sumA), Twice * Vector512.Sum(sumB), Twice * Vector512.Sum(sumC), Twice * Vector512.Sum(sumD));
        (squares[4], squares[5], squares[6], squares[7]) =
            (Twice * Vector512.Sum(sumE), Twice * Vector512.Sum(sumF), Twice * Vector512.Sum(sumG), Twice * Vector512.Sum(sumH));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Load(short* entry)
    {
        var values = Vector256.Load(entry);
        if (Avx512F.IsSupported) return Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(values));
        var (lower, upper) = Vector256.Widen(values);
        return Vector512.ConvertToSingle(Vector512.Create(lower, upper));
    }

    /// <summary>z^T C z from C z, and the sum of the magnitudes of z.</summary>
    private static (float Square, float Sum) Square(float[] product, float* z)
    {
        (float square, float sum) = (0, 0);
        for (int i = 0; i < product.Length; i++) (square, sum) = (square + product[i] * z[i], sum + MathF.Abs(z[i]));
        return (square, sum);
    }

    /// <summary>A vector's difference from the first centre, in the scale of the tables.</summary>
    private void Scale(int neuron, ReadOnlySpan<float> row, ReadOnlySpan<float> shift, float* z)
    {
        new Span<float>(z, padded).Clear();
        shift.CopyTo(new Span<float>(z, BiasBasis.Most));
        for (int k = 0; k < paths; k++)
            z[BiasBasis.Most + k] = (row[k] - means[neuron * paths + k]) * scales[neuron * padded + BiasBasis.Most + k];
    }

    /// <summary>C z: the upper half and its transpose.</summary>
    private float[] Product(int neuron, float* z)
    {
        var result = new float[padded];
        fixed (short* start = &tables[(long)neuron * tableLength])
        fixed (float* product = result)
        {
            short* entry = start;
            for (int column = 0; column < padded; column += Lane)
            {
                var own = Vector512.Load(z + column);
                var sum = Vector512.Load(product + column);
                for (int i = 0; i < column + Lane; i++, entry += Lane)
                {
                    var values = Load(entry);
                    sum = Vector512.FusedMultiplyAdd(values, Vector512.Create(z[i]), sum);
                    // What lies in the columns' own rows is added below.
                    if (i < column) product[i] += Vector512.Sum(values * own);
                }
                Vector512.Store(sum, product + column);
                for (int i = column; i < column + Lane; i++)
                    product[i] += Vector512.Sum(Load(start + Correlations.Start(column / Lane) + i * Lane) * own);
            }
            for (int i = 0; i < padded; i++) product[i] /= One;
        }
        return result;
    }

    private void Fill(int first, Tensor directions, float[] basis, Correlations vectors)
    {
        using var host = directions.ToHost();
        int count = (int)host.shape[1], width = (int)host.shape[2];
        var values = host.Floats();
        for (int t = 0; t < basis.Length / width; t++) basis.AsSpan(t * width, width).CopyTo(vectors[t]);
        for (int i = 0; i < count; i++)
        {
            var scale = scales.AsSpan((first + i) * padded + BiasBasis.Most, paths);
            for (int k = 0; k < paths; k++)
            {
                var direction = values.Slice((k * count + i) * width, width);
                scale[k] = Vectors.Length(direction);
                Vectors.Scale(direction, scale[k] > 0 ? 1 / scale[k] : 0, vectors[BiasBasis.Most + k]);
            }
            vectors.Fill(tables.AsSpan().Slice((first + i) * tableLength, tableLength));
        }
    }

    /// <summary>The same where the directions are: only what is packed leaves a card.</summary>
    private void FillThere(int first, Tensor directions, Tensor basis)
    {
        using var scope = NewDisposeScope();
        var own = directions.transpose(0, 1);
        var lengths = linalg.vector_norm(own, 2, [2], true);
        var unit = nn.functional.pad(own / lengths.clamp_min(1e-30), [0, 0, 0, padded - BiasBasis.Most - paths]);
        var lines = nn.functional.pad(basis, [0, 0, 0, BiasBasis.Most - basis.shape[0]]);
        var all = cat([lines.unsqueeze(0).expand(unit.shape[0], -1, -1), unit], 1);
        var entries = all.bmm(all.transpose(1, 2)).mul_(One).round_().clamp_(-One, One).triu(1)
            .add_(eye(padded, device: all.device).mul_(One / 2)).to(ScalarType.Int16);
        var packed = cat([.. Enumerable.Range(0, padded / Lane).Select(column =>
            entries.narrow(1, 0, Lane * (column + 1)).narrow(2, Lane * column, Lane).flatten(1))], 1).ToHost();
        MemoryMarshal.Cast<byte, short>(packed.bytes).CopyTo(tables.AsSpan(first * tableLength));
        var values = lengths.contiguous().ToHost().Floats();
        for (int i = 0; i < unit.shape[0]; i++)
            values.Slice(i * paths, paths).CopyTo(scales.AsSpan((first + i) * padded + BiasBasis.Most));
    }

    private static int Padded(int length) => (length + Lane - 1) / Lane * Lane;
}

/// <summary>What is known of the length of a neuron's effect on an image.</summary>
/// <param name="First">The square of its length from the first centre, nearly exact.</param>
/// <param name="Square">The square of its length from the present centre.</param>
/// <param name="Slack">By how much this square may be wrong, what lies outside the basis of the bias shares not counted.</param>
internal readonly record struct Measurement(float First, float Square, float Slack)
{
    /// <summary>Its length from the first centre.</summary>
    public float Norm => MathF.Sqrt(MathF.Max(0, First));

    /// <summary>No less than the length.</summary>
    public float Upper => MathF.Sqrt(MathF.Max(0, Square) + Slack);

    /// <summary>No more than the length.</summary>
    public float Lower => MathF.Sqrt(MathF.Max(0, Square - Slack));
}
