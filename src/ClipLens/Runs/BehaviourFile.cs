using ClipLens.Files;
using ClipLens.Neurons;
using ClipLens.Texts.ActsOn;
using static TorchSharp.torch;

namespace ClipLens.Runs;

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
        using var file = SafeTensorsFile.Open(images);
        return file.Read<int>("count").Min() >= ActingTexts.LeastImages;
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
    /// <exception cref="ClipLensException">A file is missing, damaged or lacks a tensor.</exception>
    public static IReadOnlyList<BehaviourMoments> Read(string images, string behaviour)
    {
        using var scope = NewDisposeScope();
        using SafeTensorsFile own = SafeTensorsFile.Open(images), other = SafeTensorsFile.Open(behaviour);
        int[] counts = own.Read<int>("count");
        Tensor means = own.LoadStored("mean"), covariances = own.LoadStored("covariance");
        Tensor norms = Wide("mean"), variances = Wide("variance"), joint = Wide("covariance");
        return [.. counts.Select((count, part) =>
            new BehaviourMoments(count, Part(means, part), Part(covariances, part), Part(norms, part), Part(variances, part),
            Part(joint, part)))];

        Tensor Wide(string name) => other.LoadStored(name).to(ScalarType.Float64);

        static Tensor Part(Tensor all, int part) => all[part].clone().MoveToOuterDisposeScope();
    }
}
