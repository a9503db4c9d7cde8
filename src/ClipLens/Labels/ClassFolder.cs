using System.Globalization;
using System.Text.RegularExpressions;
using ClipLens.Models.Images;

namespace ClipLens.Labels;

/// <summary>A folder that holds the images of one class, as ImageNet's are sorted.</summary>
/// <param name="Name">The folder's name.</param>
internal sealed partial record ClassFolder(string Name)
{
    /// <summary>Folders that archives, systems and file servers leave behind.</summary>
    private static readonly HashSet<string> Foreign = new(StringComparer.OrdinalIgnoreCase)
        { "__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information", "lost+found", "__pycache__" };

    private static readonly HashSet<string> Splits = new(StringComparer.OrdinalIgnoreCase)
        { "train", "training", "val", "valid", "validation", "test", "testing", "eval", "dev" };

    /// <summary>The number that the folder is named by; null where the name is another.</summary>
    public int? Number => Name.All(char.IsAsciiDigit) && int.TryParse(Name, NumberStyles.None, CultureInfo.InvariantCulture,
        out int number) ? number : null;

    /// <summary>The WordNet id that the name is or begins with; null where there is none.</summary>
    public string? WordNetId => IdAtStart().Match(Name) is { Success: true } match ? match.Groups["id"].Value : null;

    /// <summary>The name as a person writes it, without an id and with blanks for '_'; null where the folder has only an id or a
    /// number.</summary>
    public string? Words => Number is not null || WordNetId == Name ? null : (WordNetId is { } id ? Name[(id.Length + 1)..] : Name)
        .Replace('_', ' ');

    /// <summary>
    /// The folders of a dataset that hold classes, in the order of the labels: by number where all are numbers, else in ordinal order; the
    /// images in them; and a sentence on each kind of thing that is there besides.
    /// </summary>
    /// <param name="root">The dataset.</param>
    /// <exception cref="ClipLensException">The folder has not at least two folders with images, or they are no classes.</exception>
    public static (IReadOnlyList<ClassFolder> Folders, IReadOnlyList<ImageEntry> Entries, int Outside,
        IReadOnlyList<string> Notes) Read(string root)
    {
        if (!Directory.Exists(root)) throw new ClipLensException(
            $"The folder {root} is not there; give a folder with a subfolder a class.");
        if (!Children(root).Any()) throw new ClipLensException($"{root} has no subfolders; put the images of each class into a folder "
            + "of its own.");
        var all = ImageList.Find(root);
        var (folders, outside) = Sort(root, all);
        var names = folders.Select(folder => folder.Name).ToHashSet(StringComparer.Ordinal);
        string[] empty = [.. Children(root).Where(name => !names.Contains(name) && !Foreign.Contains(name)).Order(StringComparer.Ordinal)];
        List<string> notes = all.LeftOutSentence is { } leftOut ? [leftOut] : [];
        if (outside.Count > 0)
            notes.Add($"{root} has {(outside.Count == 1 ? "1 image" : $"{outside.Count} images")} outside the folders of the "
            + $"classes, which {(outside.Count == 1 ? "is" : "are")} left out, such as {outside[0].Name}.");
        if (empty.Length > 0)
            notes.Add($"{root} has {(empty.Length == 1 ? "a folder" : $"{empty.Length} folders")} without images, which "
            + $"{(empty.Length == 1 ? "is no class" : "are no classes")}, such as {empty[0]}.");
        return (folders, [.. all.Where(entry => names.Contains(First(entry)))], outside.Count, notes);
    }

    private static (IReadOnlyList<ClassFolder> Folders, IReadOnlyList<ImageEntry> Outside) Sort(string root,
        IReadOnlyList<ImageEntry> entries)
    {
        var inside = entries.ToLookup(entry => entry.Name.Contains('/') && !Foreign.Contains(First(entry)));
        ClassFolder[] folders = [.. inside[true].Select(First).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select(name => new ClassFolder(name))];
        if (folders.Length == 0) throw new ClipLensException($"{root} has no subfolders with images; put the images of each class "
            + "into a folder of its own.");
        if (folders.All(folder => Splits.Contains(folder.Name)) || (folders is [var only] && Children(Path.Combine(root, only.Name)).Skip(1)
            .Any()))
            throw new ClipLensException($"The folders of {root} ({string.Join(", ", folders.Select(folder => folder.Name))}) are no "
            + $"classes but hold folders of their own; give {Path.Combine(root, folders[0].Name)} instead.");
        if (folders.Where(folder => Splits.Contains(folder.Name)).ToArray() is [var part, var another, ..])
            throw new ClipLensException($"The folders {part.Name} and {another.Name} of {root} are parts of a dataset and no classes; give "
                + $"{Path.Combine(root, part.Name)} instead, or a folder with a subfolder a class.");
        if (folders.Length < 2)
            throw new ClipLensException($"{root} has the images of one class ({folders[0].Name}), which cannot be told from anything; "
            + "give a folder with a subfolder for each of at least two classes.");
        if (folders.All(folder => folder.Number is not null))
        {
            folders = [.. folders.OrderBy(folder => folder.Number)];
            if (folders.Zip(folders.Skip(1)).FirstOrDefault(pair => pair.First.Number == pair.Second.Number) is
                {
                    First: { } one,
                    Second: { } other
                })
                throw new ClipLensException($"The folders {one.Name} and {other.Name} of {root} are of the same number; rename one of "
                + "them or put them together.");
        }
        return (folders, [.. inside[false]]);
    }

    private static string First(ImageEntry entry) => entry.Name[..Math.Max(0, entry.Name.IndexOf('/'))];

    private static IEnumerable<string> Children(string folder) => Directory.EnumerateDirectories(folder)
        .Select(path => Path.GetFileName(path)).Where(name => name[0] != '.');

    [GeneratedRegex("^(?<id>n[0-9]{8}|n[0-9]+(?=_))(_|$)")]
    private static partial Regex IdAtStart();
}
