using static TorchSharp.torch;

namespace ClipLens.Scenes.Training;

/// <summary>CLIP's loss: each picture finds its caption among those of the batch, each caption its picture.</summary>
internal static class ContrastiveLoss
{
    /// <summary>The mean of both cross-entropies.</summary>
    /// <param name="pictures">Unit vectors [B, d].</param>
    /// <param name="texts">Unit vectors [B, d], the captions of these pictures.</param>
    /// <param name="logitScale">Logarithm of the factor on the cosines.</param>
    /// <param name="alsoTrue">[B, B], 1 where a picture has the text of another one that is true of it, too: such pairs are no errors and
    /// do not count. In a world of 30 kinds of object many captions ("a ship") are true of several pictures of a batch.</param>
    public static Tensor Compute(Tensor pictures, Tensor texts, Tensor logitScale, Tensor alsoTrue)
    {
        var logits = pictures.matmul(texts.t()) * logitScale.exp() - alsoTrue * 1e4f;
        var own = logits.diagonal();
        return ((logits.logsumexp(1) - own).mean() + (logits.logsumexp(0) - own).mean()) / 2;
    }
}
