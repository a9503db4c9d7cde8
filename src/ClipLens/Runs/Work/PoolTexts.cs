using ClipLens.Models.Hub;
using ClipLens.Texts;

namespace ClipLens.Runs.Work;

/// <summary>A text pool of an analysis, under the name that files carry.</summary>
/// <param name="Name">Its name in file names.</param>
/// <param name="Source">Where it came from: a path, or "embedded".</param>
/// <param name="Pool">The texts.</param>
internal sealed record PoolTexts(string Name, string Source, TextPool Pool)
{
    public IReadOnlyList<string> Texts => Pool.Texts;

    public string Sha256 => Pool.Sha256;

    /// <summary>The pools of these files, which may be names of published texts or of the embedded pool; that one if there are
    /// none.</summary>
    /// <exception cref="ClipLensException">A file is missing or broken, has less than two texts, or two files have the same
    /// name.</exception>
    public static IReadOnlyList<PoolTexts> Load(IReadOnlyList<string> files)
    {
        if (files.Count == 0) return [Embedded];
        PoolTexts[] pools = [.. files.Distinct().Select(file => file == TextPool.Embedded.Name && !File.Exists(file) ? Embedded
            : FromFile(PublishedTexts.Find(file)))];
        foreach (var same in pools.GroupBy(pool => pool.Name, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1))
            throw new ClipLensException($"The text files {same.First().Source} and {same.Last().Source} would both be the pool "
            + $"'{same.Key}'; rename one of them.");
        return pools;
    }

    private static PoolTexts Embedded => new(TextPool.Embedded.Name, "embedded", TextPool.Embedded);

    private static PoolTexts FromFile(string path)
    {
        var pool = TextPool.FromFile(path);
        if (pool.Texts.Count < 2) throw new ClipLensException($"The text file {path} has one text; a pool needs at least 2, one a line.");
        return new(FileName(pool.Name), Path.GetFullPath(path), pool);
    }

    /// <summary>A name with what file systems or patterns could stumble over replaced.</summary>
    private static string FileName(string name)
    {
        string safe = string.Concat(name.Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '_'));
        return safe.Length > 0 ? safe : "texts";
    }
}
