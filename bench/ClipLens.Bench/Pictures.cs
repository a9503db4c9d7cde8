using SkiaSharp;

namespace ClipLens.Bench;

/// <summary>Stand-ins for photographs where none are at hand: JPEG files of 500 x 375 with as much detail.</summary>
internal static class Pictures
{
    public static string Write(string folder, int count)
    {
        Directory.CreateDirectory(folder);
        for (int i = 0; i < count; i++)
        {
            using var bitmap = new SKBitmap(500, 375);
            using (var canvas = new SKCanvas(bitmap)) Draw(canvas, i);
            using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 95);
            using var file = File.Create(Path.Combine(folder, $"{i:0000}.jpg"));
            data.SaveTo(file);
        }
        return folder;
    }

    private static void Draw(SKCanvas canvas, int seed)
    {
        using var noise = SKShader.CreatePerlinNoiseFractalNoise(0.05f, 0.05f, 6, seed);
        using var paint = new SKPaint { Shader = noise };
        canvas.Clear(new SKColor((byte)(seed * 37), (byte)(seed * 59), (byte)(seed * 83)));
        canvas.DrawRect(0, 0, 500, 375, paint);
    }
}
