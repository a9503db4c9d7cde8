using System.Security.Cryptography;
using System.Text;
using ClipLens.Files;
using ClipLens.Models.Images;

namespace ClipLens.Runs;

/// <summary>An image of a run's dataset.</summary>
/// <param name="Index">Its position in the dataset, which <c>top_images</c> refers to.</param>
/// <param name="Path">Its path relative to the dataset's root, with '/' between the parts.</param>
/// <param name="Sha256">SHA-256 of its file, in lower-case hexadecimal; empty where the file could not be read.</param>
/// <param name="Error">Why it could not be used; null where it was.</param>
public sealed record ImageRow(int Index, string Path, string Sha256, string? Error);

/// <summary>The table <c>images.parquet</c>, and fingerprints of datasets.</summary>
internal static class ImageTable
{
    public static void Write(string path, IReadOnlyList<ImageRow> rows) => ParquetTable.Write(path,
        ParquetTable.Column.Create("index", [.. rows.Select(row => row.Index)]),
        ParquetTable.Column.Create("path", [.. rows.Select(row => row.Path)]),
        ParquetTable.Column.Create("sha256", [.. rows.Select(row => row.Sha256)]),
        ParquetTable.Column.OfNullable("error", [.. rows.Select(row => row.Error)]));

    /// <exception cref="ClipLensException">The table is missing or damaged.</exception>
    public static IReadOnlyList<ImageRow> Read(string path) => ParquetTable.Read(path, table =>
    {
        var (indices, paths, hashes, errors) = (table.Ints("index"), table.Strings("path"), table.Strings("sha256"), table.Strings("error"));
        return indices.Select((index, i) => new ImageRow(index, paths[i] ?? "", hashes[i] ?? "", errors[i])).ToList();
    });

    public static IReadOnlyList<ImageRow> Rows(IReadOnlyList<ImageEntry> entries, IReadOnlyList<ImageOutcome> outcomes) =>
        [.. outcomes.Select((outcome, index) => new ImageRow(index, entries[index].Name, outcome.Sha256 ?? "", outcome.Error))];

    /// <summary>Fingerprint of lines, each ended so that no two lists have the same bytes.</summary>
    public static string Fingerprint(IEnumerable<string> lines)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string line in lines) hash.AppendData(Encoding.UTF8.GetBytes(line + "\0"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Fingerprint of paths and contents.</summary>
    public static string Fingerprint(IEnumerable<ImageRow> rows) => Fingerprint(rows.SelectMany(row => new[] { row.Path, row.Sha256 }));
}
