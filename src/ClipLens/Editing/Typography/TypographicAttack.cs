using ClipLens.Compute;
using ClipLens.Drawing;
using ClipLens.Models.Images;
using SkiaSharp;

namespace ClipLens.Editing.Typography;

/// <summary>What is written on an image.</summary>
/// <param name="Class">The class whose name it is; not the image's own.</param>
/// <param name="Text">The name.</param>
/// <param name="Size">Height of a letter as a share of the side of the square that the model sees.</param>
/// <param name="X">Where it stands, from the left (0) to the right (1) of the room that there is.</param>
/// <param name="Y">Where it stands, from the top (0) to the bottom (1).</param>
/// <param name="Colours">Which of the pairs of colours.</param>
public sealed record WrittenWord(int Class, string Text, double Size, double X, double Y, int Colours);

/// <summary>
/// The typographic attack (Goh and others, 2021): the name of a wrong class is written on images, as on a label. Which name, how large,
/// where and in which colours is drawn by a seed, image by image.
/// </summary>
public sealed class TypographicAttack
{
    private const double Smallest = 0.08, Largest = 0.16, Widest = 0.94;

    private static readonly (SKColor Paper, SKColor Ink)[] Pairs =
    [
        (SKColors.White, SKColors.Black), (SKColors.Black, SKColors.White), (SKColors.White, new(0xC0, 0x10, 0x10)),
        (new(0xFF, 0xD8, 0x20), SKColors.Black), (new(0x10, 0x30, 0xA0), SKColors.White),
    ];

    private readonly IReadOnlyList<WrittenWord> words;

    /// <summary>Draws the words.</summary>
    /// <param name="labels">The images' classes.</param>
    /// <param name="classes">The classes' names; of several with commas between the first is written.</param>
    /// <param name="seed">The seed.</param>
    /// <exception cref="ClipLensException">There are fewer than two classes.</exception>
    public TypographicAttack(IReadOnlyList<int> labels, IReadOnlyList<string> classes, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(classes);
        if (classes.Count < 2) throw new ClipLensException("A wrong class's name needs a wrong class; give at least two.");
        var random = new SeededRandom(seed);
        words = [.. labels.Select(label =>
        {
            int other = random.Below(classes.Count - 1);
            int wrong = other >= label ? other + 1 : other;
            return new WrittenWord(wrong, classes[wrong].Split(',')[0].Trim(), Smallest + (Largest - Smallest) * Share(random),
                Share(random), Share(random), random.Below(Pairs.Length));
        })];
    }

    /// <summary>What is written on each image.</summary>
    public IReadOnlyList<WrittenWord> Words => words;

    /// <summary>Writes on an image, within the square that the model sees.</summary>
    /// <param name="index">Which image.</param>
    /// <param name="picture">The image.</param>
    /// <param name="preprocessor">The model's.</param>
    public RgbImage Write(int index, RgbImage picture, ImagePreprocessor preprocessor)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(preprocessor);
        var seen = preprocessor.Geometry(picture.Width, picture.Height).SeenBox;
        var (text, place, size) = Place(words[index], seen);
        using var bitmap = PngFile.ToBitmap(picture);
        using var canvas = new SKCanvas(bitmap);
        using var font = Lettering.Font(size, bold: true);
        using var paint = new SKPaint { IsAntialias = true, Color = Pairs[words[index].Colours].Paper };
        canvas.DrawRect(place, paint);
        paint.Color = Pairs[words[index].Colours].Ink;
        canvas.DrawText(text, place.Left + size * 0.3f, place.Bottom - size * 0.38f, font, paint);
        canvas.Flush();
        return PngFile.ToImage(bitmap);
    }

    /// <summary>The tokens that the words cover: 1 for a patch that is touched, 0 for others, the class token first.</summary>
    internal float[] Region(int index, int grid)
    {
        // The square that the model sees, in units of its side: the same place on every image.
        var place = Place(words[index], (0, 0, 1000, 1000)).Place;
        float[] region = new float[1 + grid * grid];
        double side = 1000.0 / grid;
        for (int row = 0; row < grid; row++)
            for (int column = 0; column < grid; column++)
                if (place.Left < (column + 1) * side && place.Right > column * side && place.Top < (row + 1) * side
                    && place.Bottom > row * side) region[1 + row * grid + column] = 1;
        return region;
    }

    private static (string Text, SKRect Place, float Size) Place(WrittenWord word, (double X, double Y, double Width, double Height) seen)
    {
        double side = Math.Min(seen.Width, seen.Height);
        float size = (float)(word.Size * side), room = (float)(Widest * seen.Width) - 0.6f * size;
        float width = Lettering.Width(word.Text, size, bold: true);
        if (width > room)
        {
            // Long names become smaller, not shorter; padding included.
            size = (float)(size * Widest * seen.Width / (width + 0.6f * size));
            width = Lettering.Width(word.Text, size, bold: true);
        }
        float across = width + 0.6f * size, down = 1.35f * size;
        return (word.Text, SKRect.Create((float)(seen.X + word.X * Math.Max(0, seen.Width - across)),
            (float)(seen.Y + word.Y * Math.Max(0, seen.Height - down)), across, down), size);
    }

    private static double Share(SeededRandom random) => random.Below(10_001) / 10_000.0;
}
