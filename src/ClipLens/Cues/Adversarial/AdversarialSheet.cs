using ClipLens.Drawing;
using ClipLens.Models.Images;

namespace ClipLens.Cues.Adversarial;

/// <summary>The pictures of one source of cues side by side, the ones that fool the model first.</summary>
internal static class AdversarialSheet
{
    private const int TileSize = 200;

    private const string Caption = "Under each picture the class that the model sees, and the logit of the false class less that of the "
        + "true one; in brackets the same without cues.";

    /// <summary>Draws the sheet.</summary>
    /// <param name="result">The result.</param>
    /// <param name="figures">The source.</param>
    /// <param name="folder">Where the pictures lie.</param>
    /// <param name="most">The most pictures to show.</param>
    public static ContactSheet Draw(AdversarialResult result, CueFigures figures, string folder, int most)
    {
        var counted = result.Pictures.Where(picture => picture.Source == figures.Source && picture.Verdict.Counts)
            .OrderByDescending(picture => picture.Verdict.Margin).Take(most).ToList();
        string rate = double.IsNaN(figures.Mean) ? "no verdict counts" : $"{figures.Mean:0.0} of 100 counted pictures fool the model";
        return new([$"{result.True} → {result.Fooled}: {figures.Source}", $"{rate}. Cues: {string.Join(", ", figures.Cues)}", Caption],
            [.. counted.Select(picture => Tile(picture, result, folder))], 5, TileSize);
    }

    private static ContactTile Tile(AdversarialPicture picture, AdversarialResult result, string folder)
    {
        var (own, control) = (picture.Verdict.Margin, picture.Verdict.ControlMargin);
        string verdict = $"{(picture.Verdict.IsFooled ? result.Fooled : result.True)} {own:+0.0;−0.0} (without: {control:+0.0;−0.0})";
        return new(ImageDecoder.Decode(Path.Combine(folder, picture.File)), $"{verdict}, with {string.Join(", ", picture.Cues)}");
    }
}
