using ClipLens.Files;
using static TorchSharp.torch;

namespace ClipLens.Runs;

/// <summary>The texts of a pool and their embeddings, which later commands use without the text tower or the original file.</summary>
internal static class PoolFiles
{
    public static void WriteTexts(string path, IReadOnlyList<string> texts) => ParquetTable.Write(path,
        ParquetTable.Column.Create("text_index", [.. Enumerable.Range(0, texts.Count)]),
        ParquetTable.Column.Create("text", [.. texts]));

    public static IReadOnlyList<string> ReadTexts(string path) =>
        ParquetTable.Read(path, table => table.Strings("text").Select(text => text ?? "").ToArray());

    public static void WriteEmbeddings(string path, Tensor embeddings) => SafeTensorsWriter.Save(path, [SafeTensorData.From("embeddings", embeddings)]);

    public static Tensor ReadEmbeddings(string path, int texts, int width)
    {
        using var file = SafeTensorsFile.Open(path);
        return file.Load("embeddings", texts, width);
    }
}
