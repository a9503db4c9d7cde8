using ClipLens.Labels;
using ClipLens.Models.Images;

namespace ClipLens.Cli.Commands.Evaluation;

/// <summary>Pictures with their classes: told by a table, or by a folder a class, as ImageNet's are.</summary>
internal static class LabelledPictures
{
    /// <summary>Reads the classes' names and the labelled pictures.</summary>
    /// <param name="images">The pictures, as <c>--images</c> names them.</param>
    /// <param name="labels">Their labels; null where their folders are their classes.</param>
    /// <param name="classes">The file of the classes' names; null for the folders' names.</param>
    public static (IReadOnlyList<string> Classes, LabelledImages Images) Read(string images, string? labels, string? classes)
    {
        if (labels is not null)
        {
            if (classes is null) throw new ClipLensException("With --labels the names of the classes are needed; give a file with --classes.");
            var names = ClassNames.Read(classes);
            return (names, LabelFile.Read(labels, ImageList.Find(images), names.Count));
        }
        if (File.Exists(images) || (Directory.Exists(images) && Directory.GetDirectories(images).Length == 0))
            throw new ClipLensException($"The classes of the pictures of {images} are not known; name them with --labels, or give a folder with a folder a class.");
        return (ClassNames.OfFolders(images, classes), ClassNames.Sorted(images));
    }
}
