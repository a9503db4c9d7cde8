using System.Security.Cryptography;
using System.Text;
using ClipLens.Files;
using ClipLens.Models.Images;

namespace ClipLens.Runs.Storage;

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

    /// <param name="path">The table.</param>
    /// <param name="count">Images that there are; any number if null.</param>
    /// <exception cref="ClipLensException">The table is missing, damaged or of another number of images.</exception>
    public static IReadOnlyList<ImageRow> Read(string path, int? count = null) => ParquetTable.Read(path, table =>
    {
        if (table.Rows != (count ?? table.Rows)) throw new InvalidDataException($"It has {table.Rows} images where the run has {count}");
        var (indices, paths, hashes, errors) = (table.Ints("index"), table.Texts("path"), table.Texts("sha256"), table.Strings("error"));
        for (int i = 0; i < indices.Length; i++)
            if (indices[i] != i) throw new InvalidDataException($"Its row {i} is of the image {indices[i]}");
        return indices.Select((index, i) => new ImageRow(index, paths[i], hashes[i], errors[i])).ToList();
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
