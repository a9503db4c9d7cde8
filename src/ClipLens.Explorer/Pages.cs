using System.Reflection;
using System.Text;

namespace ClipLens.Explorer;

/// <summary>The hand-written pages, styles and scripts, which lie in the assembly.</summary>
internal static class Pages
{
    /// <summary>What the pages share: all but the title and the script that fills the page.</summary>
    private const string Frame = "page.html";

    private const string TokenPlace = "{token}";

    /// <summary>The pages and their scripts; the one of a page's name comes last.</summary>
    private static readonly (string Name, string Title, string[] Scripts)[] Framed =
    [
        ("index", "Overview", ["index.js"]),
            ("neuron", "Neuron", ["neuron-images.js", "neuron-figures.js", "neuron-label.js", "neuron.js"]),
        ("search", "Search", ["meaning.js", "search.js"]), ("map", "Map", ["plane.js", "map.js"]),
        ("picture", "Picture", ["picture-view.js", "account.js", "picture.js"]), ("cues", "Cues", ["cues.js"]),
        ("compare", "Compare", ["compare.js"]), ("scores", "Scores", ["scores.js"]), ("labels", "Labels", ["labels.js"]),
    ];

    private static readonly Dictionary<string, SiteFile> Files = Assembly.GetExecutingAssembly().GetManifestResourceNames()
        .Where(name => name != Frame).Select(name => (Name: name, Bytes: Read(name)))
        .Concat(Framed.Select(page => (Name: page.Name + ".html", Bytes: Fill(page.Title, page.Scripts))))
        .ToDictionary(file => file.Name, file => new SiteFile(file.Bytes, Type(file.Name)), StringComparer.Ordinal);

    /// <summary>Their addresses, those of pages that are left out and of their scripts not among them.</summary>
    /// <param name="shown">The pages that there are, such as "map".</param>
    public static IEnumerable<string> Names(IReadOnlyCollection<string> shown)
    {
        var left = Framed.Where(page => !shown.Contains(page.Name)).SelectMany(page => page.Scripts.Append(page.Name + ".html"))
            .ToHashSet();
        return Files.Keys.Where(name => !left.Contains(name)).Order(StringComparer.Ordinal);
    }

    /// <summary>The file at an address; null where there is none.</summary>
    /// <param name="address">The address.</param>
    /// <param name="token">What the page proves with that a change comes from it; empty in pages that change nothing.</param>
    public static SiteFile? Find(string address, string token = "")
    {
        if (!Files.TryGetValue(address, out var file) || !address.EndsWith(".html", StringComparison.Ordinal)) return file;
        return file with { Bytes = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(file.Bytes).Replace(TokenPlace, token)) };
    }

    private static byte[] Fill(string title, string[] scripts) =>
        Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Read(Frame)).Replace("{title}", title).Replace("{scripts}",
            string.Join('\n', scripts.Select(script => $"<script src=\"{script}\" defer></script>"))));

    private static byte[] Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static string Type(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        var other => throw new InvalidOperationException($"A page has the type {other}."),
    };
}
