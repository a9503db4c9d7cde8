using System.Runtime.InteropServices;
using ClipLens.Files;

namespace ClipLens.Neurons;

/// <summary>An image kept for a neuron.</summary>
/// <param name="Key">No less than the length of the neuron's effect on it.</param>
/// <param name="Square">The square of that length from the first centre, which does not change.</param>
/// <param name="Image">Its number in the pass.</param>
/// <param name="Row">The row that holds its coefficients.</param>
internal readonly record struct KeptImage(float Key, float Square, int Image, int Row);

/// <summary>
/// For every neuron of a block those of the images offered that may be among its top ones in the end, with their coefficients: all that are
/// not shorter than the k-th largest by more than a margin of the neuron's own. Where all neurons together would take more rows than they
/// may, all margins shrink.
/// </summary>
internal sealed class KeptRows : IDisposable
{
    private const int RowsOfNeuron = 8, LeastRoom = 16;
    private const float Shrink = 0.85f, LeastShare = 0.02f;
    private readonly int layer, neurons, paths, top, mostRows;
    private readonly List<KeptImage>[] kept;
    private readonly int[] rooms;
    private readonly float[] margins;
    private readonly RowPool pool;
    private float[] keys = [];
    private float share = 1;

    /// <summary>Keeps nothing yet.</summary>
    /// <param name="folder">Where the files of coefficients are.</param>
    /// <param name="layer">The block.</param>
    /// <param name="neurons">Its neurons N.</param>
    /// <param name="paths">Coefficients K of an image and neuron.</param>
    /// <param name="limits">How much is kept.</param>
    /// <param name="inMemory">Whether files are mapped to memory.</param>
    public KeptRows(string folder, int layer, int neurons, int paths, KeptLimits limits, bool inMemory)
    {
        (this.layer, this.neurons, this.paths, top, mostRows) = (layer, neurons, paths, limits.Top, neurons * limits.MostImages);
        kept = [.. Enumerable.Range(0, neurons).Select(_ => new List<KeptImage>())];
        rooms = new int[neurons];
        margins = new float[neurons];
        Floors = new float[neurons];
        Omitted = new(layer, neurons);
        pool = new(Path.Combine(folder, $"kept-{layer:00}"), RowsOfNeuron * neurons, paths, inMemory);
        Clear();
    }

    /// <summary>By neuron what an image has to be above to be kept.</summary>
    public float[] Floors { get; }

    /// <summary>The longest of the images that are not kept.</summary>
    public Omissions Omitted { get; }

    /// <summary>The images kept for a neuron.</summary>
    public ReadOnlySpan<KeptImage> this[int neuron] => CollectionsMarshal.AsSpan(kept[neuron]);

    /// <summary>Forgets all images.</summary>
    public void Clear()
    {
        share = 1;
        foreach (var own in kept) own.Clear();
        Array.Fill(rooms, LeastRoom);
        Array.Fill(Floors, float.NegativeInfinity);
        Omitted.Clear();
        Omitted.BeginCentre();
        pool.Clear();
    }

    /// <summary>Keeps an image whose key is given later.</summary>
    public void Place(int neuron, int image, ReadOnlySpan<float> row) => Add(neuron, float.NegativeInfinity, 0, image, row);

    /// <summary>Keeps an image if it may be among the top ones as far as is known.</summary>
    /// <param name="neuron">The neuron.</param>
    /// <param name="key">No less than the length of its effect.</param>
    /// <param name="square">The square of that length from the first centre.</param>
    /// <param name="image">The image's number.</param>
    /// <param name="row">Its coefficients: [K]; none of an image that was not above the floor before.</param>
    public void Offer(int neuron, float key, float square, int image, ReadOnlySpan<float> row)
    {
        if (row.Length > 0 && key > Floors[neuron]) MakeRoom(neuron, key);
        if (row.Length > 0 && key > Floors[neuron]) Add(neuron, key, square, image, row);
        else Omitted.Add(neuron, key, image);
    }

    private void MakeRoom(int neuron, float key)
    {
        if (kept[neuron].Count >= rooms[neuron])
        {
            Prune(neuron);
            int count = kept[neuron].Count;
            if (count > rooms[neuron] - rooms[neuron] / 8) rooms[neuron] += rooms[neuron] / 4;
        }
        while (pool.Used >= mostRows && share > LeastShare) ShrinkMargins();
        if (pool.Used >= mostRows && kept[neuron].Count >= top) DropShortest(neuron, key);
    }

    /// <summary>Begins to give all images their keys anew, from another centre.</summary>
    public void BeginKeys()
    {
        share = 1;
        Omitted.BeginCentre();
    }

    /// <summary>Gives a neuron's images their keys anew, and drops those that these leave no chance.</summary>
    /// <param name="neuron">The neuron.</param>
    /// <param name="measured">Measurements of its images, in order.</param>
    /// <param name="margin">How much shorter than the k-th largest an image may be to be kept.</param>
    public void SetKeys(int neuron, ReadOnlySpan<Measurement> measured, float margin)
    {
        var own = CollectionsMarshal.AsSpan(kept[neuron]);
        for (int i = 0; i < own.Length; i++) own[i] = own[i] with { Key = measured[i].Upper, Square = measured[i].First };
        margins[neuron] = margin;
        Floors[neuron] = float.NegativeInfinity;
        lock (pool) Prune(neuron);
    }

    /// <summary>Reads the coefficients of all of a neuron's images: [images, K].</summary>
    public void ReadRows(int neuron, Span<float> values)
    {
        var own = this[neuron];
        for (int i = 0; i < own.Length; i++) pool.Read(own[i].Row, values.Slice(i * paths, paths));
    }

