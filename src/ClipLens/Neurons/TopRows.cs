namespace ClipLens.Neurons;

/// <summary>
/// For every neuron of a range, the images seen so far with the largest norms, with their centred coefficients: a heap a neuron.
/// Of equal norms the earlier image wins. Different neurons may be offered images on different threads.
/// </summary>
internal sealed class TopRows(int neurons, int top, int paths)
{
    private readonly float[] norms = new float[(long)neurons * top];
    private readonly int[] images = new int[(long)neurons * top];
    private readonly float[] rows = new float[(long)neurons * top * paths];
    private readonly int[] filled = new int[neurons];

    /// <summary>Bytes kept for one neuron.</summary>
    public static long BytesPerNeuron(int top, int paths) => 4L * top * (paths + 2);

    public void Offer(int neuron, float norm, int image, ReadOnlySpan<float> row)
    {
        int start = neuron * top;
        if (filled[neuron] < top)
        {
            // While it fills, the heap is a plain list; it is put in order once, when it is full.
            Put(start + filled[neuron]++, norm, image, row);
            if (filled[neuron] == top) for (int i = top / 2 - 1; i >= 0; i--) SiftDown(start, i);
            return;
        }
        if (!IsBetter(norm, image, start)) return;
        Put(start, norm, image, row);
        SiftDown(start, 0);
    }

    /// <summary>A neuron's images, largest norm first: norms [top], images [top], centred coefficients [top, K].</summary>
    public void Read(int neuron, Span<float> sortedNorms, Span<int> sortedImages, Span<float> sortedRows)
    {
        int start = neuron * top;
        var slots = Enumerable.Range(start, filled[neuron]).ToArray();
        Array.Sort(slots, (a, b) => IsBetter(norms[a], images[a], b) ? -1 : a == b ? 0 : 1);
        for (int rank = 0; rank < slots.Length; rank++)
        {
            sortedNorms[rank] = norms[slots[rank]];
            sortedImages[rank] = images[slots[rank]];
            Row(slots[rank]).CopyTo(sortedRows[(rank * paths)..]);
        }
    }

    private void Put(int slot, float norm, int image, ReadOnlySpan<float> row)
    {
        norms[slot] = norm;
        images[slot] = image;
        row[..paths].CopyTo(Row(slot));
    }

    private Span<float> Row(int slot) => rows.AsSpan(checked(slot * paths), paths);

    private bool IsBetter(float norm, int image, int slot) => norm > norms[slot] || (norm == norms[slot] && image < images[slot]);

    /// <summary>Restores the heap (its root the worst) below a place.</summary>
    private void SiftDown(int start, int place)
    {
        while (true)
        {
            int worst = place;
            for (int child = 2 * place + 1; child <= 2 * place + 2 && child < top; child++)
                if (IsBetter(norms[start + worst], images[start + worst], start + child)) worst = child;
            if (worst == place) return;
            Swap(start + place, start + worst);
            place = worst;
        }
    }

    private void Swap(int a, int b)
    {
        (norms[a], norms[b]) = (norms[b], norms[a]);
        (images[a], images[b]) = (images[b], images[a]);
        Span<float> rowA = Row(a), rowB = Row(b);
        for (int k = 0; k < rowA.Length; k++) (rowA[k], rowB[k]) = (rowB[k], rowA[k]);
    }
}
