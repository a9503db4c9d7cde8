using ClipLens.Compute;
using ClipLens.Files;

namespace ClipLens.Runs.Storage;

/// <summary>The portraits of a block's neurons as <c>portraits.safetensors</c>, and the representations of a run's images.</summary>
internal static class PortraitFile
{
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
        FileKind.RefuseSpecial(path);
        using var file = SafeTensorsFile.Open(path);
        long count = run.Model.Neurons;
        int[] sample = Read<int>(file, "sample", [.. file["sample"].Shape]);
        int[] below = Read<int>(file, "below_images", count, LayerPortraits.Below), histogram = Read<int>(file, "histogram", count,
            LayerPortraits.Bins);
        if (sample.Any(image => image < 0 || image >= run.Images.Count) || below.Any(image => image < -1 || image >= run.Images.Count)
            || histogram.Any(images => images < 0)) throw Damaged(file, "its images");
        return new()
        {
            Layer = layer,
            Count = (int)count,
            Sample = sample,
            SampleNorms = Finite(file, "sample_norms", count, sample.Length),
            Histogram = histogram,
            BelowImages = below,
            BelowNorms = Finite(file, "below_norms", count, LayerPortraits.Below),
            Routes = Finite(file, "routes", count, file["routes"].Shape is [_, var paths] ? paths : 0),
            ImageMean = Finite(file, "image_mean", count, run.Model.EmbedDim),
            Polysemanticity = Finite(file, "polysemanticity", count),
        };
    }

    /// <summary>Reads one score of a block's neurons alone.</summary>
    /// <exception cref="ClipLensException">As <see cref="Read"/>.</exception>
    public static float[] ReadPolysemanticity(string path, RunManifest run)
    {
        FileKind.RefuseSpecial(path);
        using var file = SafeTensorsFile.Open(path);
        return Finite(file, "polysemanticity", run.Model.Neurons);
    }

    /// <summary>Writes the unit representations of a run's images: [images, d], zero where one could not be read.</summary>
    public static void WriteImages(string path, float[] representations, int images) =>
        SafeTensorsWriter.Save(path, [SafeTensorData.From("representations", representations, images, representations.Length / images)]);

    /// <summary>Reads them.</summary>
    /// <exception cref="ClipLensException">The file is damaged or is of another run.</exception>
    public static float[] ReadImages(string path, RunManifest run)
    {
        FileKind.RefuseSpecial(path);
        using var file = SafeTensorsFile.Open(path);
        return Finite(file, "representations", run.Images.Count, run.Model.EmbedDim);
    }

    private static float[] Finite(SafeTensorsFile file, string name, params long[] shape)
    {
        float[] values = Read<float>(file, name, shape);
        return Vectors.AreFinite(values) ? values : throw Damaged(file, $"the tensor '{name}'");
    }

    private static T[] Read<T>(SafeTensorsFile file, string name, params long[] shape) where T : unmanaged =>
        file[name].Shape.SequenceEqual(shape) ? file.Read<T>(name) : throw Damaged(file, $"the tensor '{name}'");

    private static ClipLensException Damaged(SafeTensorsFile file, string what) =>
        new($"{file.Path} does not fit the run ({what}); delete the file, it is made again.");
}
