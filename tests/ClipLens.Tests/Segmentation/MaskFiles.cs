using PureHDF;
using SkiaSharp;

namespace ClipLens.Tests.Segmentation;

/// <summary>Small images and masks as files, for tests of what reads them.</summary>
internal static class MaskFiles
{
    public static void WriteMat(string path, byte[,,] picture, byte[,] mask, string id)
    {
        H5Dataset image = new(picture), labels = new(mask);
        var name = new H5Dataset(id.Select(c => (ushort)c).ToArray(), fileDims: [(ulong)id.Length, 1]);
        var cell = Reference(labels);
        new H5File
        {
            ["#refs#"] = new H5Group { ["a"] = image, ["b"] = labels, ["c"] = name, ["d"] = cell },
            ["value"] = new H5Group { ["img"] = Reference(image), ["gt"] = Reference(cell), ["id"] = Reference(name) },
        }.Write(path);

        static H5Dataset Reference(H5Dataset target) => new(new H5ObjectReference[] { target }, fileDims: [1, 1]);
    }

    /// <summary>A grey image whose columns repeat some values.</summary>
    public static void WritePng(string path, int width, int height, params byte[] values)
    {
        using var bitmap = new SKBitmap(width, height, SKColorType.Gray8, SKAlphaType.Opaque);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) System.Runtime.InteropServices.Marshal.WriteByte(bitmap.GetPixels(), y * bitmap.RowBytes + x,
            values[x % values.Length]);
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(path, data.ToArray());
    }
}
