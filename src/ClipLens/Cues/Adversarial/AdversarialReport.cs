using System.Text.Json;
using ClipLens.Drawing;
using ClipLens.Files;

namespace ClipLens.Cues.Adversarial;

/// <summary>
/// Adversarial pictures as files beside them: <c>pictures.parquet</c> (a row a picture), <c>summary.json</c> and a contact sheet a source
/// of cues.
/// </summary>
public static class AdversarialReport
{
    private const int SheetPictures = 25;

    /// <summary>Writes the files.</summary>
    /// <param name="result">What was made.</param>
    /// <param name="folder">The output of its settings.</param>
    /// <returns>Paths of the contact sheets, by source.</returns>
    /// <exception cref="ClipLensException">A file cannot be written there.</exception>
    public static IReadOnlyList<string> Write(AdversarialResult result, string folder)
    {
        WriteFigures(result, folder);
        var sheets = new List<string>();
        foreach (var source in result.Sources)
        {
            string path = Path.Combine(folder, $"sheet-{AdversarialFolder.Safe(source.Source)}.png");
            PngFile.Write(path, AdversarialSheet.Draw(result, source, folder, SheetPictures).Draw());
            sheets.Add(path);
        }
        return sheets;
    }

    /// <summary>Writes the table and the summary, without the sheets.</summary>
    /// <param name="result">What was made; pictures of it may be left out.</param>
    /// <param name="folder">The output of its settings.</param>
    /// <exception cref="ClipLensException">A file cannot be written there.</exception>
    public static void WriteFigures(AdversarialResult result, string folder)
    {
        ArgumentNullException.ThrowIfNull(result);
        WriteTable(Path.Combine(folder, "pictures.parquet"), result.Pictures);
        AtomicFile.Write(Path.Combine(folder, "summary.json"), JsonSerializer.SerializeToUtf8Bytes(Summary(result),
            AdversarialFolder.Json));
    }

    /// <summary>Reads the pictures of a folder again, those whose files are not there any more included.</summary>
    /// <param name="folder">The folder that <see cref="Write"/> wrote to.</param>
    /// <exception cref="ClipLensException">The table is missing or damaged.</exception>
    public static IReadOnlyList<AdversarialPicture> Read(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return ParquetTable.Read(Path.Combine(folder, "pictures.parquet"), table =>
        {
            var (sources, cues, files, controls) = (table.Texts("source"), table.Texts("cues"), table.Texts("picture"),
                table.Texts("control_picture"));
            var (repeats, indices) = (table.Ints("repeat"), table.Ints("index"));
            var (descriptions, plain) = (table.Texts("description"), table.Texts("control_description"));
            var (margins, controlMargins) = (table.Floats("margin"), table.Floats("control_margin"));
            return sources.Select((source, i) => new AdversarialPicture(source, repeats[i], indices[i],
                cues[i].Split(", ", StringSplitOptions.RemoveEmptyEntries), descriptions[i], plain[i], files[i], controls[i],
                new(margins[i], controlMargins[i]))).ToList();
        });
    }

    private static object Summary(AdversarialResult result) => new
    {
        result.True,
        result.Fooled,
        PhotographsOfTrue = result.Photographs,
        Sources = result.Sources.Select(source => new
        {
            source.Source,
            FooledPerHundred = Finite(source.Mean),
            StandardDeviation = Finite(source.StandardDeviation),
            MarginShift = Finite(source.Shift),
            source.Cues,
            source.NotShown,
            Repeats = source.Repeats.Select(repeat =>
            new { repeat.Pictures, repeat.Counted, repeat.Fooled, FooledPerHundred = Finite(repeat.PerHundred) }),
        }),
    };

    private static double? Finite(double value) => double.IsFinite(value) ? Math.Round(value, 4) : null;

    private static void WriteTable(string path, IReadOnlyList<AdversarialPicture> pictures) => ParquetTable.Write(path,
        ParquetTable.Column.Create("source", [.. pictures.Select(picture => picture.Source)]),
        ParquetTable.Column.Create("repeat", [.. pictures.Select(picture => picture.Repeat)]),
        ParquetTable.Column.Create("index", [.. pictures.Select(picture => picture.Index)]),
        ParquetTable.Column.Create("cues", [.. pictures.Select(picture => string.Join(", ", picture.Cues))]),
        ParquetTable.Column.Create("description", [.. pictures.Select(picture => picture.Description)]),
        ParquetTable.Column.Create("control_description", [.. pictures.Select(picture => picture.Control)]),
        ParquetTable.Column.Create("picture", [.. pictures.Select(picture => picture.File)]),
        ParquetTable.Column.Create("control_picture", [.. pictures.Select(picture => picture.ControlFile)]),
        ParquetTable.Column.Create("margin", [.. pictures.Select(picture => picture.Verdict.Margin)]),
        ParquetTable.Column.Create("control_margin", [.. pictures.Select(picture => picture.Verdict.ControlMargin)]),
        ParquetTable.Column.Create("counts", [.. pictures.Select(picture => picture.Verdict.Counts ? 1 : 0)]),
        ParquetTable.Column.Create("fooled", [.. pictures.Select(picture => picture.Verdict.IsFooled ? 1 : 0)]));
}
