using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Labels;

/// <summary>Directions of the joint space that stand for classes named by the user.</summary>
internal static class ClassDirections
{
    /// <summary>A direction a class: the mean of its name in several templates, of unit length.</summary>
    /// <param name="model">The model.</param>
    /// <param name="classes">Class names, C of them.</param>
    /// <param name="templates">Templates with {} for the name; the default ones if null.</param>
    /// <param name="workers">Threads; the number of cores if null.</param>
    /// <returns>[C, d], of the caller.</returns>
    /// <exception cref="ClipLensException">A name is empty, or there is none.</exception>
    public static Tensor Embed(ClipModel model, IReadOnlyList<string> classes, IReadOnlyList<string>? templates = null, int? workers = null)
    {
        if (classes.Any(string.IsNullOrWhiteSpace)) throw new ClipLensException("A class name is empty; give a word such as dog.");
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var classifier = ZeroShotClassifier.Create(model, classes, templates, workers: workers);
        return classifier.Weights.t().contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Directions less what the texts of a pool have in common, of unit length: in CLIP's joint space all texts lie close together, and
    /// what they share says nothing of the class.
    /// </summary>
    /// <param name="directions">[C, d].</param>
    /// <param name="common">Mean of the pool's unit embeddings [d]; nothing is taken off if null.</param>
    public static Tensor Less(Tensor directions, Tensor? common) =>
        common is null ? directions : nn.functional.normalize(directions - common, 2, -1);
}
