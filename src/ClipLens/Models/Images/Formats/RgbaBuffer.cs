using System.Runtime.InteropServices;

namespace ClipLens.Models.Images.Formats;

/// <summary>
/// A decoded image in native memory, four bytes a pixel (red, green, blue and one that nothing reads), row by row without gaps.
/// One buffer serves many images in turn: images of half a megabyte would otherwise each be a fresh array of the large-object heap.
/// </summary>
internal sealed unsafe class RgbaBuffer : IDisposable
{
    // A vector load at the last pixel may read this far behind it.
    private const int Slack = 64;

    // A buffer that one huge image made larger than this is given back before the next image.
    private const long Keep = 64L << 20;

    private long capacity;

    public byte* Data { get; private set; }

    public int Width { get; private set; }

    public int Height { get; private set; }

    public int Stride => Width * 4;

    ~RgbaBuffer() => Free();

    /// <summary>Makes room for an image; what the buffer held is lost.</summary>
    public void Resize(int width, int height)
    {
        long bytes = 4L * width * height + Slack;
        if (bytes > capacity || capacity > Keep)
        {
            Free();
            Data = (byte*)NativeMemory.Alloc((nuint)bytes);
            capacity = bytes;
        }
        (Width, Height) = (width, height);
    }

    /// <summary>The image as a managed one of three bytes a pixel.</summary>
    public RgbImage ToImage()
    {
        byte[] rgb = GC.AllocateUninitializedArray<byte>(checked(Width * Height * 3));
        byte* from = Data;
        for (int i = 0; i < rgb.Length; i += 3, from += 4)
        {
            rgb[i] = from[0];
            rgb[i + 1] = from[1];
            rgb[i + 2] = from[2];
        }
        GC.KeepAlive(this);
        return new RgbImage(Width, Height, rgb);
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.Free(Data);
        Data = null;
        capacity = 0;
    }
}
