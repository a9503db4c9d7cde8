using ClipLens.Labels;
using ClipLens.Models.Images;

namespace ClipLens.Runs.Studies;

/// <summary>Images with their classes: told by a table, or by a folder a class, as ImageNet's are.</summary>
internal static class LabelledPictures
{
    /// <summary>Reads the classes' names and the labelled images.</summary>
    /// <param name="images">A folder or a list of the images.</param>
    /// <param name="labels">The file of their labels; null where their folders are their classes.</param>
    /// <param name="classes">The file of the classes' names; null for the folders' names.</param>
    public static (IReadOnlyList<string> Classes, LabelledImages Images) Read(string images, string? labels, string? classes)
    {
        if (labels is not null)
        {
            if (classes is null)
                throw new SettingException(nameof(StudySettings.Classes),
                $"The labels of {labels} need the names of the classes; give a file with a name a line.");
            var names = ClassNames.Read(classes);
            var all = ImageList.Find(images);
            var labelled = LabelFile.Read(labels, all, names.Count);
            return WithNotes(classes, names, all.LeftOutSentence is { } leftOut ? labelled with { Notes = [leftOut] } : labelled);
        }
        if (File.Exists(images) || (Directory.Exists(images) && Directory.GetDirectories(images).Length == 0))
            throw new SettingException(nameof(StudySettings.Labels),
                $"The classes of the images of {images} are not known; give a folder with a folder a class, or a file of labels.");
        return WithNotes(classes ?? images, ClassNames.OfFolders(images, classes), ClassNames.Sorted(images));
    }

    private static (IReadOnlyList<string> Classes, LabelledImages Images) WithNotes(string source, IReadOnlyList<string> names,
        LabelledImages images) =>
        (names, ClassNames.Shared(source, names) is { } shared ? images with { Notes = [.. images.Notes, shared] } : images);
}
