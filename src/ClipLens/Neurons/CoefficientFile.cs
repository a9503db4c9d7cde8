using System.Runtime.InteropServices;
using ClipLens.Files;
using static TorchSharp.torch;

namespace ClipLens.Neurons;

/// <summary>
/// The coefficients and bias shares of one block for every image of a dataset, on disk: a record of N K + d floats an image, at the place
/// of the image's index. Without coefficients the record holds the bias share alone.
/// </summary>
internal sealed class CoefficientFile : IDisposable
{
    private readonly Microsoft.Win32.SafeHandles.SafeFileHandle handle;
    private readonly string path;
    private readonly int neurons, paths, width;

    public CoefficientFile(string path, int neurons, int paths, int width)
    {
        this.path = path;
        (this.neurons, this.paths, this.width) = (neurons, paths, width);
        handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
    }

    /// <summary>Bytes of one image's record.</summary>
    public static long RecordBytes(int neurons, int paths, int width) => 4L * ((long)neurons * paths + width);

    private long Record => RecordBytes(neurons, paths, width);

    /// <summary>Whether the file is long enough to hold the record of this image.</summary>
    public bool Reaches(int image) => RandomAccess.GetLength(handle) >= (image + 1) * Record;

    /// <exception cref="IOException">The disk failed or is full.</exception>
    public void Write(int image, ReadOnlySpan<float> coefficients, ReadOnlySpan<float> bias)
    {
        try
        {
            if (paths > 0) RandomAccess.Write(handle, MemoryMarshal.AsBytes(coefficients), image * Record);
            RandomAccess.Write(handle, MemoryMarshal.AsBytes(bias), image * Record + 4L * neurons * paths);
        }
        catch (IOException error)
        {
            throw FileErrors.CannotWrite(path, error);
        }
    }

    /// <summary>Brings to the disk what was written.</summary>
    public void Flush() => RandomAccess.FlushToDisk(handle);

    /// <summary>Coefficients of a range of neurons for some images: [images, count, K].</summary>
    public void ReadCoefficients(IReadOnlyList<int> images, int first, int count, Span<float> result)
    {
        int size = count * paths;
        for (int i = 0; i < images.Count; i++)
            Fill(result.Slice(i * size, size), images[i] * Record + 4L * first * paths);
    }

    /// <summary>Bias shares of some images: [images, d].</summary>
    public Tensor ReadBiases(IReadOnlyList<int> images)
    {
        var values = new float[images.Count * width];
        for (int i = 0; i < images.Count; i++)
            Fill(values.AsSpan(i * width, width), images[i] * Record + 4L * neurons * paths);
        return tensor(values, [images.Count, width]);
    }

    public void Dispose() => handle.Dispose();

    private void Fill(Span<float> values, long offset)
    {
        var bytes = MemoryMarshal.AsBytes(values);
        while (bytes.Length > 0)
        {
            int read = RandomAccess.Read(handle, bytes, offset);
            if (read == 0) throw new EndOfStreamException("The scratch file of coefficients ends before the image's record.");
            bytes = bytes[read..];
            offset += read;
        }
    }
}
