namespace ClipLens.Neurons;

/// <summary>
/// The order in which a pass takes the images of a dataset: first a sample spread evenly over it, then the others in batches that follow
/// each other in the dataset. Folders are often sorted by class, so the batches are taken in strides: from early on the mean over the
/// images so far is near the mean over all. Positions are places in this order. A part of the dataset takes the sample and its own stretch
/// of whole batches of the others, so that every image is in the same batch whatever the number of parts.
/// </summary>
internal sealed class ImageOrder
{
    private readonly int batch;

    /// <summary>Orders a dataset.</summary>
    /// <param name="images">Images.</param>
    /// <param name="sample">Images of the sample, at least; rounded up to whole batches.</param>
    /// <param name="batch">Images of a batch.</param>
    /// <param name="part">The part that is taken.</param>
    public ImageOrder(int images, int sample, int batch, DatasetPart part)
    {
        this.batch = batch;
        Images = images;
        Sample = Math.Min(images, (Math.Max(1, sample) + batch - 1) / batch * batch);
        var isSampled = new bool[images];
        var indices = new int[images];
        for (int i = 0; i < Sample; i++) isSampled[indices[i] = (int)((long)i * images / Sample)] = true;
        int[] rest = [.. Enumerable.Range(0, images).Where(index => !isSampled[index])];
        int whole = rest.Length / batch, stride = Stride(whole);
        for (int i = 0; i < whole; i++)
            rest.AsSpan((int)((long)i * stride % whole) * batch, batch).CopyTo(indices.AsSpan(Sample + i * batch));
        rest.AsSpan(whole * batch).CopyTo(indices.AsSpan(Sample + whole * batch));
        Indices = indices;
        long others = (images - Sample + batch - 1) / batch;
        Start = (int)Math.Min(images, Sample + others * part.Index / part.Count * batch);
        End = (int)Math.Min(images, Sample + others * (part.Index + 1) / part.Count * batch);
    }

    /// <summary>Images of the dataset.</summary>
    public int Images { get; }

    /// <summary>Images of the sample: the positions 0 .. Sample - 1.</summary>
    public int Sample { get; }

    /// <summary>The first position of the part behind the sample.</summary>
    public int Start { get; }

    /// <summary>One past its last position.</summary>
    public int End { get; }

    /// <summary>Images that the part takes, the sample included.</summary>
    public int Count => Sample + End - Start;

    /// <summary>Indices in the dataset by position.</summary>
    public IReadOnlyList<int> Indices { get; }

    /// <summary>The position of the part's image of this number.</summary>
    public int Position(int number) => number < Sample ? number : Start + number - Sample;

    /// <summary>The stretch of whole batches that the part's images from a number on lie in, up to another number: none if it is
    /// empty.</summary>
    /// <returns>Batches of the whole order: the first, and one past the last.</returns>
    public (int First, int End) Batches(int from, int to)
    {
        int first = Position(from), last = to <= Sample ? to : Start + to - Sample;
        return (first / batch, (last + batch - 1) / batch);
    }

    /// <summary>A step that meets all of so many places before it comes back, spreading them evenly at any time: near the golden
    /// section.</summary>
    private static int Stride(int places)
    {
        int stride = Math.Max(1, (int)(places * 0.6180339887));
        while (System.Numerics.BigInteger.GreatestCommonDivisor(stride, Math.Max(1, places)) != 1) stride++;
        return stride;
    }
}
