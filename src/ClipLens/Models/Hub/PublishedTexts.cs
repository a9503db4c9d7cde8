using System.Text;
using ClipLens.Files;

namespace ClipLens.Models.Hub;

/// <summary>Texts that may not come with the library and are fetched from where their authors publish them, once.</summary>
/// <param name="Name">The name to give instead of a file's.</param>
/// <param name="What">What they are.</param>
/// <param name="Address">The file, at a fixed commit.</param>
/// <param name="Sha256">SHA-256 of the file.</param>
/// <param name="Variable">The list in a notebook that they are; empty where the file has a text a line.</param>
public sealed record PublishedTexts(string Name, string What, Uri Address, string Sha256, string Variable)
{
    /// <summary>All that are known by name.</summary>
    public static IReadOnlyList<PublishedTexts> All { get; } = [.. EmbeddedTable.Rows("published-texts.tsv")
        .Select(row => new PublishedTexts(row[0], row[1], new Uri(row[2]), row[3], row[4]))];

    /// <summary>The file that is meant: the one that is there, or published texts by their name, fetched if need be.</summary>
    /// <param name="file">A path, or a name of <see cref="All"/>.</param>
    /// <param name="settings">Where they are kept; as the environment says if null.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>The path of a file with a text a line; the given one where it is no name.</returns>
    /// <exception cref="ClipLensException">The texts cannot be fetched, or the name is misspelt.</exception>
    /// <exception cref="IOException">The network or the disk failed.</exception>
    public static string Find(string file, HubSettings? settings = null, CancellationToken cancellation = default)
    {
        if (File.Exists(file)) return file;
        if (All.FirstOrDefault(texts => texts.Name == file) is { } found) return found.Get(settings ?? HubSettings.FromEnvironment(),
            cancellation);
        return NearestNames.Find(file, All.Select(texts => texts.Name)) is [var near]
            ? throw new ClipLensException($"There is no file {file}; perhaps {near} was meant, which is fetched.") : file;
    }

    /// <summary>The path of the texts, a text a line, fetched if need be.</summary>
    internal string Get(HubSettings settings, CancellationToken cancellation)
    {
        string folder = Path.Combine(settings.Assets, "texts"), lines = Path.Combine(folder, Name + ".txt");
        string target = Variable.Length == 0 ? lines : Path.Combine(folder, Address.Segments[^1]);
        new PublishedFile(Name, Address, Sha256, target).Get(settings, null, cancellation).GetAwaiter().GetResult();
        if (Variable.Length == 0) return lines;
        byte[] texts = Encoding.UTF8.GetBytes(string.Join('\n', NotebookList.Read(target, Variable)) + "\n");
        if (!File.Exists(lines) || !File.ReadAllBytes(lines).AsSpan().SequenceEqual(texts)) AtomicFile.Write(lines, texts);
        return lines;
    }
}
