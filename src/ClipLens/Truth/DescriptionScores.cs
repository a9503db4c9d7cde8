using ClipLens.Statistics;
using static TorchSharp.torch;

namespace ClipLens.Truth;

/// <summary>
/// How well what a description says of images goes with what the neuron does on them. The area under the ROC curve is kind to broad
/// descriptions (NeuronEval's sanity tests); the correlation and the average precision are not.
/// </summary>
/// <param name="Auroc">Area under the ROC curve for the images on which the neuron is significant; 0.5 for nothing.</param>
/// <param name="AveragePrecision">Average precision for the same; the share of significant images for nothing.</param>
/// <param name="Pearson">Correlation with the norm of the neuron's centred effect.</param>
/// <param name="ExponentialPearson">The same of exp(z / 2) with the norm, z what the description says in standard deviations over the
/// images: norms are never negative and grow by factors, so that a sum of texts is nearer to their logarithm. The half was chosen on
/// images of the run.</param>
public readonly record struct NeuronScore(double Auroc, double AveragePrecision, double Pearson, double ExponentialPearson)
{
    /// <summary>The scores' names, in the order of <see cref="Values"/>.</summary>
    public static IReadOnlyList<string> Names { get; } = ["auroc", "average_precision", "pearson", "exponential_pearson"];

    /// <summary>The scores, in the order of <see cref="Names"/>.</summary>
    public IReadOnlyList<double> Values => [Auroc, AveragePrecision, Pearson, ExponentialPearson];
}

/// <summary>Scores descriptions of a block's neurons on images that they were not made from.</summary>
/// <param name="representations">Unit representations of the images: float32 [n, d].</param>
/// <param name="norms">Norms of the neurons' centred effects on them, by neuron.</param>
/// <param name="thresholds">The neurons' significance thresholds.</param>
internal sealed class DescriptionScores(Tensor representations, IReadOnlyList<float[]> norms, ReadOnlyMemory<float> thresholds)
{
    /// <summary>Of an image of which the description says a standard deviation more the norm is larger by this power of e.</summary>
    private const double Growth = 0.5;

    private readonly int[][] significant = [.. norms.Select((own, neuron) =>
        Enumerable.Range(0, own.Length).Where(image => own[image] > thresholds.Span[neuron]).ToArray())];

    /// <summary>What directions say of the images: a row of n an image for every direction.</summary>
    /// <param name="directions">[N, d].</param>
    public float[][] Say(Tensor directions)
    {
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        float[] all = directions.to(ScalarType.Float64).matmul(representations.to(ScalarType.Float64).t()).to(ScalarType.Float32)
            .contiguous().data<float>().ToArray();
        int images = (int)representations.shape[0];
        return [.. Enumerable.Range(0, (int)directions.shape[0]).Select(row => all[(row * images)..((row + 1) * images)])];
    }

    /// <summary>
    /// Scores what a description says of the images; one that says the same of all counts as chance, so that neurons without a description
    /// weigh as much as others. The first two are NaN for a neuron that is significant on no image, or on all.
    /// </summary>
    public NeuronScore Score(int neuron, float[] said)
    {
        float[] ranks = Ranking.Ranks(said);
        return new(Ranking.AreaUnderCurve(ranks, significant[neuron]), Ranking.AveragePrecision(ranks, significant[neuron]),
            Correlated(said, norms[neuron]), Correlated(Grown(said), norms[neuron]));
    }

    private static double Correlated(float[] said, float[] norms)
    {
        double pearson = Correlation.Pearson(said, norms);
        return double.IsNaN(pearson) ? 0 : pearson;
    }

    /// <summary>What a description says as a factor by which the norm is larger.</summary>
    private static float[] Grown(float[] said)
    {
        double mean = said.Average(value => (double)value), deviation = Math.Sqrt(said.Average(value => (value - mean) * (value - mean)));
        return deviation > 0 ? Array.ConvertAll(said, value => (float)Math.Exp(Growth * (value - mean) / deviation)) : said;
    }
}
