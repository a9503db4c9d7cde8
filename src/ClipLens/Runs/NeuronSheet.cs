using ClipLens.Drawing;
using ClipLens.Models;
using ClipLens.Neurons;

namespace ClipLens.Runs;

/// <summary>The contact sheet of a neuron: its top images as the model sees them, with its activation at every patch over them.</summary>
public static class NeuronSheet
{
    /// <summary>Makes the sheet; a forward pass over its images gives the activations.</summary>
    /// <param name="run">The run.</param>
    /// <param name="model">The run's model.</param>
    /// <param name="neuron">The neuron.</param>
    /// <param name="count">Images at most, from the one with the largest effect on.</param>
    /// <param name="texts">Lines beneath the heading, such as those of <see cref="NeuronTexts.Lines"/>.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="ClipLensException">The neuron is not in the run, or an image is not there any more or has changed.</exception>
    public static ContactSheet Draw(RunDirectory run, ClipModel model, NeuronId neuron, int count, IReadOnlyList<string> texts,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(texts);
        var layer = run.NeuronsWith(neuron);
        var tiles = new List<ContactTile>();
        foreach (var map in NeuronMaps.Read(run, model, neuron, count, cancellation)) tiles.Add(Tile(run, layer, neuron, map));
        string heading = $"Neuron {neuron.Index} of layer {neuron.Layer}: {layer.VarianceExplained[neuron.Index]:0.0%} of the variance "
            + "explained";
        return new ContactSheet([heading, .. texts], tiles)
        {
            HeatLegend = "Left the image as the model sees it; right over it the neuron's activation at every patch, from the smallest on "
                + "this image to the largest. Effects in percent of the length of the image's representation.",
        };
    }

    private static ContactTile Tile(RunDirectory run, LayerNeurons layer, NeuronId neuron, NeuronMap map)
    {
        string name = Path.GetFileName(run.Images[map.Image].Path);
        string size = FormattableString.Invariant($"{layer.TopNormsOf(neuron.Index)[map.Place]:0.00}");
        return new(map.Picture, $"{map.Place + 1}. effect {size} %\n{name}", map.Heat);
    }
}
