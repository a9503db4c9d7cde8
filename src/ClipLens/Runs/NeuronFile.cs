using ClipLens.Files;
using ClipLens.Neurons;

namespace ClipLens.Runs;

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

    /// <exception cref="ClipLensException">The file is missing, damaged or lacks a tensor.</exception>
    public static LayerNeurons Read(string path, int layer)
    {
        using var file = SafeTensorsFile.Open(path);
        var (mean, top) = (file["mean"].Shape, file["top_images"].Shape);
        if (mean.Count != 2 || top.Count != 2 || mean[0] != top[0]) throw new ClipLensException($"{path} does not hold the neurons of a block; make the run again, overwriting it.");
        return new LayerNeurons
        {
            Layer = layer,
            Count = (int)mean[0],
            Width = (int)mean[1],
            Top = (int)top[1],
            Mean = file.Read<float>("mean"),
            Direction = Read<float>(file, "direction", mean[0] * mean[1]),
            VarianceExplained = Read<float>(file, "variance_explained", mean[0]),
            TopImages = file.Read<int>("top_images"),
            TopNorms = Read<float>(file, "top_norms", top[0] * top[1]),
            Threshold = Read<float>(file, "threshold", mean[0]),
        };
    }

    private static T[] Read<T>(SafeTensorsFile file, string name, long count) where T : unmanaged
    {
        var values = file.Read<T>(name);
        return values.Length == count ? values
            : throw new ClipLensException($"{file.Path} has the tensor '{name}' of shape {file[name].ShapeText}, which does not fit the others; make the run again, overwriting it.");
    }
}
