using ClipLens.Compute;
using ClipLens.Editing.Measuring;
using ClipLens.Editing.Units;
using ClipLens.Editing.Weights;
using ClipLens.Labels;
using ClipLens.Models;

namespace ClipLens.Editing.Searching;

/// <summary>A model that an edit is looked for in, with what every search takes.</summary>
/// <param name="Path">Its checkpoint.</param>
/// <param name="Model">The model.</param>
/// <param name="Means">Means of its neurons and heads, which take the place of what is edited away.</param>
/// <param name="Classifier">The classes by which an edit is judged.</param>
/// <param name="How">How the search is run.</param>
internal sealed record SearchedModel(string Path, ClipModel Model, UnitMeans Means, ZeroShotClassifier Classifier, WorkOptions How)
{
    /// <summary>Its image tower, to try edits on; the caller disposes it.</summary>
    public EditedTower Edited() => new(Path, Means, Model.Placement);

    /// <summary>Reads images as the model sees them.</summary>
    public SearchImages Read(MeasuredImages images) =>
        SearchImages.Read(Model.Preprocessor, images.Entries, images.ApplyOrientation, "Reading images", How);
}
