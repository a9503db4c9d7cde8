using ClipLens.Models;
using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Runs.Studies.Editing;

/// <summary>A neuron found by a text.</summary>
/// <param name="Neuron">The neuron.</param>
/// <param name="ActsOn">Cosine of what it acts on with the text, both less what all texts of the pool have in common; null where the run
/// does not tell what its neurons act on.</param>
/// <param name="Writes">Cosine of its direction with the text.</param>
public sealed record NeuronByText(NeuronId Neuron, double? ActsOn, double Writes);

/// <summary>Finds the neurons of a run that have most to do with a text: that act on it and write it.</summary>
public static class NeuronsByText
{
    /// <summary>The neurons by the sum of both cosines, each in units of its deviation over all neurons of the run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="model">Its model.</param>
    /// <param name="text">The text.</param>
    /// <param name="most">Neurons at most; only such that act on it and write it are taken.</param>
    /// <param name="pool">The pool whose texts describe the neurons; the run's first if null.</param>
    /// <exception cref="ClipLensException">The text is empty, or the run has no texts.</exception>
    public static IReadOnlyList<NeuronByText> Find(RunDirectory run, ClipModel model, string text, int most = 10, string? pool = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(model);
        if (string.IsNullOrWhiteSpace(text)) throw new ClipLensException("The text that neurons are looked for by is empty; write what "
            + "they act on, such as \"text on a sign\".");
        string name = pool ?? run.FirstPool ?? throw new ClipLensException($"The run {run.Path} has no texts, so its neurons cannot be "
            + "found by one; analyze with texts first.");
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var texts = nn.functional.normalize(run.PoolEmbeddings(name), 2, -1);
        var common = texts.mean([0], keepdim: true);
        texts = nn.functional.normalize(texts - common, 2, -1);
        var sought = nn.functional.normalize(nn.functional.normalize(model.EmbedTexts([text]), 2, -1) - common, 2, -1).squeeze(0);
        var found = run.Layers.SelectMany(layer => OfLayer(run, layer, name, texts, sought)).ToList();
        double acts = Deviation(found.Select(neuron => neuron.ActsOn ?? 0)), writes = Deviation(found.Select(neuron => neuron.Writes));
        return [.. found.Where(neuron => neuron.Writes > 0 && neuron.ActsOn is null or > 0)
            .OrderByDescending(neuron => (neuron.ActsOn ?? 0) / acts + neuron.Writes / writes).Take(most)];
    }

    private static IEnumerable<NeuronByText> OfLayer(RunDirectory run, int layer, string pool, Tensor texts, Tensor sought)
    {
        var neurons = run.Neurons(layer);
        using var directions = tensor(neurons.Direction.ToArray(), [neurons.Count, neurons.Width]);
        float[] writes = directions.mv(sought).data<float>().ToArray();
        double[]? acts = null;
        if (run.ActsOn(layer, pool) is { } table)
        {
            var sums = zeros(neurons.Count, neurons.Width);
            sums.index_add_(0, tensor(table.Select(row => (long)row.Neuron).ToArray()),
                texts.index_select(0, tensor(table.Select(row => (long)row.TextIndex).ToArray()))
                    * tensor(table.Select(row => row.Coefficient).ToArray()).unsqueeze(1), 1);
            acts = [.. nn.functional.normalize(sums, 2, -1).mv(sought).data<float>().ToArray().Select(cosine => (double)cosine)];
        }
        return Enumerable.Range(0, neurons.Count).Select(n => new NeuronByText(new(layer, n), acts?[n], writes[n]));
    }

    private static double Deviation(IEnumerable<double> values) => Math.Max(1e-9, Math.Sqrt(values.Average(value => value * value)));
}
