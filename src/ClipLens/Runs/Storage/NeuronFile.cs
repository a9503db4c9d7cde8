using ClipLens.Files;
using ClipLens.Neurons;

namespace ClipLens.Runs.Storage;

/// <summary>The neurons of a block as <c>neurons.safetensors</c>.</summary>
internal static class NeuronFile
{
    public static void Write(string path, LayerNeurons neurons)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        long count = neurons.Count, width = neurons.Width, top = neurons.Top;
        SafeTensorsWriter.Save(path,
        [
            SafeTensorData.From("mean", neurons.Mean, count, width),
            SafeTensorData.From("direction", neurons.Direction, count, width),
            SafeTensorData.From("variance_explained", neurons.VarianceExplained.ToArray(), count),
            SafeTensorData.From("top_images", neurons.TopImages, count, top),
            SafeTensorData.From("top_norms", neurons.TopNorms, count, top),
            SafeTensorData.From("threshold", neurons.Threshold.ToArray(), count),
        ]);
    }

    /// <summary>Reads all of it.</summary>
    /// <exception cref="ClipLensException">As <see cref="ReadBrief"/>.</exception>
    public static LayerNeurons Read(string path, int layer, RunManifest run) =>
        ReadBrief(path, layer, run) with { Mean = ReadMeans(path, run) };

    /// <param name="path">The file.</param>
    /// <param name="layer">The block.</param>
    /// <param name="run">The facts of the run, which the file must fit.</param>
    /// <returns>The neurons, without their means.</returns>
    /// <exception cref="ClipLensException">The file is missing, damaged, lacks a tensor or is of another run.</exception>
    public static LayerNeurons ReadBrief(string path, int layer, RunManifest run)
    {
        using var file = RunTensors.Open(path);
        long count = run.Model.Neurons, width = run.Model.EmbedDim, top = file.Shape("top_images") is [_, var own] ? own : 0;
        int[] images = file.Read<int>("top_images", count, top);
        if (top < 1 || !Array.TrueForAll(images, image => image >= 0 && image < run.Images.Count))
            throw file.Refusal("names top images that the run has not");
        return new LayerNeurons
        {
            Layer = layer,
            Count = (int)count,
            Width = (int)width,
            Top = (int)top,
            Mean = default,
            Direction = file.Finite("direction", count, width),
            VarianceExplained = file.Finite("variance_explained", count),
            TopImages = images,
            TopNorms = file.Finite("top_norms", count, top),
            Threshold = file.Finite("threshold", count),
        };
    }

    /// <summary>The means that <see cref="ReadBrief"/> leaves out.</summary>
    /// <exception cref="ClipLensException">As there.</exception>
    public static float[] ReadMeans(string path, RunManifest run)
    {
        using var file = RunTensors.Open(path);
        return file.Finite("mean", run.Model.Neurons, run.Model.EmbedDim);
    }
}
