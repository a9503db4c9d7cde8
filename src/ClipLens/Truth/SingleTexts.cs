using ClipLens.Compute;
using ClipLens.Neurons;
using ClipLens.Texts;
using ClipLens.Texts.ActsOn;
using static TorchSharp.torch;

namespace ClipLens.Truth;

/// <summary>Other methods' choice of one text a neuron, from the representations of its top images. Every choice is a place in the pool, by
/// neuron.</summary>
/// <param name="layer">The block's neurons with their top images.</param>
/// <param name="representations">Unit representations of the run's images by their index: float32 [images, d].</param>
/// <param name="embeddings">Unit embeddings of the pool's texts: float32 [M, d].</param>
internal sealed class SingleTexts(LayerNeurons layer, Tensor representations, Tensor embeddings)
{
    /// <summary>SemanticLens: the text nearest to the mean representation of the top images.</summary>
    public int[] MeanTopImages()
    {
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        return Best(TopMeans().matmul(embeddings.t()));
    }

    /// <summary>The text whose mean over the top images is the most standard deviations above its mean over all images.</summary>
    /// <param name="images">Moments of all images.</param>
    /// <param name="texts">The pool's dictionary.</param>
    public int[] Difference(BehaviourMoments images, TextDictionary texts)
    {
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        using var metric = new ImageMetric(images);
        using var atoms = metric.Atoms(texts);
        var above = metric.Whiten(TopMeans().to(ScalarType.Float64) - images.Mean);
        return Best(above.to(ScalarType.Float32).matmul(atoms.Atoms.t()));
    }

    /// <summary>
    /// CLIP-Dissect's soft weighted pointwise mutual information as its released code has it: the sum over the top images, weighted from
    /// 0.998 for the first down to 0.97, of log(1 + w (p(t | image) - 1)), less the logarithm of its mean over the neurons; p by a softmax
    /// of ten times the cosine over the texts.
    /// </summary>
    public int[] SoftWpmi(int? workers, CancellationToken cancellation)
    {
        const double first = 0.998, last = 0.97, least = 1e-7, sharpness = 10;
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        var normaliser = representations.matmul(embeddings.t()).mul_(sharpness).logsumexp(1, keepdim: true);
        var weights = linspace(first, last, layer.Top, dtype: ScalarType.Float32).view(1, layer.Top, 1);
        var top = TopImages();
        var sums = empty(layer.Count, embeddings.shape[0]);
        const int texts = 64;
        OrderedWork.Run(0, (int)(embeddings.shape[0] + texts - 1) / texts, piece =>
        {
            long start = piece * texts, count = Math.Min(texts, embeddings.shape[0] - start);
            var shares = representations.matmul(embeddings.narrow(0, start, count).t()).mul_(sharpness).sub_(normaliser).exp_();
            var own = shares.index_select(0, top).view(layer.Count, layer.Top, count);
            sums.narrow(1, start, count).copy_(own.sub_(1).mul_(weights).add_(1 + least).log_().sum(1));
            return piece;
        }, (_, _) => { }, workers, cancellation);
        return Best(sums - (sums.logsumexp(0, keepdim: true) - Math.Log(layer.Count)));
    }

    private Tensor TopImages() => tensor(layer.TopImages.ToArray().Select(image => (long)image).ToArray());

    private Tensor TopMeans() => representations.index_select(0, TopImages()).view(layer.Count, layer.Top, -1).mean([1L]);

    private static int[] Best(Tensor scores) => [.. scores.argmax(1).data<long>().ToArray().Select(text => (int)text)];
}
