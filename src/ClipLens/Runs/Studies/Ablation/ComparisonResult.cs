using System.Text.Json.Nodes;
using ClipLens.Ablation;
using ClipLens.Effects;
using ClipLens.Files;
using static ClipLens.Files.JsonFile;
using static ClipLens.Runs.Studies.StudyJson;

namespace ClipLens.Runs.Studies.Ablation;

/// <summary>What <see cref="ComparisonStudy.Run"/> found.</summary>
/// <param name="Images">Labelled images that could be read.</param>
/// <param name="Layers">By layer.</param>
public sealed record ComparisonResult(int Images, IReadOnlyList<LayerComparison> Layers)
{
    /// <summary>Writes all figures to a JSON file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ClipLensException">It cannot be written there.</exception>
    /// <exception cref="IOException">The disk failed or is full.</exception>
    public void Write(string path) => JsonFile.Write(path, new()
    {
        ["images"] = Images,
        ["layers"] = new JsonObject(Layers.Select(layer => KeyValuePair.Create($"{layer.Layer}", (JsonNode?)Layer(layer)))),
    });

    private static JsonObject Layer(LayerComparison layer)
    {
        var own = new JsonObject
        {
            ["baseline"] = Number(layer.Baseline.Top1),
            ["neurons"] = layer.Neurons.Count,
            ["images"] = layer.Images,
            ["top"] = layer.Top,
        };
        foreach (var kind in layer.Kinds) own[NameOf(kind.Kind)] = Kind(kind);
        return own;
    }

    private static JsonObject Kind(KindFigures kind) => new()
    {
        ["accuracy"] = Number(kind.Without.Top1),
        ["accuracy_interval"] = Interval(kind.Without.Top1Interval),
        ["difference"] = Number(kind.Without.Difference),
        ["difference_interval"] = Interval(kind.Without.DifferenceInterval),
        ["cosine"] = Number(kind.Without.Cosine, 6),
        ["variance_explained_percent"] = Number(100 * kind.Concentration.Explained.Average()),
        ["variance_explained"] = Distribution(kind.Concentration.Explained.Select(share => (double)share)),
        ["top_share"] = Distribution(kind.Concentration.TopShare.Select(share => (double)share)),
        ["mean_norm"] = Distribution(kind.Concentration.MeanNorm.Select(norm => (double)norm)),
    };

    private static string NameOf(EffectKind kind) => kind switch
    {
        EffectKind.FirstOrder => "first_order",
        EffectKind.SecondOrder => "second_order",
        _ => "indirect",
    };
}

/// <summary>The kinds of effect of one layer.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Neurons">The neurons whose effects were measured one by one.</param>
/// <param name="Images">Images of the run that they were measured on.</param>
/// <param name="Top">Top images of a neuron among these.</param>
/// <param name="Baseline">Accuracy of the model as it is.</param>
/// <param name="Kinds">First-order, second-order and indirect effects.</param>
public sealed record LayerComparison(int Layer, IReadOnlyList<int> Neurons, int Images, int Top, AblationFigures Baseline,
    IReadOnlyList<KindFigures> Kinds);

/// <summary>One kind of effect of a layer.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Without">Accuracy with the mean in place of every effect of the layer.</param>
/// <param name="Concentration">How concentrated the measured neurons' effects are.</param>
public sealed record KindFigures(EffectKind Kind, AblationFigures Without, EffectConcentration Concentration);
