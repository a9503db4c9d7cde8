using ClipLens.Segmentation;
using static TorchSharp.torch;

namespace ClipLens.Cues;

/// <summary>On how many images a text is to be seen without the classes of a pair: another name of a class is seen on none.</summary>
internal sealed class ShownTexts
{
    /// <summary>A text is on an image beyond doubt where it fits it better than all but one in a thousand texts of the pool, were they
    /// spread normally.</summary>
    private const float ClearPresence = 3.09f;

    private readonly Tensor images, unit, means, deviations;
    private readonly Dictionary<string, float[]> classes;

    /// <param name="seen">The images.</param>
    /// <param name="unit">The pool's unit embeddings [M, d]; they stay the caller's.</param>
    /// <param name="names">Names of the classes.</param>
    /// <param name="weights">Their unit texts [C, d].</param>
    public ShownTexts(SeenImages seen, Tensor unit, IReadOnlyList<string> names, Tensor weights)
    {
        (images, this.unit) = (seen.Representations, unit);
        // Mean and deviation of an image's cosines with all texts follow from the pool's first two moments.
        means = images.mv(unit.mean([0L]));
        var squares = images.matmul(unit.t().matmul(unit) / unit.shape[0]).mul(images).sum([1L]);
        deviations = (squares - means.square()).clamp_min(1e-12).sqrt();
        var all = Presence(weights).contiguous();
        classes = names.Index().DistinctBy(name => name.Item).ToDictionary(name => name.Item,
            name => all[name.Index].contiguous().data<float>().ToArray());
    }

    /// <summary>Images that show the text of a pair beyond doubt and seem to show neither class.</summary>
    public int Alone(PairCue pair)
    {
        using var scope = NewDisposeScope();
        float[] text = Presence(unit.narrow(0, pair.TextIndex, 1))[0].contiguous().data<float>().ToArray();
        float[] from = classes[pair.True], to = classes[pair.Fooled];
        return Enumerable.Range(0, text.Length).Count(i => text[i] >= ClearPresence && from[i] < ClassSegment.LeastPresence
            && to[i] < ClassSegment.LeastPresence);
    }

    private Tensor Presence(Tensor texts) => (texts.matmul(images.t()) - means) / deviations;
}
