using ClipLens.Files;

namespace ClipLens.Runs.Storage;

/// <summary>The portraits of a block's neurons as <c>portraits.safetensors</c>, and the representations of a run's images.</summary>
internal static class PortraitFile
{
    private const string Remedy = "delete the file, it is made again";

    /// <summary>Writes a block's portraits.</summary>
    public static void Write(string path, LayerPortraits portraits)
    {
        long count = portraits.Count;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        SafeTensorsWriter.Save(path,
        [
            SafeTensorData.From("sample", portraits.Sample.ToArray(), portraits.Sample.Count),
            Rows("sample_norms", portraits.SampleNorms),
            Rows("histogram", portraits.Histogram),
            Rows("below_images", portraits.BelowImages),
            Rows("below_norms", portraits.BelowNorms),
            Rows("routes", portraits.Routes),
            Rows("image_mean", portraits.ImageMean),
            SafeTensorData.From("polysemanticity", portraits.Polysemanticity.ToArray(), count),
        ]);

        SafeTensorData Rows<T>(string name, ReadOnlyMemory<T> values) where T : unmanaged =>
            SafeTensorData.From(name, values, count, values.Length / count);
    }

    /// <summary>Reads a block's portraits.</summary>
    /// <exception cref="ClipLensException">The file is damaged, lacks a tensor or is of another run.</exception>
    public static LayerPortraits Read(string path, int layer, RunManifest run)
    {
        using var file = RunTensors.Open(path, Remedy);
        long count = run.Model.Neurons;
        int[] sample = file.Read<int>("sample", [.. file.Shape("sample")]);
        int[] below = file.Read<int>("below_images", count, LayerPortraits.Below);
        int[] histogram = file.Read<int>("histogram", count, LayerPortraits.Bins);
        if (sample.Any(image => image < 0 || image >= run.Images.Count) || below.Any(image => image < -1 || image >= run.Images.Count)
            || histogram.Any(images => images < 0)) throw file.Refusal("names images that the run has not");
        return new()
        {
            Layer = layer,
            Count = (int)count,
            Sample = sample,
            SampleNorms = file.Finite("sample_norms", count, sample.Length),
            Histogram = histogram,
            BelowImages = below,
            BelowNorms = file.Finite("below_norms", count, LayerPortraits.Below),
            Routes = file.Finite("routes", count, file.Shape("routes") is [_, var paths] ? paths : 0),
            ImageMean = file.Finite("image_mean", count, run.Model.EmbedDim),
            Polysemanticity = file.Finite("polysemanticity", count),
        };
    }

    /// <summary>Reads one score of a block's neurons alone.</summary>
    /// <exception cref="ClipLensException">As <see cref="Read"/>.</exception>
    public static float[] ReadPolysemanticity(string path, RunManifest run)
    {
        using var file = RunTensors.Open(path, Remedy);
        return file.Finite("polysemanticity", run.Model.Neurons);
    }

    /// <summary>Writes the unit representations of a run's images: [images, d], zero where one could not be read.</summary>
    public static void WriteImages(string path, float[] representations, int images) =>
        SafeTensorsWriter.Save(path, [SafeTensorData.From("representations", representations, images, representations.Length / images)]);

    /// <summary>Reads them.</summary>
    /// <exception cref="ClipLensException">The file is damaged or is of another run.</exception>
    public static float[] ReadImages(string path, RunManifest run)
    {
        using var file = RunTensors.Open(path, Remedy);
        return file.Finite("representations", run.Images.Count, run.Model.EmbedDim);
    }
}
