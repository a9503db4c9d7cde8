using ClipLens.Compute;
using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Ablation;

/// <summary>
/// On which images of a dataset each neuron of a block was significant, and how much of its effects the sets of directions hold.
/// </summary>
internal sealed class NeuronActivity
{
    private readonly List<int>[] significant;
    private readonly double[] squares, largeSquares;
    private readonly double[,] kept, largeKept;

    public NeuronActivity(int neurons, IReadOnlyList<DirectionSet> sets)
    {
        significant = [.. Enumerable.Range(0, neurons).Select(_ => new List<int>())];
        (squares, largeSquares) = (new double[neurons], new double[neurons]);
        (kept, largeKept) = (new double[neurons, sets.Count], new double[neurons, sets.Count]);
        Sets = [.. sets.Select(set => set.Name)];
    }

    /// <summary>Number N of neurons.</summary>
    public int Count => significant.Length;

    /// <summary>Names of the sets of directions.</summary>
    public IReadOnlyList<string> Sets { get; }

    /// <summary>The images on which the norm of a neuron's centred effect was above its threshold, in order.</summary>
    public IReadOnlyList<int> SignificantImages(int neuron) => significant[neuron];

    /// <summary>Share of a neuron's squared centred effects that a set's direction holds, over the images or over the significant ones; NaN
    /// without effects.</summary>
    public double Explained(int neuron, int set, bool onSignificant) => onSignificant
        ? largeKept[neuron, set] / largeSquares[neuron] : kept[neuron, set] / squares[neuron];

    /// <summary>The same share for all neurons together, their effects added up: large effects count more.</summary>
    public double Explained(int set, bool onSignificant)
    {
        var (part, whole) = onSignificant ? (largeKept, largeSquares) : (kept, squares);
        return Enumerable.Range(0, Count).Sum(neuron => part[neuron, set]) / whole.Sum();
    }

    public void Add(NeuronRange range, IReadOnlyList<int> indices, RangeActivity activity)
    {
        for (int i = 0; i < range.Count; i++)
        {
            int neuron = range.First + i;
            foreach (int image in activity.Significant[i]) significant[neuron].Add(indices[image]);
            squares[neuron] += activity.Squares[i];
            largeSquares[neuron] += activity.LargeSquares[i];
            for (int set = 0; set < Sets.Count; set++)
            {
                kept[neuron, set] += activity.Kept[i * Sets.Count + set];
                largeKept[neuron, set] += activity.LargeKept[i * Sets.Count + set];
            }
        }
    }
}

/// <summary>The activity of a range of n neurons on a batch, for S sets of directions.</summary>
/// <param name="Significant">By neuron, places in the batch.</param>
/// <param name="Squares">Sum of squared norms: [n].</param>
/// <param name="LargeSquares">The same over significant images.</param>
/// <param name="Kept">Sum of squared norms of what the directions keep: [n, S].</param>
/// <param name="LargeKept">The same over significant images.</param>
internal sealed record RangeActivity(IReadOnlyList<int>[] Significant, float[] Squares, float[] LargeSquares, float[] Kept,
    float[] LargeKept)
{
    public static RangeActivity FromChanges(RangeChanges changes)
    {
        using var scope = NewDisposeScope();
        var isLarge = changes.IsLarge.contiguous();
        int images = (int)isLarge.shape[1];
        var flags = isLarge.data<bool>().ToArray();
        var significant = Enumerable.Range(0, (int)isLarge.shape[0])
            .Select(neuron => (IReadOnlyList<int>)[.. Enumerable.Range(0, images).Where(image => flags[neuron * images + image])])
            .ToArray();
        var mask = isLarge.to(ScalarType.Float32);
        var squares = changes.Norms.square();
        return new(significant, Array(squares.sum(1)), Array((squares * mask).sum(1)),
            Array(changes.KeptSquares.sum(1)), Array((changes.KeptSquares * mask.unsqueeze(2)).sum(1)));
    }

    private static float[] Array(Tensor values) => values.contiguous().Floats().ToArray();
}
