using ClipLens.Compute;
using ClipLens.Files;
using ClipLens.Runs.Settings;
using static TorchSharp.torch;

namespace ClipLens.Runs.Storage;

/// <summary>The texts of a pool and their embeddings, which later commands use without the text tower or the original file.</summary>
internal static class PoolFiles
{
    public static void WriteTexts(string path, IReadOnlyList<string> texts) => ParquetTable.Write(path,
        ParquetTable.Column.Create("text_index", [.. Enumerable.Range(0, texts.Count)]),
        ParquetTable.Column.Create("text", [.. texts]));

    /// <exception cref="ClipLensException">The file is missing, damaged or of another number of texts.</exception>
    public static IReadOnlyList<string> ReadTexts(string path, int count) =>
        ParquetTable.Read(path, table => table.Rows == count ? table.Texts("text")
        : throw new InvalidDataException($"It has {table.Rows} texts where the run has {count}"));

    public static void WriteEmbeddings(string path, Tensor embeddings) =>
        SafeTensorsWriter.Save(path, [SafeTensorData.From("embeddings", embeddings)]);

    /// <exception cref="ClipLensException">The file is missing, damaged, of another size or holds what is no number.</exception>
    public static Tensor ReadEmbeddings(string path, int texts, int width)
    {
        using var file = SafeTensorsFile.Open(path);
        using var scope = NewDisposeScope();
        var embeddings = file.Load("embeddings", texts, width);
        return embeddings.dtype == ScalarType.Float32 && embeddings.isfinite().all().item<bool>() ? embeddings.MoveToOuterDisposeScope()
            : throw NoNumber(path);
    }

    /// <summary>The same without libtorch, which takes its time to start.</summary>
    /// <exception cref="ClipLensException">As <see cref="ReadEmbeddings(string, int, int)"/>.</exception>
    public static void ReadEmbeddings(string path, int texts, int width, Span<float> values)
    {
        using var file = SafeTensorsFile.Open(path);
        file.CheckShape("embeddings", texts, width);
        file.ReadFloats("embeddings", 0, values);
        if (!Vectors.AreFinite(values)) throw NoNumber(path);
    }

    private static SettingException NoNumber(string path) => new(nameof(AnalysisSettings.Overwrite),
        $"{path} is damaged (an embedding is no number); make the run again, overwriting it.");
}
