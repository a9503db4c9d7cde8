using ClipLens.Models.Images;

namespace ClipLens.Labels;

/// <summary>Where files are in a dataset, by their names or last parts.</summary>
internal sealed class ImagePlaces
{
    private readonly string labels;
    private readonly Dictionary<string, int> byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<int>> byLastPart;
    private readonly IReadOnlyList<ImageEntry> images;

    public ImagePlaces(string labels, IReadOnlyList<ImageEntry> images)
    {
        (this.labels, this.images) = (labels, images);
        for (int i = 0; i < images.Count; i++)
            if (!byName.TryAdd(images[i].Name, i)) throw new ClipLensException($"The images hold the file {images[i].Name} twice; "
            + "list every image once.");
        byLastPart = Enumerable.Range(0, images.Count).GroupBy(i => Path.GetFileName(images[i].Name))
            .ToDictionary(group => group.Key, group => group.ToList());
    }

    public int? Find(int line, string file)
    {
        if (byName.TryGetValue(file, out int exact)) return exact;
        if (file.Contains('/') || !byLastPart.TryGetValue(file, out var candidates)) return null;
        return candidates.Count == 1 ? candidates[0] : throw new ClipLensException(
            $"{labels} line {line} names {file}, which {images[candidates[0]].Name} and {images[candidates[1]].Name} both could be; "
            + "write the path within the images' folder.");
    }
}
