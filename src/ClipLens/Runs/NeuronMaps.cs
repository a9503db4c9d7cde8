using ClipLens.Compute;
using ClipLens.Drawing;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Runs;

/// <summary>Where on one of its top images a neuron is active.</summary>
/// <param name="Place">The image's place among the neuron's top images, from 0.</param>
/// <param name="Image">The image's index in the dataset.</param>
/// <param name="Picture">The image as the model sees it.</param>
/// <param name="Heat">The neuron's post-activation value at every patch.</param>
public sealed record NeuronMap(int Place, int Image, RgbImage Picture, HeatMap Heat);

/// <summary>A neuron's activation over its top images.</summary>
public static class NeuronMaps
{
    private const int Batch = 16;

    /// <summary>The maps of a neuron's first top images, by place; a forward pass over the images gives them.</summary>
    /// <param name="run">The run.</param>
    /// <param name="model">The run's model.</param>
    /// <param name="neuron">The neuron.</param>
    /// <param name="count">Images at most, from the one with the largest effect on.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="ClipLensException">The neuron is not in the run, or an image is not there any more or has changed.</exception>
    public static IReadOnlyList<NeuronMap> Read(RunDirectory run, ClipModel model, NeuronId neuron, int count,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(model);
        var layer = run.NeuronsWith(neuron);
        int grid = model.Config.Vision.Grid;
        var maps = new List<NeuronMap>();
        foreach (int[] places in Enumerable.Range(0, Math.Min(count, layer.Top)).Chunk(Batch))
        {
            cancellation.ThrowIfCancellationRequested();
            int[] images = [.. places.Select(place => layer.TopImagesOf(neuron.Index)[place])];
            RgbImage[] crops = [.. images.Select(image => Crop(run, model.Preprocessor, image))];
            float[][] values = Activations(model, crops, neuron);
            maps.AddRange(places.Select((place, i) => new NeuronMap(place, images[i], crops[i], new HeatMap(values[i], grid, grid))));
        }
        return maps;
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
        var patches = model.Image.Patches(trace.MlpPost[neuron.Layer].select(2, neuron.Index), 1).contiguous().ToHost();
        return [.. Enumerable.Range(0, crops.Length).Select(i => patches[i].Floats().ToArray())];
    }

    private static RgbImage Crop(RunDirectory run, ImagePreprocessor preprocessor, int index) =>
        new(preprocessor.Size, preprocessor.Size, preprocessor.Crop(run.ReadImage(index)));
}
