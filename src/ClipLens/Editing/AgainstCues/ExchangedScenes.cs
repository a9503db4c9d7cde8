using ClipLens.Compute;
using ClipLens.Editing.Measuring;
using ClipLens.Labels;
using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Editing.AgainstCues;

/// <summary>Objects of labelled images before other images' scenes, and how often they are taken for what they are.</summary>
/// <param name="Images">The images made, n of them, each with the place of the one whose object it has.</param>
/// <param name="Labels">The classes of the images that they were made of, by place.</param>
/// <param name="Classifier">The classes.</param>
internal sealed record ExchangedScenes(SearchImages Images, IReadOnlyList<int> Labels, ZeroShotClassifier Classifier)
{
    /// <summary>Images that are taken for what they are, in percent.</summary>
    public double Accuracy(ImageTower tower, WorkOptions how)
    {
        using var scope = NewDisposeScope();
        return Accuracy(Images.Encode(tower, how), Classifier.Weights);
    }

    /// <summary>The same of their unit representations [n, d] by the classes' texts [d, C].</summary>
    public double Accuracy(Tensor unit, Tensor weights) => 100.0 * Right(unit, weights).Count(isRight => isRight) / Images.Indices.Count;

    /// <summary>Two towers on the same images; the scenes of one object are one draw of the bootstrap.</summary>
    public PairedShare Compare(ImageTower before, ImageTower after, BootstrapDraws draws, WorkOptions how)
    {
        using var scope = NewDisposeScope();
        return PairedShare.From(ByObject(Images.Encode(before, how)), ByObject(Images.Encode(after, how)), draws);
    }

    private float[] ByObject(Tensor unit) => [.. Images.Indices.Zip(Right(unit, Classifier.Weights)).GroupBy(pair => pair.First)
        .OrderBy(group => group.Key).Select(group => group.Average(pair => pair.Second ? 1f : 0f))];

    private bool[] Right(Tensor unit, Tensor weights) =>
        [.. EditMeasurement.Predicted(unit, weights).Select((found, i) => found == Labels[Images.Indices[i]])];
}
