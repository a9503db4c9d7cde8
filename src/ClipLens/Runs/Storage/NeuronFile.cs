using ClipLens.Compute;
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
        FileKind.RefuseSpecial(path);
        using var file = SafeTensorsFile.Open(path);
        long count = run.Model.Neurons, width = run.Model.EmbedDim, top = file["top_images"].Shape is [_, var own] ? own : 0;
        int[] images = Read<int>(file, "top_images", count, top);
        if (top < 1 || !Array.TrueForAll(images, image => image >= 0 && image < run.Images.Count))
            throw new ClipLensException($"{path} names top images that the run has not; make the run again, overwriting it.");
        return new LayerNeurons
        {
            Layer = layer,
            Count = (int)count,
            Width = (int)width,
            Top = (int)top,
            Mean = default,
            Direction = Finite(file, "direction", count, width),
            VarianceExplained = Finite(file, "variance_explained", count),
            TopImages = images,
            TopNorms = Finite(file, "top_norms", count, top),
            Threshold = Finite(file, "threshold", count),
        };
    }

    /// <summary>The means that <see cref="ReadBrief"/> leaves out.</summary>
    /// <exception cref="ClipLensException">As there.</exception>
    public static float[] ReadMeans(string path, RunManifest run)
    {
        FileKind.RefuseSpecial(path);
        using var file = SafeTensorsFile.Open(path);
        return Finite(file, "mean", run.Model.Neurons, run.Model.EmbedDim);
    }

    private static float[] Finite(SafeTensorsFile file, string name, params long[] shape)
    {
        float[] values = Read<float>(file, name, shape);
        return Vectors.AreFinite(values) ? values
            : throw new ClipLensException($"{file.Path} has something in the tensor '{name}' that is no number; make the run again, "
            + "overwriting it.");
    }

    private static T[] Read<T>(SafeTensorsFile file, string name, params long[] shape) where T : unmanaged =>
        file[name].Shape.SequenceEqual(shape) ? file.Read<T>(name)
        : throw new ClipLensException($"{file.Path} has the tensor '{name}' of shape {file[name].ShapeText}, which does not fit the run; "
        + "make the run again, overwriting it.");
}
