using System.IO.MemoryMappedFiles;
using System.Numerics;
using System.Runtime.InteropServices;
using ClipLens.Files;

namespace ClipLens.Neurons;

/// <summary>
/// For every neuron of a block the images with the largest keys of those offered, a fixed number of them, with their coefficients. The
/// coefficients are a file: in memory as far as the system likes, or read and written row by row where that would be too much.
/// </summary>
internal sealed unsafe class KeptRows : IDisposable
{
    private readonly string path;
    private readonly int neurons, paths;
    private readonly float[] keys, squares;
    private readonly int[] images;
    private readonly MemoryMappedFile? map;
    private readonly MemoryMappedViewAccessor? view;
    private readonly Microsoft.Win32.SafeHandles.SafeFileHandle? handle;
    private readonly float* rows;

    /// <summary>Opens the file, which may be there already.</summary>
    /// <param name="path">The file of the coefficients.</param>
    /// <param name="neurons">Neurons N of the block.</param>
    /// <param name="slots">Images kept for each.</param>
    /// <param name="paths">Coefficients K of an image and neuron.</param>
    /// <param name="inMemory">Whether the file is mapped to memory.</param>
    public KeptRows(string path, int neurons, int slots, int paths, bool inMemory)
    {
        (this.path, this.neurons, this.paths, Slots) = (path, neurons, paths, slots);
        (keys, squares) = (new float[(long)neurons * slots], new float[(long)neurons * slots]);
        images = new int[(long)neurons * slots];
        Floors = new float[neurons];
        try
        {
            WasThere = File.Exists(path) && new FileInfo(path).Length == Bytes;
            // All of it is asked for at once: a disk that fills up later would kill a process that writes to mapped memory.
            if (!WasThere)
            {
                File.Delete(path);
                File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, preallocationSize: Bytes).Dispose();
                using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
                RandomAccess.SetLength(file, Bytes);
            }
            if (inMemory)
            {
                map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, Bytes);
                view = map.CreateViewAccessor(0, Bytes);
                byte* start = null;
                view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
                rows = (float*)start;
            }
            else handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        }
        catch (IOException error)
        {
            throw FileErrors.CannotWrite(path, error);
        }
        Clear();
    }

    /// <summary>Bytes of the file for one neuron.</summary>
    public static long BytesPerNeuron(int slots, int paths) => 4L * slots * paths;

    /// <summary>Images kept for each neuron.</summary>
    public int Slots { get; }

    /// <summary>Whether the file had all its bytes already.</summary>
    public bool WasThere { get; }

    /// <summary>The smallest key of every neuron's images, negative infinity while there is room: what is not above it is not
    /// kept.</summary>
    public float[] Floors { get; }

    /// <summary>Keys by neuron and slot.</summary>
    public float[] Keys => keys;

    /// <summary>Images by neuron and slot; -1 for none.</summary>
    public int[] Images => images;

    /// <summary>What belongs to an image and its neuron and does not change: the square of its length from the first centre, by neuron and
    /// slot.</summary>
    public float[] Squares => squares;

    private long Bytes => neurons * BytesPerNeuron(Slots, paths);

    /// <summary>Forgets all images.</summary>
    public void Clear()
    {
        Array.Fill(keys, float.NegativeInfinity);
        Array.Fill(images, -1);
        Array.Fill(Floors, float.NegativeInfinity);
    }

    /// <summary>Keeps an image in the place of the one with the smallest key, if its own is larger.</summary>
    public void Offer(int neuron, float key, float square, int image, ReadOnlySpan<float> row)
    {
        if (!(key > Floors[neuron])) return;
        var own = keys.AsSpan(neuron * Slots, Slots);
        int slot = own.IndexOf(Floors[neuron]);
        Write(neuron, slot, row);
        (own[slot], squares[neuron * Slots + slot], images[neuron * Slots + slot]) = (key, square, image);
        Floors[neuron] = Least(own);
    }

    /// <summary>Puts an image in a slot, its key to be given later.</summary>
    public void Place(int neuron, int slot, int image, ReadOnlySpan<float> row)
    {
        images[neuron * Slots + slot] = image;
        Write(neuron, slot, row);
    }

    /// <summary>Gives a neuron's images their keys.</summary>
    public void SetKeys(int neuron, ReadOnlySpan<float> values)
    {
        var own = keys.AsSpan(neuron * Slots, Slots);
        values.CopyTo(own);
        Floors[neuron] = Least(own);
    }

    /// <summary>Reads the coefficients of a neuron's slots: [slots, K].</summary>
    public void Read(int neuron, Span<float> values) => Read((long)neuron * Slots * paths, values[..(Slots * paths)]);

    /// <summary>Reads those of a slot: [K].</summary>
    public void Read(int neuron, int slot, Span<float> values) => Read(((long)neuron * Slots + slot) * paths, values[..paths]);

    /// <summary>Brings to the disk what was written.</summary>
    public void Flush()
    {
        view?.Flush();
        if (handle is not null) RandomAccess.FlushToDisk(handle);
    }

    public void Dispose()
    {
        view?.SafeMemoryMappedViewHandle.ReleasePointer();
        view?.Dispose();
        map?.Dispose();
        handle?.Dispose();
    }

    private void Write(int neuron, int slot, ReadOnlySpan<float> row)
    {
        long place = ((long)neuron * Slots + slot) * paths;
        if (handle is null)
        {
            row[..paths].CopyTo(new Span<float>(rows + place, paths));
            return;
        }
        try
        {
            RandomAccess.Write(handle, MemoryMarshal.AsBytes(row[..paths]), 4 * place);
        }
        catch (IOException error)
        {
            throw FileErrors.CannotWrite(path, error);
        }
    }

    private void Read(long place, Span<float> values)
    {
        if (handle is null)
        {
            new ReadOnlySpan<float>(rows + place, values.Length).CopyTo(values);
            return;
        }
        var bytes = MemoryMarshal.AsBytes(values);
        for (int read = 0, more = 1; read < bytes.Length && more > 0; read += more)
            more = RandomAccess.Read(handle, bytes[read..], 4 * place + read);
    }

    private static float Least(ReadOnlySpan<float> values)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        var least = new Vector<float>(float.PositiveInfinity);
        foreach (var vector in vectors) least = Vector.Min(least, vector);
        float result = float.PositiveInfinity;
        for (int i = 0; i < Vector<float>.Count; i++) result = MathF.Min(result, least[i]);
        for (int i = vectors.Length * Vector<float>.Count; i < values.Length; i++) result = MathF.Min(result, values[i]);
        return result;
    }
}
