using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Texts;
using static TorchSharp.torch;

namespace ClipLens.Cues;

/// <summary>
/// Words that go with what the model takes for a class: for every text t the mean over these images of &lt;e - mu, t - tbar&gt; / sd_t,
/// with e the unit representation, mu its mean over all images, tbar the pool's mean text, and sd_t the deviation over all images. No label
/// is needed. The neurons behind a word are those whose exact second-order effects make most of that mean.
/// </summary>
internal static class ClassStatistics
{
    /// <summary>Without a list of classes, the share of the images nearest to the class that are taken for it, and the least
    /// number.</summary>
    private const double Nearest = 0.02;
    private const int LeastNearest = 10, Batch = 16;

    /// <summary>Images of the class that the neurons' effects are measured on at most.</summary>
    private const int ImagesOfEffects = 128;

    /// <summary>Scores words and says which neurons are behind.</summary>
    /// <param name="model">The model.</param>
    /// <param name="neurons">The neurons.</param>
    /// <param name="pair">Names of the true class and the fooled one.</param>
    /// <param name="texts">Their texts: [2, d].</param>
    /// <param name="settings">How.</param>
    /// <param name="options">How it is run.</param>
    /// <exception cref="ClipLensException">There are no images.</exception>
    /// <exception cref="ClassNotSeenException">None shows the fooled class.</exception>
    public static (IReadOnlyList<CueNeuron> Neurons, IReadOnlyList<CueWord> Words) Find(ClipModel model, DescribedNeurons neurons,
        (string True, string Fooled) pair, Tensor texts, CueSettings settings, WorkOptions options)
    {
        if (settings.Seen is null && settings.Images is null) throw new ClipLensException("Cues from class statistics are read from "
            + "images; give those of the run, or choose another source.");
        var own = settings.Seen is null ? SeenImages.Encode(model, settings.Images!, options: options) : null;
        var seen = settings.Seen ?? own!;
        try
        {
            var centred = seen.Representations - seen.Representations.mean([0], keepdim: true);
            int[] shown = Shown(model, neurons, pair, texts, seen, centred, settings);
            var unit = nn.functional.normalize(neurons.Embeddings, 2, -1);
            var words = unit - unit.mean([0], keepdim: true);
            var along = centred.matmul(words.t());
            var deviation = along.square().mean([0]).sqrt().clamp_min(1e-12);
            float[] scores = (along.index_select(0, tensor(shown)).mean([0]) / deviation).Floats().ToArray();
            var effects = Effects(model, neurons, [.. shown.Take(ImagesOfEffects).Select(i => seen.Images[i])], seen.ApplyOrientation,
                options);
            var scaled = words / deviation.unsqueeze(1);
            return (Largest(neurons, effects.mv(texts[1] - texts[0])).Take(settings.Neurons).ToList(),
                [.. scores.Select((score, text) => new CueWord(text, score, () => [.. Largest(neurons, effects.mv(scaled[text]))]))]);
        }
        finally
        {
            own?.Dispose();
        }
    }

    /// <summary>The images that the model takes for the fooled class.</summary>
    private static int[] Shown(ClipModel model, DescribedNeurons neurons, (string True, string Fooled) pair, Tensor texts, SeenImages seen,
        Tensor centred, CueSettings settings)
    {
        int[] shown;
        if (settings.Classes is { } classes)
        {
            long[] best = seen.TakenFor(model, pair, texts, classes, settings.Templates, settings.Workers);
            shown = [.. Enumerable.Range(0, best.Length).Where(i => best[i] == 1)];
        }
        else
        {
            var common = nn.functional.normalize(neurons.Embeddings, 2, -1).mean([0]);
            float[] own = centred.mv(texts[1] - common).Floats().ToArray();
            float[] margin = seen.Representations.mv(texts[1] - texts[0]).Floats().ToArray();
            shown = [.. Enumerable.Range(0, own.Length).OrderByDescending(i => own[i])
                .Take(Math.Max(LeastNearest, (int)(Nearest * own.Length))).Where(i => margin[i] > 0).Order()];
        }
        return shown.Length > 0 ? shown : throw new ClassNotSeenException(pair.Fooled, seen.Images.Count);
    }

    /// <summary>What every neuron adds to the images beyond its mean over the dataset, the mean over some images: [all, d], as shares of
    /// unit representations.</summary>
    private static Tensor Effects(ClipModel model, DescribedNeurons neurons, IReadOnlyList<ImageEntry> images, bool applyOrientation,
        WorkOptions options)
    {
        var lens = new NeuronLens(model);
        using var reader = new ImageBatchReader(model.Preprocessor, images, applyOrientation);
        int[] layers = [.. neurons.Layers.Select(layer => layer.Neurons.Layer)];
        var request = lens.SecondOrderRequest(layers);
        var (coefficients, bias, count) = (new Tensor?[layers.Length], new Tensor?[layers.Length], 0);
        new DatasetPass(reader, Batch, "Neurons behind cues", options).Run(batch =>
        {
            var trace = lens.Trace(batch.Pixels, request);
            return layers.Select(layer => lens.Factors(trace, layer))
                .Select(part => (C: part.Coefficients.sum([0]).ToHost().DetachFromDisposeScope(), B: part.Bias.sum([0]).ToHost()
                .DetachFromDisposeScope()))
                .ToArray();
        }, (batch, found) =>
        {
            count += batch.Indices.Count;
            for (int i = 0; i < layers.Length && found is not null; i++)
            {
                if (coefficients[i] is null) (coefficients[i], bias[i]) = found[i];
                else
                {
                    coefficients[i]!.add_(found[i].C);
                    bias[i]!.add_(found[i].B);
                    found[i].C.Dispose();
                    found[i].B.Dispose();
                }
            }
        });
        return cat([.. neurons.Layers.Select((layer, i) =>
        {
            using var scope = NewDisposeScope();
            var sums = coefficients[i]!.unsqueeze(1).matmul(lens.Directions(layers[i]).ToHost()).squeeze(1) + bias[i]!;
            coefficients[i]!.Dispose();
            bias[i]!.Dispose();
            return (sums / count - layer.Neurons.MeanTensor()).div_(NeuronLens.Unit).MoveToOuterDisposeScope();
        })], 0);
    }

    private static IOrderedEnumerable<CueNeuron> Largest(DescribedNeurons neurons, Tensor along)
    {
        float[] values = along.Floats().ToArray();
        return neurons.Ids.Select((id, i) => new CueNeuron(id, values[i])).OrderByDescending(neuron => MathF.Abs(neuron.Contribution));
    }
}
