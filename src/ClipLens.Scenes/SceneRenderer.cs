using ClipLens.Scenes.Drawing;
using SkiaSharp;

namespace ClipLens.Scenes;

/// <summary>A drawn scene.</summary>
/// <param name="Size">Side of the picture in pixels.</param>
/// <param name="Rgb">The picture: Size x Size x 3 bytes, row by row.</param>
/// <param name="Masks">For each object of the scene, in its order: Size x Size, true where that object is what one sees.</param>
public sealed record RenderedScene(int Size, ReadOnlyMemory<byte> Rgb, IReadOnlyList<ReadOnlyMemory<bool>> Masks);

/// <summary>Draws scenes: background, objects from far to near, light, noise.</summary>
public static class SceneRenderer
{
    /// <summary>Draws a scene with the exact mask of every object.</summary>
    /// <param name="scene">What to draw.</param>
    /// <param name="size">Side of the picture in pixels, 16 to 2,048.</param>
    /// <returns>The picture; the same scene and size give the same picture.</returns>
    /// <exception cref="ClipLensException">The size is out of range.</exception>
    public static RenderedScene Render(Scene scene, int size)
    {
        using var canvas = new SceneCanvas(size);
        return canvas.Render(scene);
    }

    /// <summary>A PNG file of a drawn scene.</summary>
    public static byte[] EncodePng(RenderedScene picture)
    {
        var info = new SKImageInfo(picture.Size, picture.Size, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using var bitmap = new SKBitmap(info);
        var pixels = bitmap.GetPixelSpan();
        var rgb = picture.Rgb.Span;
        for (int i = 0; i < picture.Size * picture.Size; i++)
        {
            rgb.Slice(3 * i, 3).CopyTo(pixels[(4 * i)..]);
            pixels[4 * i + 3] = 255;
        }
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }
}
