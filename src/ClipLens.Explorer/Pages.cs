using System.Reflection;
using System.Text;

namespace ClipLens.Explorer;

/// <summary>The hand-written pages, styles and scripts, which lie in the assembly.</summary>
internal static class Pages
{
    /// <summary>What the pages share: all but the title and the script that fills the page.</summary>
    private const string Frame = "page.html";

    private static readonly (string Address, string Title, string Script)[] Framed =
    [
        ("index.html", "Overview", "overview.js"), ("neuron.html", "Neuron", "neuron.js"), ("search.html", "Search", "search.js"),
    ];

    private static readonly Dictionary<string, SiteFile> Files = Assembly.GetExecutingAssembly().GetManifestResourceNames()
        .Where(name => name != Frame).Select(name => (Name: name, Bytes: Read(name)))
        .Concat(Framed.Select(page => (Name: page.Address, Bytes: Fill(page.Title, page.Script))))
        .ToDictionary(file => file.Name, file => new SiteFile(file.Bytes, Type(file.Name)), StringComparer.Ordinal);

    /// <summary>Their addresses.</summary>
    public static IEnumerable<string> Names => Files.Keys.Order(StringComparer.Ordinal);

    /// <summary>The file at an address; null where there is none.</summary>
    public static SiteFile? Find(string address) => Files.GetValueOrDefault(address);

    private static byte[] Fill(string title, string script) =>
        Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Read(Frame)).Replace("{title}", title).Replace("{script}", script));

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
