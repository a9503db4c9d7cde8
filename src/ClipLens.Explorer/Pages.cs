using System.Reflection;

namespace ClipLens.Explorer;

/// <summary>The hand-written pages, styles and scripts, which lie in the assembly.</summary>
internal static class Pages
{
    private static readonly Dictionary<string, SiteFile> Files = Assembly.GetExecutingAssembly().GetManifestResourceNames()
        .ToDictionary(name => name, name => new SiteFile(Read(name), Type(name)), StringComparer.Ordinal);

    /// <summary>Their addresses.</summary>
    public static IEnumerable<string> Names => Files.Keys.Order(StringComparer.Ordinal);

    /// <summary>The file at an address; null where there is none.</summary>
    public static SiteFile? Find(string address) => Files.GetValueOrDefault(address);

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
