using ClipLens.Files;

namespace ClipLens.Labels;

/// <summary>The classes that images are told apart by, in the order of their labels.</summary>
public static class ClassNames
{
    /// <summary>One shared name in so many classes is let pass.</summary>
    private const int MostShared = 100;

    /// <summary>
    /// Reads names; the first is class 0. The file has a name a line, or is a table of numbers or WordNet ids and names: lines such as
    /// <c>n01440764 tench</c>, CSV or TSV with a header, a JSON list or map.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">How many there must be; any number if null.</param>
    /// <exception cref="ClipLensException">The file cannot be read or made out, a name is missing, classes share a name, or there are more
    /// or fewer than expected.</exception>
    public static IReadOnlyList<string> Read(string path, int? expected = null)
    {
        var names = ClassTable.Read(path).Names;
        if (expected is int count && count != names.Count) throw WrongCount(path, names.Count, count);
        return Checked(path, names);
    }

    /// <summary>A class in a sentence: "an airplane", "a ship".</summary>
    /// <param name="name">The class's name; "a" or "an" goes by its first letter.</param>
    public static string WithArticle(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return $"{("aeiou".Contains(char.ToLowerInvariant(name[0])) ? "an" : "a")} {name}";
    }

    /// <summary>
    /// A sentence on classes that share a name, which nothing can tell apart; null where there are none. Long lists, such as the paper's
    /// of ImageNet, are taken with a few of them; lists in which more than a hundredth of the names are shared are refused on reading.
    /// </summary>
    /// <param name="path">The file or folder that the names are from.</param>
    /// <param name="names">The names of all classes.</param>
    public static string? Shared(string path, IReadOnlyList<string> names)
    {
        var shared = Doubled(names);
        if (shared.Count == 0) return null;
        int[] first = shared[0];
        string more = shared.Count == 1 ? "" : $" (and {(shared.Count == 2 ? "1 more name" : $"{shared.Count - 1} more names")} likewise)";
        return $"{path} has the name '{names[first[0]]}' for the classes {first[0]} and {first[1]}{more}, which nothing can tell apart; "
            + "write names that differ, such as 'crane bird' and 'construction crane'.";
    }

    /// <summary>
    /// The class names of images sorted into a folder a class, as ImageNet's are, in the order of the labels: that of the folders'
    /// numbers where all are numbers, else the ordinal order of their names.
    /// </summary>
    /// <param name="folder">The folder of the classes' folders.</param>
    /// <param name="classes">
    /// A file of their names as <see cref="Read"/> takes it, by the folders' names where it has them and else by place; if null the
    /// folders' names, less a leading WordNet id and with spaces for '_'.
    /// </param>
    /// <exception cref="ClipLensException">There are fewer than two classes, a folder has no name in words, or the file does not fit the
    /// folders.</exception>
    public static IReadOnlyList<string> OfFolders(string folder, string? classes = null)
    {
        var folders = ClassFolder.Read(folder).Folders;
        if (classes is not null) return Checked(classes, Named(folder, folders, classes, ClassTable.Read(classes)));
        if (folders.FirstOrDefault(own => own.Words is null) is { } bare)
            throw new ClipLensException($"The folder {bare.Name} of {folder} is named by {(bare.Number is null ? "an id" : "a number")}, "
            + "which says nothing to a model; "
                + "give a file with the names of the classes, in the order of the folders or with the folders' names before them.");
        return Checked(folder, [.. folders.Select(own => own.Words!)]);
    }

    /// <summary>The images under a folder a class, with their labels.</summary>
    /// <exception cref="ClipLensException">There are fewer than two folders with images.</exception>
    public static LabelledImages Sorted(string folder)
    {
        var (folders, entries, outside, notes) = ClassFolder.Read(folder);
        var labels = folders.Select((own, label) => (own.Name, label)).ToDictionary(pair => pair.Name, pair =>
            pair.label, StringComparer.Ordinal);
        return new(entries, [.. entries.Select(entry => labels[entry.Name[..entry.Name.IndexOf('/')]])], outside) { Notes = notes };
    }

    internal static IReadOnlyList<string> FoldersOf(string folder) => [.. ClassFolder.Read(folder).Folders.Select(own => own.Name)];

    private static IReadOnlyList<string> Named(string root, IReadOnlyList<ClassFolder> folders, string classes, ClassTable table)
    {
        if (ById(folders, table) is { } byId) return byId;
        string[] keys = [.. folders.Select(folder => Key(folder.Words ?? folder.Name))];
        var places = table.Names.Select((name, place) => (Name: Key(name), place)).GroupBy(pair => pair.Name)
            .ToDictionary(group => group.Key, group => group.First().place);
        // Folders named like the classes: which is which is told by the names, not by the order.
        if (keys.All(places.ContainsKey)) return [.. keys.Select(key => table.Names[places[key]])];
        if (table.Names.Count != folders.Count)
        {
            // Numbers with gaps: the folders of some of the classes.
            if (folders.All(own => own.Number < table.Names.Count) && folders[0]
                .Number == 0) return [.. folders.Select(own => table.Names[own.Number!.Value])];
            throw WrongCount(classes, table.Names.Count, folders.Count);
        }
        for (int i = 0; i < keys.Length; i++)
            if (places.TryGetValue(keys[i], out int place) && place != i)
                throw new ClipLensException($"{classes} names the class {table.Names[i]} in the place of the folder {folders[i].Name} of "
                + $"{root}, and {table.Names[place]} elsewhere; "
                    + "put the names in the order of the folders, or write the folders' names before them.");
        return table.Names;
    }

    /// <summary>The names of folders that the table has under their ids; null where it lacks some.</summary>
    private static string[]? ById(IReadOnlyList<ClassFolder> folders, ClassTable table)
    {
        if (table.Ids is null) return null;
        var names = table.Ids.Zip(table.Names).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
        string?[] found = [.. folders.Select(folder => new[] { folder.Name, folder.WordNetId, $"{folder.Number}" }
            .Select(id => id is null ? null : names.GetValueOrDefault(id)).FirstOrDefault(name => name is not null))];
        return found.Contains(null) ? null : [.. found.Select(name => name!)];
    }

    private static IReadOnlyList<string> Checked(string path, IReadOnlyList<string> names) =>
        Doubled(names).Sum(group => group.Length - 1) * MostShared <= names.Count ? names
            : throw new ClipLensException(Shared(path, names)!);

    /// <summary>The classes of each name that several have.</summary>
    private static List<int[]> Doubled(IReadOnlyList<string> names) => [.. names.Index().GroupBy(pair => Key(pair.Item))
        .Select(group => group.Select(pair => pair.Index).ToArray()).Where(classes => classes.Length > 1)];

    /// <summary>A name as text towers read it: without case, with single blanks, in one form of Unicode.</summary>
    private static string Key(string name) => string.Join(' ', ComposedLetters.Apply(name).Replace('_', ' ').ToLowerInvariant()
        .Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    private static ClipLensException WrongCount(string path, int names, int classes) =>
        new($"{path} has {names} class names where there are {classes} classes; write a name a class, in their order.");
}
