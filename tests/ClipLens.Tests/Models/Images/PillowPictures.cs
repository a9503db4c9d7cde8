using System.Security.Cryptography;
using System.Text.Json;

namespace ClipLens.Tests.Models.Images;

/// <summary>The pictures beside this file and what Pillow reads from them (both from <c>make.py</c>).</summary>
internal static class PillowPictures
{
    private static readonly string Folder = Find();

    public static readonly JsonElement Expected = JsonDocument.Parse(File.ReadAllText(Path("expected.json"))).RootElement;

    public static string Path(string name) => System.IO.Path.Combine(Folder, name);

    public static string Sha(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Names and hashes of a section of expected.json.</summary>
    public static TheoryData<string, string> Section(string name)
    {
        var rows = new TheoryData<string, string>();
        foreach (JsonProperty row in Expected.GetProperty(name).EnumerateObject()) rows.Add(row.Name, row.Value.GetString()!);
        return rows;
    }

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "ClipLens.slnx")))
                return System.IO.Path.Combine(folder.FullName, "tests", "ClipLens.Tests", "Models", "Images", "Pictures");
        throw new InvalidOperationException("The tests do not run inside a checkout.");
    }
}
