using ClipLens.Ablation;
using ClipLens.Runs.Studies.Truth;

namespace ClipLens.Runs.Studies.Ablation;

/// <summary>What <see cref="AblationStudy.Run"/> found.</summary>
public sealed record AblationResult
{
    /// <summary>The run.</summary>
    public required RunDirectory Run { get; init; }

    /// <summary>Labelled images that could be read.</summary>
    public required int Images { get; init; }

    /// <summary>Why the others could not, a sentence each.</summary>
    public required IReadOnlyList<string> Failures { get; init; }

    /// <summary>Images that were left out because nothing names their class.</summary>
    public required int Unlabelled { get; init; }

    /// <summary>Number C of classes.</summary>
    public required int Classes { get; init; }

    /// <summary>The text pool; null where the run has none.</summary>
    public required string? Pool { get; init; }

    /// <summary>Texts a neuron that were tried.</summary>
    public required IReadOnlyList<int> Sizes { get; init; }

    /// <summary>Classification under every ablation, layer by layer, all layers together last if asked for.</summary>
    public required IReadOnlyList<SubjectFigures> Figures { get; init; }

    /// <summary>How the layers' neurons behaved on these images.</summary>
    public required IReadOnlyList<LayerActivity> Activities { get; init; }

    /// <summary>How true the descriptions are, by layer and number of texts.</summary>
    public required IReadOnlyList<LayerTruth> Truths { get; init; }

    /// <summary>
    /// Writes all figures to a JSON file, their plots (PNG and SVG, <see cref="PlotPaths"/>) beside it, and the scores of the descriptions
    /// into the run (<c>truth-*</c>, <c>concepts-*.parquet</c>).
    /// </summary>
    /// <param name="path">The JSON file.</param>
    /// <exception cref="ClipLensException">A file cannot be written there.</exception>
    /// <exception cref="IOException">The disk failed or is full.</exception>
    public void Write(string path)
    {
        AblationFile.Write(path, this);
        AblationPlots.Write(path, this);
        foreach (var truth in Truths) truth.Write(Run, Pool!);
    }

    /// <summary>The plots that belong to a JSON file, without the endings .png and .svg: accuracy against layer, and against the number of
    /// texts.</summary>
    /// <param name="path">The JSON file.</param>
    public static (string Layers, string Texts) PlotPaths(string path)
    {
        string stem = Path.Combine(Path.GetDirectoryName(path) ?? "", Path.GetFileNameWithoutExtension(path));
        return (stem + "-layers", stem + "-texts");
    }
}

/// <summary>How a layer's neurons behaved on images that their descriptions were not made from.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="SignificantPercent">Share of the images, averaged over the neurons, on which a neuron is significant, in percent.</param>
/// <param name="Explained">What each set of directions holds of the effects.</param>
public sealed record LayerActivity(int Layer, double SignificantPercent, IReadOnlyList<ExplainedShare> Explained);

/// <summary>What a set of directions holds of the squared centred effects of a layer's neurons, all together.</summary>
/// <param name="Name">The ablation that keeps these directions.</param>
/// <param name="Percent">On all images, in percent.</param>
/// <param name="SignificantPercent">On the images where a neuron is significant, in percent.</param>
public sealed record ExplainedShare(string Name, double Percent, double SignificantPercent);
