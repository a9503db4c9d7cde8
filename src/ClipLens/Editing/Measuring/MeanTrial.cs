using ClipLens.Compute;
using ClipLens.Editing.Units;
using ClipLens.Editing.Weights;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Models.Images;

namespace ClipLens.Editing.Measuring;

/// <summary>An edit tried with one of the means.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Accuracy">Zero-shot accuracy of the edited model, in percent; null without labels.</param>
/// <param name="Cosine">Mean cosine of an image's representation before and after.</param>
public sealed record MeanTrial(EditMean Mean, double? Accuracy, double Cosine)
{
    /// <summary>Tries both means.</summary>
    /// <returns>The one that hurts less first: by accuracy, and where that is the same by the cosine.</returns>
    internal static IReadOnlyList<MeanTrial> Measure(string path, ClipModel model, IReadOnlyList<UnitChange> changes, UnitMeans means,
        MeasuredImages images, WorkOptions how)
    {
        using var reader = new ImageBatchReader(model.Preprocessor, images.Entries, images.ApplyOrientation);
        using var before = ImageVectors.Encode(model.Image, reader, "Images before the edit", how);
        using var classifier = images.Labels is null ? null : ZeroShotClassifier.Create(model, images.Classes!, images.Templates);
        using var edited = new EditedTower(path, means, model.Placement);
        var trials = new[] { EditMean.ClassToken, EditMean.AllTokens }.Select(mean =>
        {
            edited.Set(new(changes, mean));
            using var after = ImageVectors.Encode(edited.Tower, reader, $"Trying the mean of {Words(mean)}", how);
            var effect = EditMeasurement.Compare(before, after, images, classifier, _ => throw new NotSupportedException(), new(1, 0),
                retrieval: false);
            return new MeanTrial(mean, effect.Accuracy?.After, effect.Cosine);
        }).ToList();
        return [.. trials.OrderByDescending(trial => trial.Accuracy ?? 0).ThenByDescending(trial => trial.Cosine)];
    }

    private static string Words(EditMean mean) => mean == EditMean.ClassToken ? "the class token" : "all tokens";
}
