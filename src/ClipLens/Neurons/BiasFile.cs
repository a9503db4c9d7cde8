using System.Runtime.InteropServices;
using ClipLens.Files;
using static TorchSharp.torch;

namespace ClipLens.Neurons;

/// <summary>The bias shares of one block for the images of a pass, on disk: a record of d floats an image, in the order of the
/// pass.</summary>
internal sealed class BiasFile : IDisposable
{
    private readonly Microsoft.Win32.SafeHandles.SafeFileHandle handle;
    private readonly string path;
    private readonly int width;

    public BiasFile(string path, int width)
    {
        (this.path, this.width) = (path, width);
        handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
    }

    /// <summary>Whether the file is long enough to hold so many records.</summary>
    public bool Reaches(int images) => RandomAccess.GetLength(handle) >= 4L * width * images;

    /// <exception cref="IOException">The disk failed or is full.</exception>
    public void Write(int image, ReadOnlySpan<float> bias)
    {
        try
        {
            RandomAccess.Write(handle, MemoryMarshal.AsBytes(bias), 4L * width * image);
        }
        catch (IOException error)
        {
            throw FileErrors.CannotWrite(path, error);
        }
    }

    /// <summary>Brings to the disk what was written.</summary>
    public void Flush() => RandomAccess.FlushToDisk(handle);

    /// <summary>Bias shares of some images: [images, d].</summary>
    public Tensor Read(IReadOnlyList<int> images)
    {
        var values = new float[images.Count * width];
        for (int i = 0; i < images.Count; i++) Fill(values.AsSpan(i * width, width), 4L * width * images[i]);
        return tensor(values, [images.Count, width]);
    }

    public void Dispose() => handle.Dispose();

    private void Fill(Span<float> values, long offset)
    {
        var bytes = MemoryMarshal.AsBytes(values);
        while (bytes.Length > 0)
        {
            int read = RandomAccess.Read(handle, bytes, offset);
            if (read == 0) throw new EndOfStreamException($"{path} ends before the image's record.");
            bytes = bytes[read..];
            offset += read;
        }
    }
}
