using ClipLens.Files;
using ClipLens.Models.Images;

namespace ClipLens.Labels;

/// <summary>The classes that pictures are told apart by, in the order of their labels.</summary>
public static class ClassNames
{
    /// <summary>Reads names, one a line; the first is class 0.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">How many there must be; any number if null.</param>
    /// <exception cref="ClipLensException">The file cannot be read, a line is empty, or there are more or fewer than expected.</exception>
    public static IReadOnlyList<string> Read(string path, int? expected = null)
    {
        var lines = TextLines.Read(path, "class names, one a line");
        foreach (var (number, text) in lines)
            if (text.Length == 0) throw new ClipLensException($"{path} line {number} is empty; write the name of class {number - 1} there.");
        if (expected is int count && count != lines.Count)
            throw new ClipLensException($"{path} has {lines.Count} class names where there are {count} classes; write a name a class, in their order.");
        return [.. lines.Select(line => line.Text)];
    }

    /// <summary>
    /// Pictures sorted into a folder a class, as ImageNet's are: the subfolders in ordinal order are the classes, their names, less a
    /// leading WordNet id and with spaces for '_', the class names.
    /// </summary>
    /// <exception cref="ClipLensException">There is no subfolder.</exception>
    public static IReadOnlyList<string> OfFolders(string folder) => [.. FoldersOf(folder).Select(ReadableName)];

    /// <summary>The pictures under a folder a class, with their labels.</summary>
    /// <exception cref="ClipLensException">There is no subfolder, or none has pictures.</exception>
    public static LabelledImages Sorted(string folder)
    {
        var classes = FoldersOf(folder).Select((name, label) => (name, label)).ToDictionary(pair => pair.name, pair => pair.label, StringComparer.Ordinal);
        var entries = ImageList.Find(folder).Where(entry => entry.Name.Contains('/')).ToList();
        return new(entries, [.. entries.Select(entry => classes[entry.Name[..entry.Name.IndexOf('/')]])], 0);
    }

    internal static IReadOnlyList<string> FoldersOf(string folder)
    {
        if (!Directory.Exists(folder)) throw new ClipLensException($"The folder {folder} is not there; give a folder with a subfolder a class.");
        string[] names = [.. Directory.GetDirectories(folder).Select(path => Path.GetFileName(path)).Where(name => name[0] != '.').Order(StringComparer.Ordinal)];
        return names.Length > 0 ? names : throw new ClipLensException($"{folder} has no subfolders; put the pictures of each class into a folder of its own.");
    }

    private static string ReadableName(string folder)
    {
        int start = folder.IndexOf('_');
        bool hasId = start > 1 && folder[0] == 'n' && folder[1..start].All(char.IsAsciiDigit);
        return (hasId ? folder[(start + 1)..] : folder).Replace('_', ' ');
    }
}
