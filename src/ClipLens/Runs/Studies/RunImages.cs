using ClipLens.Models.Images;

namespace ClipLens.Runs.Studies;

/// <summary>The images of a run where they lie now.</summary>
internal static class RunImages
{
    /// <summary>All images, those that could not be read included, under their names in the dataset.</summary>
    public static IReadOnlyList<ImageEntry> All(RunDirectory run) => [.. run.Images.Select((image, i) => new ImageEntry(image.Path,
        run.ImagePath(i)))];

    /// <summary>Those that could be read, as if each were given by its path.</summary>
    public static IReadOnlyList<ImageEntry> Readable(RunDirectory run) =>
        ImageList.Files(run.Images.Select((row, index) => (row, index)).Where(image => image.row.Error is null).Select(image =>
            run.ImagePath(image.index)));
}
