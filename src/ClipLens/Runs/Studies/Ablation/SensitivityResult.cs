using System.Text.Json.Nodes;
using ClipLens.Ablation;
using ClipLens.Files;
using static ClipLens.Files.JsonFile;
using static ClipLens.Runs.Studies.StudyJson;

namespace ClipLens.Runs.Studies.Ablation;

/// <summary>What <see cref="SensitivityStudy.Run"/> found.</summary>
/// <param name="Images">Labelled images that could be read.</param>
/// <param name="Dataset">Images of the run's dataset that could be read.</param>
/// <param name="Baseline">Accuracy of the model as it is.</param>
/// <param name="Rows">By layer and choice, the run's own number of top images first.</param>
public sealed record SensitivityResult(int Images, int Dataset, AblationFigures Baseline, IReadOnlyList<SensitivityFigures> Rows)
{
    /// <summary>Writes all figures to a JSON file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ClipLensException">It cannot be written there.</exception>
    /// <exception cref="IOException">The disk failed or is full.</exception>
    public void Write(string path) => JsonFile.Write(path, new()
    {
        ["images"] = Images,
        ["dataset"] = Dataset,
        ["baseline"] = Number(Baseline.Top1),
        ["rows"] = new JsonArray([.. Rows.Select(row => (JsonNode?)Row(row))]),
    });

    private static JsonObject Row(SensitivityFigures row) => new()
    {
        ["layer"] = row.Layer,
        ["top"] = row.Case.Top,
        ["pool"] = row.Case.Pool,
        ["scaling"] = row.Case.Pool is null ? null : row.Case.Scaling.ToString().ToLowerInvariant(),
        ["size"] = row.Case.Pool is null ? null : row.Case.Size,
        ["cosine"] = Number(row.Cosine),
        ["cosine_random"] = Number(row.Random),
        ["explained_percent"] = Number(row.ExplainedPercent),
        ["explained_on_significant_percent"] = Number(row.ExplainedOnSignificantPercent),
        ["top1"] = Number(row.Accuracy.Top1),
        ["difference"] = Number(row.Accuracy.Difference),
        ["difference_interval"] = Interval(row.Accuracy.DifferenceInterval),
        ["representation_cosine"] = Number(row.Accuracy.Cosine, 6),
    };
}

/// <summary>How well one choice reconstructs the neurons of a layer on images that it has not seen.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Case">The choice.</param>
/// <param name="Cosine">Mean over neurons of the cosine between direction and reconstruction.</param>
/// <param name="Random">The same for random directions: what so many texts of the pool reconstruct of anything; NaN without texts.</param>
/// <param name="ExplainedPercent">Share of the squared centred effects of all images that lies along the reconstruction, in
/// percent.</param>
/// <param name="ExplainedOnSignificantPercent">The same on the images where the neuron is significant with the run's own number of top
/// images.</param>
/// <param name="Accuracy">Classification with every effect replaced by its reconstruction.</param>
public sealed record SensitivityFigures(int Layer, SensitivityCase Case, double Cosine, double Random, double ExplainedPercent,
    double ExplainedOnSignificantPercent, AblationFigures Accuracy);
