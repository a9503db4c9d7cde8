using SkiaSharp;

namespace ClipLens.Scenes.Drawing;

/// <summary>The surfaces for drawing scenes of one size, kept for the next scene. Not for several threads at once.</summary>
internal sealed class SceneCanvas : IDisposable
{
    private readonly int size;
    private readonly SKBitmap picture;
    private readonly SKBitmap layer;
    private readonly SKCanvas onPicture;
    private readonly SKCanvas onLayer;

    public SceneCanvas(int size)
    {
        if (size is < 16 or > 2048) throw new ClipLensException(
            $"A scene cannot be drawn at {size} pixels; choose a side from 16 to 2048.");
        this.size = size;
        picture = new SKBitmap(new SKImageInfo(size, size, SKColorType.Rgba8888, SKAlphaType.Premul));
        layer = new SKBitmap(new SKImageInfo(size, size, SKColorType.Rgba8888, SKAlphaType.Premul));
        onPicture = new SKCanvas(picture);
        onLayer = new SKCanvas(layer);
    }

    public void Dispose()
    {
        onPicture.Dispose();
        onLayer.Dispose();
        picture.Dispose();
        layer.Dispose();
    }

    public RenderedScene Render(Scene scene)
    {
        var rgb = new byte[3 * size * size];
        var masks = scene.Objects.Select(_ => new bool[size * size]).ToArray();
        Draw(scene, masks);
        Lighting.Apply(picture.GetPixelSpan(), rgb, size, scene);
        return new RenderedScene(size, rgb, [.. masks.Select(mask => (ReadOnlyMemory<bool>)mask)]);
    }

    /// <summary>The picture alone, for training.</summary>
    public void Render(Scene scene, Span<byte> rgb)
    {
        Draw(scene, null);
        Lighting.Apply(picture.GetPixelSpan(), rgb, size, scene);
    }

    private void Draw(Scene scene, bool[][]? masks)
    {
        onPicture.ResetMatrix();
        onPicture.Scale(size);
        picture.Erase(SKColors.Black);
        Backdrops.Draw(onPicture, scene.Background, scene.Seed);
        onPicture.Flush();
        foreach (int index in FarToNear(scene.Objects)) DrawObject(scene.Objects, index, masks);
    }

    // What stands lower in the picture stands nearer.
    private static IEnumerable<int> FarToNear(IReadOnlyList<SceneObject> objects) => Enumerable.Range(0, objects.Count)
        .OrderBy(i => objects[i].Y + Catalog.Entry(objects[i].Kind).Bottom * objects[i].Size).ThenBy(i => i);

    private void DrawObject(IReadOnlyList<SceneObject> objects, int index, bool[][]? masks)
    {
        var item = objects[index];
        var drawn = Catalog.Entry(item.Kind);
        layer.Erase(SKColors.Transparent);
        onLayer.ResetMatrix();
        onLayer.Scale(size);
        onLayer.Translate(item.X, item.Y);
        onLayer.RotateDegrees(item.Tilt);
        float half = item.Size * MathF.Sqrt(item.Stretch);
        onLayer.Scale(item.Mirrored ? -half : half, item.Size / MathF.Sqrt(item.Stretch));
        using (var brush = new Brush(onLayer, item)) drawn.Draw(brush);
        onLayer.Flush();
        if (drawn.Placement == Placement.Ground) DrawShadow(item, drawn);
        Compose(objects.Count, index, masks);
    }

    private void DrawShadow(SceneObject item, Drawn drawn)
    {
        using var paint = new SKPaint { IsAntialias = true, Color = new SKColor(10, 10, 30, 70) };
        float foot = item.Y + drawn.Bottom * item.Size / MathF.Sqrt(item.Stretch), half = drawn.HalfWidth * item.Size;
        onPicture.DrawOval(item.X, foot, half * 0.86f, item.Size * 0.07f, paint);
        onPicture.Flush();
    }

    /// <summary>Lays the object over the picture; the pixels that it covers by half or more are now its own.</summary>
    private void Compose(int count, int index, bool[][]? masks)
    {
        var under = picture.GetPixelSpan();
        var over = layer.GetPixelSpan();
        for (int i = 0; i < size * size; i++)
        {
            int alpha = over[4 * i + 3];
            if (alpha == 0) continue;
            for (int c = 0; c < 3; c++) under[4 * i + c] = (byte)Math.Min(255,
                over[4 * i + c] + (under[4 * i + c] * (255 - alpha) + 127) / 255);
            if (masks is null || alpha < 128) continue;
            for (int other = 0; other < count; other++) masks[other][i] = other == index;
        }
    }
}
