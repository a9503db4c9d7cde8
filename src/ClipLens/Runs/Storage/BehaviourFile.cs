using ClipLens.Files;
using ClipLens.Neurons;
using ClipLens.Texts.ActsOn;
using static TorchSharp.torch;

namespace ClipLens.Runs.Storage;

/// <summary>
/// What texts of what neurons act on are found from, whatever pool comes later: <c>representations.safetensors</c> for the images and
/// <c>behaviour.safetensors</c> for a block's neurons, each by thirds of the images.
/// </summary>
internal static class BehaviourFile
{
    /// <summary>Writes number, mean and covariance of the images' unit representations.</summary>
    public static void WriteImages(string path, ImageSums images)
    {
        using var scope = NewDisposeScope();
        int[] parts = [.. Enumerable.Range(0, ImageSums.Parts)];
        SafeTensorsWriter.Save(path,
        [
            SafeTensorData.From("count", [.. parts.Select(part => (int)images.Count(part))], ImageSums.Parts),
            SafeTensorData.From("mean", stack(parts.Select(images.Mean))),
            SafeTensorData.From("covariance", stack(parts.Select(images.Covariance))),
        ]);
    }

    /// <summary>Writes mean and variance of the norms of a block's centred effects, and their covariance with the
    /// representations.</summary>
    public static void Write(string path, ImageSums images, BehaviourSums behaviour)
    {
        using var scope = NewDisposeScope();
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var moments = Enumerable.Range(0, ImageSums.Parts).Select(part => behaviour.Moments(part, images)).ToList();
        SafeTensorsWriter.Save(path,
        [
            SafeTensorData.From("mean", stack(moments.Select(part => part.Mean)).to(ScalarType.Float32)),
            SafeTensorData.From("variance", stack(moments.Select(part => part.Variance)).to(ScalarType.Float32)),
            SafeTensorData.From("covariance", stack(moments.Select(part => part.Covariance)).to(ScalarType.Float32)),
        ]);
    }

    /// <summary>Whether there are enough images that texts can be checked on some of them.</summary>
    public static bool CanBeSplit(string images)
    {
        if (!File.Exists(images)) return false;
        using var file = RunTensors.Open(images);
        return Counts(file).Min() >= ActingTexts.LeastImages;
    }

    /// <summary>The covariance of all images' representations within the parts, float64 [d, d], for the caller to own; null if the run has
    /// no such file.</summary>
    public static Tensor? ReadCovariance(string images)
    {
        if (!File.Exists(images)) return null;
        using var scope = NewDisposeScope();
        using var file = SafeTensorsFile.Open(images);
        return file.LoadStored("covariance").mean([0L]).MoveToOuterDisposeScope();
    }

    /// <summary>Reads both files; the caller owns the moments.</summary>
    /// <param name="images">The file of the images.</param>
    /// <param name="behaviour">The file of a block.</param>
    /// <param name="neurons">Neurons of the block.</param>
    /// <param name="width">Width of a representation.</param>
    /// <exception cref="ClipLensException">A file is missing, damaged, lacks a tensor or does not fit the run.</exception>
    public static IReadOnlyList<BehaviourMoments> Read(string images, string behaviour, int neurons, int width)
    {
        using var scope = NewDisposeScope();
        using RunTensors own = RunTensors.Open(images), other = RunTensors.Open(behaviour);
        int[] counts = Counts(own);
        // Each has a part of the images in a row.
        const int parts = ImageSums.Parts;
        Tensor means = own.Wide("mean", parts, width), covariances = own.Wide("covariance", parts, width, width);
        Tensor norms = other.Wide("mean", parts, neurons), variances = other.Wide("variance", parts, neurons),
            joint = other.Wide("covariance", parts, neurons, width);
        return [.. counts.Select((count, part) =>
            new BehaviourMoments(count, Part(means, part), Part(covariances, part), Part(norms, part), Part(variances, part),
            Part(joint, part)))];

        static Tensor Part(Tensor all, int part) => all[part].clone().MoveToOuterDisposeScope();
    }

    private static int[] Counts(RunTensors file)
    {
        int[] counts = file.Read<int>("count", [.. file.Shape("count")]);
        return counts.Length == ImageSums.Parts && counts.Min() >= 0 ? counts
            : throw file.Refusal($"is damaged: it counts no {ImageSums.Parts} parts of the images");
    }
}
