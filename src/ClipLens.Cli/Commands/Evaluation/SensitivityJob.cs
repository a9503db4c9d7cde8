using System.Text.Json.Nodes;
using ClipLens.Ablation;
using ClipLens.Cli.Output;
using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using ClipLens.Texts;
using static TorchSharp.torch;

namespace ClipLens.Cli.Commands.Evaluation;

/// <summary>What the choices behind a run's descriptions do to them, measured on labelled images that the run has not seen.</summary>
internal sealed class SensitivityJob(EvaluationInputs inputs, IReadOnlyList<int> layers, IReadOnlyList<int> tops, IReadOnlyList<int> sizes, IReadOnlyList<string> pools)
{
    public int Resamples { get; init; } = 2000;
    public ulong Seed { get; init; }

    /// <summary>Rows by block and case.</summary>
    public sealed record Result(IReadOnlyList<SensitivityRow> Rows, IReadOnlyList<SubjectFigures> Figures, int Images, int Dataset);

    public Result Run(IProgress<WorkProgress> progress, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        var run = inputs.Run;
        int own = run.Neurons(layers[0]).Top;
        var neurons = layers.Select(run.Neurons).Concat(Others([.. tops.Where(top => top != own)], progress, stop)).ToList();
        var embedded = pools.Select(pool => new EmbeddedPool(pool, run.PoolEmbeddings(pool))).ToList();
        using var images = new ImageBatchReader(inputs.Model.Preprocessor, inputs.Images.Entries, run.Manifest.Settings.ApplyOrientation);
        var (outcome, rows) = Sensitivity.Measure(inputs.Model.Image, neurons, embedded, Cases(own), images, inputs.Images.Labels,
            inputs.Classifier.Weights, new() { Workers = inputs.Workers }, progress, stop);
        using (outcome)
            return new(rows, AblationSummary.Summarise(outcome, Resamples, Seed), outcome.Indices.Count, run.Images.Count(image => image.Error is null));
    }

    /// <summary>All pools, scalings and sizes with the run's top images; the other numbers of top images with the run's pool and scaling.</summary>
    private List<SensitivityCase> Cases(int own)
    {
        var scaling = inputs.Run.Manifest.Settings.Scaling;
        List<SensitivityCase> cases = [new(own, null, scaling, 0)];
        cases.AddRange(from pool in pools
                       from each in Enum.GetValues<DictionaryScaling>().OrderByDescending(each => each == scaling)
                       from size in sizes
                       select new SensitivityCase(own, pool, each, size));
        foreach (int top in tops.Where(top => top != own))
        {
            cases.Add(new(top, null, scaling, 0));
            if (pools.Count > 0) cases.AddRange(sizes.Select(size => new SensitivityCase(top, pools[0], scaling, size)));
        }
        return cases;
    }

    /// <summary>The neurons for other numbers of top images, from one more pass over the run's dataset.</summary>
    private List<LayerNeurons> Others(int[] others, IProgress<WorkProgress> progress, CancellationToken stop)
    {
        if (others.Length == 0) return [];
        var run = inputs.Run;
        var entries = run.Images.Select((image, index) => new ImageEntry(image.Path, run.ImagePath(index))).ToList();
        string scratch = Directory.CreateTempSubdirectory("cliplens-sensitivity-").FullName;
        try
        {
            using var effects = new SecondOrder(inputs.Model.Image, [.. layers]);
            using var reader = new ImageBatchReader(inputs.Model.Preprocessor, entries, run.Manifest.Settings.ApplyOrientation);
            using var pass = new EffectPass(inputs.Model.Image, effects, reader, new() { ScratchFolder = scratch, Workers = inputs.Workers });
            pass.Run(progress, stop);
            return [.. others.SelectMany(top => DatasetAnalysis.Analyze(pass, [.. layers], [.. layers], inputs.Model.Config.Vision.MlpWidth, top,
                new DatasetSettings { ScratchFolder = scratch }.MemoryBudget, progress, stop, run.Manifest.Settings.Sign))];
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    public static JsonObject ToJson(Result result)
    {
        var figures = result.Figures.ToDictionary(subject => subject.Layer!.Value);
        return new()
        {
            ["images"] = result.Images,
            ["dataset"] = result.Dataset,
            ["baseline"] = AblationJson.Number(result.Figures[0][AblationSummary.Baseline].Top1),
            ["rows"] = new JsonArray([.. result.Rows.Select(row => (JsonNode?)new JsonObject
            {
                ["layer"] = row.Layer,
                ["top"] = row.Case.Top,
                ["pool"] = row.Case.Pool,
                ["scaling"] = row.Case.Pool is null ? null : row.Case.Scaling.ToString().ToLowerInvariant(),
                ["size"] = row.Case.Pool is null ? null : row.Case.Size,
                ["cosine"] = AblationJson.Number(row.Cosine),
                ["cosine_random"] = AblationJson.Number(row.Random),
                ["explained_percent"] = AblationJson.Number(100 * row.Explained),
                ["explained_on_significant_percent"] = AblationJson.Number(100 * row.ExplainedSignificant),
                ["top1"] = AblationJson.Number(figures[row.Layer][row.Case.Name].Top1),
                ["difference"] = AblationJson.Number(figures[row.Layer][row.Case.Name].Difference),
                ["difference_interval"] = AblationJson.Interval(figures[row.Layer][row.Case.Name].DifferenceInterval),
                ["representation_cosine"] = AblationJson.Number(figures[row.Layer][row.Case.Name].Cosine, 6),
            })]),
        };
    }

    public static void WriteTable(Terminal terminal, Result result)
    {
        var figures = result.Figures.ToDictionary(subject => subject.Layer!.Value);
        var table = new ResultTable(">Layer", ">Top images", "Pool", "Scaling", ">Texts", ">Cosine", ">Random", ">Explained", ">On significant", ">Accuracy", ">Difference");
        foreach (var row in result.Rows)
        {
            var own = figures[row.Layer][row.Case.Name];
            bool isText = row.Case.Pool is not null;
            table.Add($"{row.Layer}", $"{row.Case.Top} ({Words.Percent((double)row.Case.Top / result.Dataset)})", row.Case.Pool ?? "first component",
                isText ? row.Case.Scaling.ToString().ToLowerInvariant() : "", isText ? $"{row.Case.Size}" : "", $"{row.Cosine:0.000}", isText ? $"{row.Random:0.000}" : "", Words.Percent(row.Explained),
                Words.Percent(row.ExplainedSignificant), $"{own.Top1:0.0}", $"{own.Difference:+0.0;-0.0;0.0}");
        }
        terminal.Write(table);
    }
}
