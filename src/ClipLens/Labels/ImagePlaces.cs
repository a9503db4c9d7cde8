using ClipLens.Files;
using ClipLens.Models.Images;

namespace ClipLens.Labels;

/// <summary>Where files are in a dataset: by their names, last parts or full paths.</summary>
internal sealed class ImagePlaces
{
    private readonly string labels;
    private readonly Dictionary<string, int> byName = new(StringComparer.Ordinal);
    private readonly ILookup<string, int> byLastPart;
    private readonly Lazy<ILookup<string, int>> byPath, byLikeName;
    private readonly IReadOnlyList<ImageEntry> images;

    public ImagePlaces(string labels, IReadOnlyList<ImageEntry> images)
    {
        (this.labels, this.images) = (labels, images);
        for (int i = 0; i < images.Count; i++)
            if (!byName.TryAdd(images[i].Name, i)) throw new ClipLensException($"The images hold the file {images[i].Name} twice; "
            + "list every image once.");
        byLastPart = By(image => Path.GetFileName(image.Name));
        byLikeName = new(() => By(image => image.Name));
        byPath = new(() => By(image => Path.GetFullPath(image.Path)));
    }

    /// <summary>The image that is meant; null where there is none.</summary>
    public int? Find(int line, string file)
    {
        while (file.StartsWith("./", StringComparison.Ordinal)) file = file[2..];
        if (byName.TryGetValue(file, out int exact)) return exact;
        var alike = file.StartsWith('/') ? byPath.Value : file.Contains('/') ? byLikeName.Value : byLastPart;
        return alike[ComposedLetters.Apply(file)].ToList() switch
        {
            [] => null,
            [var only] => only,
            [var one, var other, ..] => throw new ClipLensException($"{labels} line {line} names {file}, which {images[one].Name} and "
                + $"{images[other].Name} both could be; write the path within the images' folder."),
        };
    }

    private ILookup<string, int> By(Func<ImageEntry, string> name) =>
        Enumerable.Range(0, images.Count).ToLookup(i => ComposedLetters.Apply(name(images[i])));
}
