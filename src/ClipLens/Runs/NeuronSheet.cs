using ClipLens.Compute;
using ClipLens.Drawing;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Runs;

/// <summary>The contact sheet of a neuron: its top images as the model sees them, with its activation at every patch over them.</summary>
public static class NeuronSheet
{
    private const int Batch = 16;

    /// <summary>Makes the sheet; a forward pass over its images gives the activations.</summary>
    /// <param name="run">The run.</param>
    /// <param name="model">The run's model.</param>
    /// <param name="neuron">The neuron.</param>
    /// <param name="count">Images at most, from the one with the largest effect on.</param>
    /// <param name="texts">What is written beneath the heading, such as the neuron's texts.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="ClipLensException">The neuron is not in the run, or an image is not there any more or has changed.</exception>
    public static ContactSheet Draw(RunDirectory run, ClipModel model, NeuronId neuron, int count, string texts,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(model);
        var layer = run.NeuronsWith(neuron);
        var tiles = new List<ContactTile>();
        foreach (int[] places in Enumerable.Range(0, Math.Min(count, layer.Top)).Chunk(Batch))
        {
            cancellation.ThrowIfCancellationRequested();
            RgbImage[] crops = [.. places.Select(place => Crop(run, model.Preprocessor, layer.TopImagesOf(neuron.Index)[place]))];
            float[][] maps = Activations(model, crops, neuron);
            for (int i = 0; i < places.Length;
                i++) tiles.Add(Tile(run, layer, neuron, places[i], crops[i], maps[i], model.Config.Vision.Grid));
        }
        string heading = $"Neuron {neuron.Index} of layer {neuron.Layer}: {layer.VarianceExplained[neuron.Index]:0.0%} of the variance "
            + "explained";
        return new ContactSheet(texts.Length > 0 ? [heading, texts] : [heading], tiles)
        {
            HeatLegend = "Left the image as the model sees it; right over it the neuron's activation at every patch, from the smallest on "
                + "this image to the largest. Effects in percent of the length of the image's representation.",
        };
    }

    /// <summary>A neuron's post-activation value at every patch of some pictures: [patches] each, row by row.</summary>
    private static float[][] Activations(ClipModel model, RgbImage[] crops, NeuronId neuron)
    {
        using var _ = inference_mode();
        using var scope = NewDisposeScope();
        var pixels = empty(crops.Length, 3, model.Preprocessor.Size, model.Preprocessor.Size);
        for (int i = 0; i < crops.Length; i++)
            model.Preprocessor.Normalise(crops[i].Pixels, pixels.Floats()
            .Slice(i * model.Preprocessor.InputLength, model.Preprocessor.InputLength));
        var trace = model.Image.Trace(pixels, new TraceRequest { MlpPost = [neuron.Layer] });
        var patches = trace.MlpPost[neuron.Layer].select(2, neuron.Index).narrow(1, 1, model.Config.Vision.Tokens - 1).contiguous();
        return [.. Enumerable.Range(0, crops.Length).Select(i => patches[i].Floats().ToArray())];
    }

    private static ContactTile Tile(RunDirectory run, LayerNeurons layer, NeuronId neuron, int place, RgbImage crop, float[] map, int grid)
    {
        string name = Path.GetFileName(run.Images[layer.TopImagesOf(neuron.Index)[place]].Path);
        return new(crop, FormattableString.Invariant($"{place + 1}. effect {layer.TopNormsOf(neuron.Index)[place]:0.00} %\n{name}"),
            new HeatMap(map, grid, grid));
    }

    private static RgbImage Crop(RunDirectory run, ImagePreprocessor preprocessor, int index)
    {
        var picture = ImageDecoder.Decode(run.ImageBytes(index), run.ImagePath(index), run.Manifest.Settings.ApplyOrientation);
        return new RgbImage(preprocessor.Size, preprocessor.Size, preprocessor.Crop(picture));
    }
}
