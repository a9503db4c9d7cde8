using System.Text.Json.Nodes;
using ClipLens.Ablation;
using ClipLens.Cues;
using ClipLens.Discovery;
using ClipLens.Files;
using ClipLens.Segmentation.Scores;

namespace ClipLens.Scenes.Demo;

/// <summary>A score against the truth beside its baselines.</summary>
/// <param name="Name">What is scored.</param>
/// <param name="Percent">The score.</param>
/// <param name="Baselines">Names and scores of the baselines.</param>
public sealed record DemoScore(string Name, double Percent, IReadOnlyList<(string Name, double Percent)> Baselines);

/// <summary>The scores against the truth as a table: on the console, in scores.json and in the report.</summary>
internal static class DemoScores
{
    public static IReadOnlyList<DemoScore> All(DemoWork work)
    {
        var (acts, writes) = (work.ActsOn, work.Writes);
        List<DemoScore> rows =
        [
            new("first text that a strong neuron acts on is true of its top images", acts.First,
                [("first text that it writes", writes.First), ("random texts", acts.RandomFirst)]),
            new("its first four texts are", acts.FirstFour, [("those that it writes", writes.FirstFour),
            ("random texts", acts.RandomFirst)]),
        ];
        rows.Add(new("chance that it acts more on a picture drawn from its first text than on others",
            100 * work.Drawn.ActsOn.AreaUnderCurve,
            [("first text that it writes", 100 * work.Drawn.Writes.AreaUnderCurve),
            ("random texts", 100 * work.Drawn.Random.AreaUnderCurve)]));
        rows.AddRange(DiscoveryRows(work));
        rows.AddRange(SegmentationRows(work));
        rows.Add(new("planted cues among the first ten of a pair", DemoCues.Recall(work, DemoCues.Sources[0]),
            [.. DemoCues.Sources.Skip(1).Select(source => (NameOf(source), DemoCues.Recall(work, source)))]));
        rows.Add(new("adversarial pictures that fool the model", DemoAdversarial.Rate(work, NameOf(DemoCues.Sources[0])),
            [.. DemoCues.Sources.Skip(1).Select(NameOf).Append(DemoAdversarial.Planted)
                .Select(source => (source, DemoAdversarial.Rate(work, source)))]));
        return rows;
    }

    public static void Write(string path, DemoWork work)
    {
        var root = new JsonObject
        {
            ["seed"] = work.Settings.Seed,
            ["pictures"] = work.Pictures.Scenes.Count,
            ["held_out"] = work.HeldOut.Scenes.Count,
            ["strong_neurons"] = work.Strong,
            ["strong_neurons_with_texts"] = work.ActsOn.Neurons,
            ["layers"] = new JsonArray([.. work.Run.Layers.Select(layer => JsonValue.Create(layer))]),
            ["accuracy"] = JsonFile.Number(work.Ablation.Figures[0][AblationNames.Baseline].Top1),
            ["scores"] = new JsonArray([.. All(work).Select(Node)]),
        };
        JsonFile.Write(path, root);
    }

    /// <summary>A source of cues in a few words.</summary>
    public static string NameOf(CueSource source) => source switch
    {
        CueSource.RandomNeurons => "random neurons",
        CueSource.Indirect => "indirect effects",
        CueSource.MostSimilar => "most similar words",
        CueSource.RandomWords => "random words",
        CueSource.Statistics => "class statistics",
        _ => "second-order effects",
    };

    private static JsonObject Node(DemoScore row) => new()
    {
        ["name"] = row.Name,
        ["percent"] = JsonFile.Number(row.Percent, 2),
        ["baselines"] = new JsonObject(row.Baselines.Select(baseline => KeyValuePair.Create(baseline.Name, JsonFile.Number(baseline.Percent,
            2)))),
    };

    private static IEnumerable<DemoScore> DiscoveryRows(DemoWork work)
    {
        var (own, others) = (work.Discovery[0], work.Discovery.Skip(1).ToList());
        yield return new("first five concepts of a picture that are true", own.Precision, [.. others.Select(other => (NameOf(other.Method),
            other.Precision))]);
        yield return new("what a picture shows that is among them", own.Recall, [.. others.Select(other => (NameOf(other.Method),
            other.Recall))]);
    }

    private static string NameOf(DiscoveryMethod method) => method switch
    {
        DiscoveryMethod.Paper => "paper's rule",
        DiscoveryMethod.Embedding => "embedding decomposed",
        _ => "zero-shot ranking",
    };

    private static IEnumerable<DemoScore> SegmentationRows(DemoWork work)
    {
        var own = work.Segmentation[0];
        (string Name, Func<SegmentationFigures, double> Of)[] figures =
            [("pixel accuracy", f => f.PixelAccuracy), ("mIoU", f => f.MeanIou), ("mAP", f => f.MeanAp)];
        return figures.Select(figure => new DemoScore($"segmentation of the main object, {figure.Name}", figure.Of(own.Figures),
            [.. work.Segmentation.Skip(1).Select(other => (other.Method, figure.Of(other.Figures)))]));
    }
}
