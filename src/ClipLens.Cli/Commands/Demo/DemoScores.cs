using System.Text.Json.Nodes;
using ClipLens.Ablation;
using ClipLens.Cli.Commands.Evaluation;
using ClipLens.Cues;
using ClipLens.Discovery;
using ClipLens.Segmentation.Scores;

namespace ClipLens.Cli.Commands.Demo;

/// <summary>The scores against the truth as a table: on the console, in scores.json and in the report.</summary>
internal static class DemoScores
{
    /// <summary>A score beside its baselines.</summary>
    /// <param name="Name">What is scored.</param>
    /// <param name="Value">In percent.</param>
    /// <param name="Baselines">Names and values of the baselines.</param>
    public sealed record Row(string Name, double Value, IReadOnlyList<(string Name, double Value)> Baselines);

    public static IReadOnlyList<Row> Rows(DemoJob job)
    {
        var (good, descriptions) = (job.GoodDescriptions, job.Descriptions);
        List<Row> rows =
        [
            new("first text of well described neurons is true of their top images", good.First, [("random texts", good.RandomFirst)]),
            new("their first four texts are", good.FirstFour, [("random texts", good.RandomFirst)]),
            new("first text of all strong neurons is", descriptions.First, [("random texts", descriptions.RandomFirst)]),
            new("their first four texts are, too", descriptions.FirstFour, [("random texts", descriptions.RandomFirst)]),
        ];
        rows.AddRange(DiscoveryRows(job));
        rows.AddRange(SegmentationRows(job));
        rows.Add(new("planted cues among the first ten of a pair", DemoCues.Recall(job, DemoCues.Sources[0]),
            [.. DemoCues.Sources.Skip(1).Select(source => (NameOf(source), DemoCues.Recall(job, source)))]));
        rows.Add(new("adversarial pictures that fool the model", DemoAdversarial.Rate(job, DemoCues.Sources[0]),
            [.. DemoCues.Sources.Skip(1).Select(source => (NameOf(source), DemoAdversarial.Rate(job, source)))]));
        return rows;
    }

    public static void Write(string path, DemoJob job)
    {
        var root = new JsonObject
        {
            ["seed"] = job.Settings.Seed,
            ["pictures"] = job.Pictures.Scenes.Count,
            ["held_out"] = job.HeldOut.Scenes.Count,
            ["layers"] = new JsonArray([.. job.Run.Layers.Select(layer => JsonValue.Create(layer))]),
            ["accuracy"] = AblationJson.Number(job.Ablation.Figures[0][AblationNames.Baseline].Top1),
            ["scores"] = new JsonArray([.. Rows(job).Select(Node)]),
        };
        AblationJson.Save(path, root);
    }

    /// <summary>A source of cues in a few words.</summary>
    public static string NameOf(CueSource source) => source switch
    {
        CueSource.RandomNeurons => "random neurons",
        CueSource.Indirect => "indirect effects",
        CueSource.MostSimilar => "most similar words",
        _ => "second-order effects",
    };

    private static JsonObject Node(Row row) => new()
    {
        ["name"] = row.Name,
        ["percent"] = AblationJson.Number(row.Value, 2),
        ["baselines"] = new JsonObject(row.Baselines.Select(baseline => KeyValuePair.Create(baseline.Name, AblationJson.Number(baseline.Value, 2)))),
    };

    private static IEnumerable<Row> DiscoveryRows(DemoJob job)
    {
        var (own, others) = (job.Discovery[0], job.Discovery.Skip(1).ToList());
        yield return new("first five concepts of a picture that are true", own.Precision, [.. others.Select(other => (NameOf(other.Method), other.Precision))]);
        yield return new("what a picture shows that is among them", own.Recall, [.. others.Select(other => (NameOf(other.Method), other.Recall))]);
    }

    private static string NameOf(DiscoveryMethod method) => method switch
    {
        DiscoveryMethod.Paper => "paper's rule",
        DiscoveryMethod.Embedding => "embedding decomposed",
        _ => "zero-shot ranking",
    };

    private static IEnumerable<Row> SegmentationRows(DemoJob job)
    {
        var own = job.Segmentation[0];
        (string Name, Func<SegmentationFigures, double> Of)[] figures =
            [("pixel accuracy", f => f.PixelAccuracy), ("mIoU", f => f.MeanIou), ("mAP", f => f.MeanAp)];
        return figures.Select(figure => new Row($"segmentation of the main object, {figure.Name}", figure.Of(own.Figures),
            [.. job.Segmentation.Skip(1).Select(other => (other.Method, figure.Of(other.Figures)))]));
    }
}