    /// <summary>Reads those of one of them: [K].</summary>
    public void ReadRow(KeptImage image, Span<float> values) => pool.Read(image.Row, values[..paths]);

    public IEnumerable<SafeTensorData> Save()
    {
        var all = kept.SelectMany(own => own).ToArray();
        yield return SafeTensorData.From(NameOf("kept"), kept.Select(own => own.Count).ToArray());
        yield return SafeTensorData.From(NameOf("rooms"), rooms);
        yield return SafeTensorData.From(NameOf("margins"), margins);
        yield return SafeTensorData.From(NameOf("share"), new[] { share });
        yield return SafeTensorData.From(NameOf("floors"), Floors);
        yield return SafeTensorData.From(NameOf("keys"), Array.ConvertAll(all, own => own.Key));
        yield return SafeTensorData.From(NameOf("squares"), Array.ConvertAll(all, own => own.Square));
        yield return SafeTensorData.From(NameOf("images"), Array.ConvertAll(all, own => own.Image));
        yield return SafeTensorData.From(NameOf("rows"), Array.ConvertAll(all, own => own.Row));
        foreach (var own in Omitted.Save()) yield return own;
    }

    /// <summary>Takes up what was saved; false if the coefficients are not there.</summary>
    public bool Load(SafeTensorsFile state)
    {
        if (!state.Contains(NameOf("rows"))) return false;
        int[] rows = state.Read<int>(NameOf("rows"));
        if (!pool.Reopen(rows)) return false;
        float[] saved = state.Read<float>(NameOf("keys")), squares = state.Read<float>(NameOf("squares"));
        int[] counts = state.Read<int>(NameOf("kept")), images = state.Read<int>(NameOf("images"));
        for (int neuron = 0, place = 0; neuron < neurons; neuron++)
            for (int i = 0; i < counts[neuron]; i++, place++)
                kept[neuron].Add(new(saved[place], squares[place], images[place], rows[place]));
        state.Read<int>(NameOf("rooms")).CopyTo(rooms, 0);
        state.Read<float>(NameOf("margins")).CopyTo(margins, 0);
        share = state.Read<float>(NameOf("share"))[0];
        state.Read<float>(NameOf("floors")).CopyTo(Floors, 0);
        Omitted.Load(state);
        return true;
    }

    /// <summary>Brings to the disk what was written.</summary>
    public void Flush() => pool.Flush();

    public void Dispose() => pool.Dispose();

    private string NameOf(string name) => $"{name}.{layer}";

    private void Add(int neuron, float key, float square, int image, ReadOnlySpan<float> row)
    {
        int place = pool.Take();
        pool.Write(place, row);
        kept[neuron].Add(new(key, square, image, place));
    }

    /// <summary>Drops the images that are shorter than the k-th largest by more than the margin.</summary>
    private void Prune(int neuron)
    {
        var own = CollectionsMarshal.AsSpan(kept[neuron]);
        if (own.Length < top) return;
        if (keys.Length < own.Length) keys = new float[2 * own.Length];
        var sorted = keys.AsSpan(0, own.Length);
        for (int i = 0; i < own.Length; i++) sorted[i] = own[i].Key;
        sorted.Sort();
        float floor = MathF.Max(Floors[neuron], sorted[^top] - margins[neuron]);
        Floors[neuron] = floor;
        int left = 0;
        foreach (var image in own)
            if (image.Key < floor) Drop(neuron, image);
            else own[left++] = image;
        CollectionsMarshal.SetCount(kept[neuron], left);
    }

    private void Drop(int neuron, KeptImage image)
    {
        pool.Return(image.Row);
        Omitted.Add(neuron, image.Key, image.Image);
    }

    /// <summary>Drops images of all neurons until some room is there again.</summary>
    private void ShrinkMargins()
    {
        share *= Shrink;
        for (int neuron = 0; neuron < neurons; neuron++)
        {
            margins[neuron] *= Shrink;
            Prune(neuron);
        }
    }

    /// <summary>Drops a neuron's shortest image if another one is longer, and says that what is as short is not kept.</summary>
    private void DropShortest(int neuron, float key)
    {
        var own = CollectionsMarshal.AsSpan(kept[neuron]);
        int least = 0;
        for (int i = 1; i < own.Length; i++)
            if (own[i].Key < own[least].Key) least = i;
        Floors[neuron] = MathF.Max(Floors[neuron], MathF.Min(key, own[least].Key));
        if (!(key > own[least].Key)) return;
        Drop(neuron, own[least]);
        own[least] = own[^1];
        CollectionsMarshal.SetCount(kept[neuron], own.Length - 1);
    }
}

/// <summary>How much is kept of a block.</summary>
/// <param name="Top">Top images k of a neuron that will be asked for.</param>
/// <param name="MostImages">Images kept for a neuron at most, in the mean over all neurons.</param>
internal sealed record KeptLimits(int Top, int MostImages)
{
    /// <summary>Some more images than will be asked for: at most this is needed where the effects on all images are of nearly one size,
    /// far less where few are large.</summary>
    /// <param name="top">Top images of a neuron.</param>
    /// <param name="sample">Images of the sample, all of which are kept at first.</param>
    /// <param name="fitting">Images that take no more than a pass should.</param>
    public static KeptLimits For(int top, int sample, long fitting)
    {
        int least = Math.Max(sample, top + top * 2 / 5 + 1);
        return new(top, (int)Math.Clamp(fitting, least, Math.Max(least, top + top / 2 + 64)));
    }

    /// <summary>Bytes of the coefficients of a block at most.</summary>
    public long Bytes(int neurons, int paths) => 4L * neurons * MostImages * paths;
}
