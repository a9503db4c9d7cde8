using ClipLens.Drawing;
using ClipLens.Models;
using ClipLens.Models.Images;

namespace ClipLens.Discovery;

/// <summary>A sheet an image: every concept's heat over the image as the model sees it.</summary>
public static class ConceptSheets
{
    /// <summary>Writes the sheets, named for their images; images that could not be read have none.</summary>
    /// <param name="folder">Gets the sheets; it is made if need be.</param>
    /// <param name="images">The images.</param>
    /// <param name="found">Their concepts, in the same order.</param>
    /// <param name="model">The model that found them.</param>
    /// <param name="applyOrientation">Whether images are turned upright as their EXIF data says.</param>
    /// <param name="cancellation">Stops between images.</param>
    /// <exception cref="ClipLensException">An image cannot be read any more, or a sheet cannot be written there.</exception>
    public static void Write(string folder, IReadOnlyList<ImageEntry> images, IReadOnlyList<ImageConcepts> found, ClipModel model,
        bool applyOrientation = false, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(found);
        ArgumentNullException.ThrowIfNull(model);
        var used = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < found.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (found[i].Error is not null) continue;
            string name = Path.GetFileNameWithoutExtension(images[i].Path);
            for (int again = 2; !used.Add(name); again++) name = $"{Path.GetFileNameWithoutExtension(images[i].Path)}-{again}";
            PngFile.Write(Path.Combine(folder, name + ".png"), Sheet(images[i], found[i], model.Preprocessor, applyOrientation).Draw());
        }
    }

    private static ContactSheet Sheet(ImageEntry image, ImageConcepts found, ImagePreprocessor preprocessor, bool applyOrientation)
    {
        var crop = new RgbImage(preprocessor.Size, preprocessor.Size, preprocessor.Crop(ImageDecoder.Decode(image.Path, applyOrientation)));
        if (found.Concepts.Count == 0) return new([Path.GetFileName(found.Image)], [new(crop, "no concept was found")]);
        return new([Path.GetFileName(found.Image)], [.. found.Concepts.Select(concept => new ContactTile(crop,
            FormattableString.Invariant($"{concept.Text} (score {concept.Score:0.00}; at most {Hottest(concept):0.00} % from a patch)"),
            concept.Patches with { Values = [.. concept.Patches.Values.Select(value => Math.Max(0, value))] }))])
        {
            HeatLegend = "Left the image as the model sees it; right over it what flows along the concept from each patch through the "
                + "significant neurons, in percent of the length of the image's representation, from 0 to the most from a patch.",
        };
    }

    private static float Hottest(Concept concept) => concept.Patches.Values.DefaultIfEmpty(0).Max();
}
