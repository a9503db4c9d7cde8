using ClipLens.Evaluation;
using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Applications;

/// <summary>Directions of the joint space that stand for classes named by the user.</summary>
internal static class ClassDirections
{
    /// <summary>
    /// A direction a class: the mean of its name in several templates, less what the texts of a pool have in common (in CLIP's joint space all
    /// texts lie close together, and what they share says nothing of the class), of unit length.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="classes">Class names, C of them.</param>
    /// <param name="common">Mean of the pool's unit embeddings [d]; nothing is taken off if null.</param>
    /// <param name="templates">Templates with {} for the name; the default ones if null.</param>
    /// <returns>[C, d], of the caller.</returns>
    /// <exception cref="ClipLensException">A name is empty, or there is none.</exception>
    public static Tensor Of(ClipModel model, IReadOnlyList<string> classes, Tensor? common, IReadOnlyList<string>? templates = null)
    {
        if (classes.Any(string.IsNullOrWhiteSpace)) throw new ClipLensException("A class name is empty; give a word such as dog.");
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var classifier = ZeroShotClassifier.Create(model, classes, templates);
        var directions = classifier.Weights.t();
        if (common is not null) directions = nn.functional.normalize(directions - common, 2, -1);
        return directions.contiguous().MoveToOuterDisposeScope();
    }
}
