using System.Text;
using ClipLens.Models;

namespace ClipLens.Runs;

/// <summary>A text pool of an analysis: its texts under the name that files carry.</summary>
/// <param name="Name">Its name in file names.</param>
/// <param name="Source">Where it came from.</param>
/// <param name="Texts">The texts.</param>
internal sealed record PoolTexts(string Name, string Source, IReadOnlyList<string> Texts)
{
    /// <summary>Fingerprint of the texts, in order.</summary>
    public string Sha256 { get; } = ImageTable.Fingerprint(Texts);

    /// <summary>The pools of these files, or the embedded one if there are none.</summary>
    /// <exception cref="ClipLensException">A file is missing or broken, or two have the same name.</exception>
    public static IReadOnlyList<PoolTexts> Load(IReadOnlyList<string> files)
    {
        PoolTexts[] pools = [.. files.Distinct().Select(FromFile)];
        foreach (var same in pools.GroupBy(pool => pool.Name, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1))
            throw new ClipLensException($"The text files {same.First().Source} and {same.Last().Source} would both be the pool '{same.Key}'; rename one of them.");
        return pools;
    }

    private static PoolTexts FromFile(string path)
    {
        using var reader = new StreamReader(Files.OpenRead(path), Encoding.UTF8);
        List<string> lines = [];
        while (reader.ReadLine() is { } line) if (line.Trim() is { Length: > 0 } text) lines.Add(text);
        if (lines.Count < 2) throw new ClipLensException($"The text file {path} has {lines.Count} texts; a pool needs at least 2, one a line.");
        return new(NameOf(path), Path.GetFullPath(path), lines);
    }

    /// <summary>The file's name without its ending, with what file systems or patterns could stumble over replaced.</summary>
    private static string NameOf(string path)
    {
        string name = string.Concat(Path.GetFileNameWithoutExtension(path).Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '_'));
        return name.Length > 0 ? name : "texts";
    }
}
