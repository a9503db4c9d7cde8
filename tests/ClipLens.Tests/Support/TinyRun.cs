using System.Text.Json.Nodes;
using ClipLens.Compute;
using ClipLens.Runs;
using ClipLens.Runs.Settings;

namespace ClipLens.Tests.Support;

/// <summary>A tiny model, images and texts in a folder of their own, and settings that analyze them.</summary>
internal sealed class TinyRun : IDisposable
{
    public const int Pictures = 30;

    private readonly TinyInputs inputs = new(Pictures, 50, "pool");

    public TinyRun()
    {
        Settings = SettingsFor(Model, Images, Output, Pool);
    }

    /// <summary>Settings that analyze all layers of a tiny model; for a process that has the paths only.</summary>
    public static AnalysisSettings SettingsFor(string model, string images, string output, string pool) => new()
    {
        Model = model,
        Images = images,
        Output = output,
        TextFiles = [pool],
        Layers = LayerSelection.All,
        Top = TopCount.Parse("5"),
        Sizes = [6],
        Batch = 4,
        // A sample and images kept much fewer than the images, so that centres move.
        Sample = 8,
        SaveInterval = TimeSpan.Zero,
    };

    public AnalysisSettings Settings { get; }

    public string Model => inputs.Model;

    public string Images => inputs.Images;

    public string Pool => inputs.Texts;

    public string Output => inputs.Run;

    public string File(params string[] parts) => inputs.File(parts);

    public AnalysisResult Run(Func<AnalysisSettings, AnalysisSettings>? change = null, IProgress<WorkProgress>? progress = null,
        CancellationToken? cancellation = null) =>
        Analysis.Run(change is null ? Settings : change(Settings), progress, cancellation ?? TestContext.Current.CancellationToken);

    /// <summary>The sentence with which these settings are refused.</summary>
    public string Refusal(Func<AnalysisSettings, AnalysisSettings>? change = null)
    {
        string message = Assert.ThrowsAny<ClipLensException>(() => Run(change)).Message;
        Assert.DoesNotContain('\n', message);
        Assert.EndsWith(".", message);
        return message;
    }

    /// <summary>The files of a run, with their bytes; of run.json what is not time.</summary>
    public static SortedDictionary<string, byte[]> Files(string run)
    {
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(run, "*", SearchOption.AllDirectories))
            if (Path.GetFileName(file) is not (".lock" or ".stamps")) files[Path.GetRelativePath(run, file)] =
            System.IO.File.ReadAllBytes(file);
        var facts = JsonNode.Parse(files["run.json"])!;
        Assert.True(facts.AsObject().Remove("timings"));
        files["run.json"] = System.Text.Encoding.UTF8.GetBytes(facts.ToJsonString());
        return files;
    }

    /// <summary>Asserts that two runs hold the same files with the same bytes.</summary>
    public static void AssertSame(SortedDictionary<string, byte[]> expected, SortedDictionary<string, byte[]> actual)
    {
        Assert.Equal(expected.Keys, actual.Keys);
        Assert.All(expected, file => Assert.True(file.Value.AsSpan().SequenceEqual(actual[file.Key]), $"{file.Key} differs."));
    }

    public void Dispose() => inputs.Dispose();
}

/// <summary>Calls back on every report, on the thread that reports.</summary>
internal sealed class Watch(Action<WorkProgress> seen) : IProgress<WorkProgress>
{
    public void Report(WorkProgress value) => seen(value);
}
