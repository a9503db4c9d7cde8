using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Models.Configuration;
using ClipLens.Models.Images;
using static TorchSharp.torch;

namespace ClipLens.Bench;

/// <summary>The figures of one image tower, from one run: plain forward pass, decoding, the passes of an analysis, and their
/// ratios.</summary>
internal sealed class TowerBench(string name, ClipModel model, IReadOnlyList<ImageEntry> images, int rounds, int batchSize) : IDisposable
{
    private const int Top = 20;
    private readonly ImageTower tower = model.Image;
    private readonly ImageBatchReader reader = new(model.Preprocessor, images);

    public void Run(double matrixRate, TextWriter output)
    {
        int layers = tower.Config.Layers, count = images.Count;
        int[] one = [layers - 3], all = [.. Enumerable.Range(0, layers - 1)];
        using var pixels = randn(batchSize, 3, tower.Config.ImageSize, tower.Config.ImageSize);
        var seconds = Rounds.Time(rounds,
            () => Forward(_ => pixels),
            () => Decode(),
            () => Forward(Read),
            () => Analyze(one, count),
            () => Analyze(all, count),
            () => Analyze(all, count / 2));
        var (plain, decode, fromFiles, oneLayer, allLayers, half) =
            (seconds[0], seconds[1], seconds[2], seconds[3], seconds[4], seconds[5]);
        // What a run costs once, whatever the number of images, is what half of the images do not halve.
        double[] once = [.. allLayers.Zip(half, (whole, part) => 2 * part - whole)],
            rest = [.. allLayers.Zip(once, (whole, fixedPart) => whole - fixedPart)];
        double operations = ForwardOperations(tower.Config);
        output.WriteLine($"\n{name}: {count} photographs, on {model.Placement.DeviceName} in {model.Placement.TypeName}, batches of "
            + $"{batchSize}, top {Top}, median of {rounds} rounds");
        Row(output, "plain forward pass, pictures in memory", plain, count,
            $"{operations * count / Rounds.Median(plain) / 1e9:F0} GFLOP/s, "
            + $"{100 * operations * count / Rounds.Median(plain) / matrixRate:F0} % of the matrix-product rate");
        Row(output, "decoding and preprocessing alone", decode, count, $"{Rounds.Ratio(decode, plain):F2} x the forward pass");
        Row(output, "plain forward pass from files (embed)", fromFiles, count, $"{Rounds.Ratio(fromFiles, plain):F2} x the forward pass");
        Row(output, $"analyze block {one[0]}", oneLayer, count, Ratios(oneLayer, plain, fromFiles));
        Row(output, $"analyze all {all.Length} blocks", allLayers, count, Ratios(allLayers, plain, fromFiles));
        output.WriteLine($"    of which once a run, whatever the number of images: {Rounds.Median(once):F1} s; the rest "
            + $"{Rounds.Ratio(rest, plain):F2} x the forward pass");
        double perImage = Rounds.Median(plain) / count;
        output.WriteLine($"    so with 1,000 images {Rounds.Ratio(rest, plain) + Rounds.Median(once) / (1000 * perImage):F2} x, with "
            + "5,000 images "
            + $"{Rounds.Ratio(rest, plain) + Rounds.Median(once) / (5000 * perImage):F2} x the forward pass");
        output.WriteLine($"  peak memory of the process so far: {Machine.PeakMemory() / 1e9:F2} GB");
    }

    public void Dispose() => reader.Dispose();

    /// <summary>Floating-point operations of the forward pass of one picture; the last block is computed for the class token
    /// alone.</summary>
    public static double ForwardOperations(VisionConfig config)
    {
        double tokens = config.Tokens, width = config.Width;
        double embed = 2.0 * (tokens - 1) * 3 * config.PatchSize * config.PatchSize * width;
        double block = 2 * tokens * width * (4 * width + 2.0 * config.MlpWidth) + 4 * tokens * tokens * width;
        double last = 2 * width * (2 * width + 2.0 * config.MlpWidth) + 4 * tokens * width * width + 4 * tokens * width;
        return embed + (config.Layers - 1) * block + last;
    }

    private static string Ratios(double[] own, double[] plain, double[] fromFiles) =>
        $"{Rounds.Ratio(own, plain):F2} x the forward pass, {Rounds.Ratio(own, fromFiles):F2} x the same from files";

    private static void Row(TextWriter output, string what, double[] seconds, int count, string more) =>
        output.WriteLine($"  {what,-52} {count / Rounds.Median(seconds),7:F1} images/s   {more}");

    private Tensor Read(int batch) => reader.Read(batch * batchSize, Math.Min(batchSize, images.Count - batch * batchSize)).Pixels;

    private void Forward(Func<int, Tensor> pixels) => Passes.Forward(tower, pixels, images.Count, batchSize);

    private void Decode() =>
        OrderedWork.Run(0, (images.Count + batchSize - 1) / batchSize, Read, (_, _) => { }, null, CancellationToken.None);

    private void Analyze(int[] layers, int number) => Passes.Analyze(model, [.. images.Take(number)], layers,
        new() { ScratchFolder = "", Top = Top, Batch = batchSize });
}
