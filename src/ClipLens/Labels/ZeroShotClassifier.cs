using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Labels;

/// <summary>
/// Classification by texts alone: a class's weight is the mean of the embeddings of its name in several templates, each of unit length,
/// brought to unit length again, as open_clip does it.
/// </summary>
public sealed class ZeroShotClassifier : IDisposable
{
    private const double Scale = 100;

    private readonly double sigmoidScale;
    private readonly double? sigmoidBias;

    private ZeroShotClassifier(IReadOnlyList<string> classes, Tensor weights, ClipModel model)
    {
        (Classes, Weights) = (classes, weights);
        sigmoidBias = model.LogitBias;
        sigmoidScale = sigmoidBias is null || model.LogitScale is not { } logarithm ? Scale : Math.Exp(logarithm);
    }

    /// <summary>The class names.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Weights, a unit column a class: [d, C]; owned by the classifier.</summary>
    public Tensor Weights { get; }

    /// <summary>Whether a class's probability is its own, by a sigmoid, as SigLIP's models are trained; else the classes share one, by a
    /// softmax.</summary>
    public bool IsSigmoid => sigmoidBias is not null;

    /// <summary>Embeds the classes' texts.</summary>
    /// <param name="model">The model.</param>
    /// <param name="classes">Class names, C of them.</param>
    /// <param name="templates">Templates with {} for the name; <see cref="PromptTemplates.Default"/> if null.</param>
    /// <param name="progress">Texts done.</param>
    /// <param name="workers">Threads; the number of cores if null.</param>
    /// <param name="cancellation">Stops between batches of texts.</param>
    /// <exception cref="ClipLensException">There is no class or no template, or a template lacks {}.</exception>
    public static ZeroShotClassifier Create(ClipModel model, IReadOnlyList<string> classes, IReadOnlyList<string>? templates = null,
        IProgress<int>? progress = null, int? workers = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(classes);
        templates ??= PromptTemplates.Default;
        if (classes.Count == 0) throw new ClipLensException("There are no class names; give at least one.");
        if (templates.Count == 0) throw new ClipLensException("There are no templates; give at least one.");
        if (templates.FirstOrDefault(template => !template.Contains(PromptTemplates.Place, StringComparison.Ordinal)) is { } bad)
            throw new ClipLensException($"The template '{bad}' lacks the {{}} that the class name replaces.");
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var texts = classes.SelectMany(name => templates.Select(template => PromptTemplates.Fill(template, name))).ToList();
        var embeddings = Unit(model.EmbedTexts(texts, progress, workers, cancellation));
        var means = Unit(embeddings.view(classes.Count, templates.Count, -1).mean([1]));
        return new(classes, means.t().contiguous().DetachFromDisposeScope(), model);
    }

    /// <summary>Logits of representations of any length: 100 times the cosines. [B, d] to [B, C].</summary>
    public Tensor Logits(Tensor representations)
    {
        ArgumentNullException.ThrowIfNull(representations);
        using var scope = NewDisposeScope();
        return Unit(representations).mul_(Scale).matmul(Weights).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Probabilities of the classes. Of a model with a logit bias (SigLIP): the sigmoid of the cosine times the model's temperature plus
    /// the bias, each class by itself; of others: the softmax of <see cref="Logits"/> over the classes. [B, d] to [B, C].
    /// </summary>
    public Tensor Probabilities(Tensor representations)
    {
        ArgumentNullException.ThrowIfNull(representations);
        using var scope = NewDisposeScope();
        var shares = sigmoidBias is { } bias ? Unit(representations).matmul(Weights).mul_(sigmoidScale).add_(bias).sigmoid()
            : Logits(representations).softmax(-1);
        return shares.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => Weights.Dispose();

    private static Tensor Unit(Tensor vectors) => nn.functional.normalize(vectors, 2, -1);
}
