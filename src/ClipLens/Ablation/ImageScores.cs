using static TorchSharp.torch;

namespace ClipLens.Ablation;

/// <summary>How a classifier does on every image of a dataset when the images' representations are changed in one way.</summary>
internal sealed class ImageScores(int images)
{
    private const int Top = 5;

    /// <summary>The class with the largest logit, by image.</summary>
    public int[] Predicted { get; } = new int[images];

    /// <summary>Whether the label is among the five largest logits, by image.</summary>
    public bool[] IsInTopFive { get; } = new bool[images];

    /// <summary>Cosine of the changed representation with the one that the model gives, by image.</summary>
    public float[] Cosine { get; } = new float[images];

    /// <summary>Scores some images.</summary>
    /// <param name="indices">Which they are.</param>
    /// <param name="batch">Their classes, ranks and cosines.</param>
    public void Set(IReadOnlyList<int> indices, BatchScores batch)
    {
        for (int i = 0; i < indices.Count; i++)
            (Predicted[indices[i]], IsInTopFive[indices[i]], Cosine[indices[i]]) =
            (batch.Predicted[i], batch.Rank[i] < Top, batch.Cosine[i]);
    }

    /// <summary>Scores of several changes of a batch.</summary>
    /// <param name="changed">The representations: [V, B, d].</param>
    /// <param name="baseline">The model's own: [B, d].</param>
    /// <param name="classifier">[d, C].</param>
    /// <param name="labels">The B images' classes.</param>
    public static IReadOnlyList<BatchScores> Score(Tensor changed, Tensor baseline, Tensor classifier, IReadOnlyList<int> labels)
    {
        using var scope = NewDisposeScope();
        var logits = changed.matmul(classifier);
        var columns = tensor(labels.Select(label => (long)label).ToArray()).view(1, -1, 1).expand(changed.shape[0], -1, 1);
        var ranks = logits.gt(logits.gather(2, columns)).sum(-1).to(ScalarType.Int32).contiguous();
        var predicted = logits.argmax(-1).to(ScalarType.Int32).contiguous();
        var cosines = nn.functional.cosine_similarity(changed, baseline.unsqueeze(0).expand_as(changed), 2).contiguous();
        return [.. Enumerable.Range(0, (int)changed.shape[0]).Select(v =>
            new BatchScores(predicted[v].data<int>().ToArray(), ranks[v].data<int>().ToArray(), cosines[v].data<float>().ToArray()))];
    }
}

/// <summary>Scores of a batch of B images.</summary>
/// <param name="Predicted">Class with the largest logit: [B].</param>
/// <param name="Rank">Number of classes with a larger logit than the label's: [B].</param>
/// <param name="Cosine">Cosine with the model's own representation: [B].</param>
internal sealed record BatchScores(int[] Predicted, int[] Rank, float[] Cosine);
