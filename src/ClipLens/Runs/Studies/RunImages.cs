using ClipLens.Models;
using ClipLens.Models.Images;

namespace ClipLens.Runs.Studies;

/// <summary>The images of a run where they lie now.</summary>
internal static class RunImages
{
    /// <summary>All images, those that could not be read included, under their names in the dataset.</summary>
    public static IReadOnlyList<ImageEntry> All(RunDirectory run) => Some(run, Enumerable.Range(0, run.Images.Count));

    /// <summary>Those that could be read, as if each were given by its path.</summary>
    public static IReadOnlyList<ImageEntry> Readable(RunDirectory run) =>
        [.. run.Images.Where(row => row.Error is null).Select(row => new ImageEntry(run.ImagePath(row.Index).Replace('\\', '/'),
            run.ImagePath(row.Index)) { Expected = row.Sha256 })];

    /// <summary>A reader of images of a run as the run read them; the caller disposes it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="model">Its model.</param>
    /// <param name="images">Their indices; all if null.</param>
    public static ImageBatchReader Open(RunDirectory run, ClipModel model, IEnumerable<int>? images = null) =>
        new(model.Preprocessor, images is null ? All(run) : Some(run, images),
            run.Manifest.Settings.ApplyOrientation);

    private static List<ImageEntry> Some(RunDirectory run, IEnumerable<int> images) =>
        [.. images.Select(index => new ImageEntry(run.Images[index].Path, run.ImagePath(index))
            { Expected = run.Images[index].Sha256 })];
}
