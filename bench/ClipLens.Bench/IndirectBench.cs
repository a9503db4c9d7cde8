using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Bench;

/// <summary>
/// Indirect effects of a block beside the plain way, a whole forward pass for every neuron and image. Some neurons and images are measured;
/// the time of the whole block is theirs times the rest, and said to be so: every neuron and image costs the same.
/// </summary>
internal static class IndirectBench
{
    private const int Neurons = 128;
    private const int Wanted = 100;

    public static void Run(string name, ImageTower tower, int images, int rounds, TextWriter output)
    {
        output.WriteLine($"\n{name}: indirect effects of {Neurons} neurons of a block on {images} images, one core a worker, median of "
            + $"{rounds} rounds");
        foreach (int layer in new[] { tower.Config.Layers - 3, tower.Config.Layers / 2 }) OfLayer(tower, layer, images, rounds, output);
    }

    private static void OfLayer(ImageTower tower, int layer, int images, int rounds, TextWriter output)
    {
        using var scope = NewDisposeScope();
        var config = tower.Config;
        using var mean = randn(config.Tokens, config.MlpWidth) * 0.1;
        using var indirect = new IndirectEffects(tower, layer, [.. Enumerable.Range(0, Neurons)], mean);
        using var pixels = randn(1, 3, config.ImageSize, config.ImageSize);
        // A pass for every neuron would take hours; a batch of passes has the rate of many.
        using var batch = randn(16, 3, config.ImageSize, config.ImageSize);
        var (seconds, processor) = Rounds.Measure(rounds,
            () => Each(images, _ => indirect.Measure(tower.Trace(pixels, indirect.Request))),
            () => Each(images, _ => tower.Encode(batch)));
        double own = Rounds.Median(seconds[0]) / images / Neurons;
        double Ratio(double[][] measured) => Rounds.Ratio(measured[1], measured[0]) * Neurons / batch.shape[0];
        output.WriteLine($"  block {layer}: {Rounds.Median(seconds[0]):F1} s; {1 / own:F0} effects/s; so all {config.MlpWidth} neurons "
            + $"on {Wanted} images take "
            + $"{own * config.MlpWidth * Wanted / 60:F0} min (reckoned); a whole forward pass for every neuron takes {Ratio(seconds):F1} "
            + $"times as long ({Ratio(processor):F1} in processor seconds)");
    }

    private static void Each(int count, Func<int, Tensor> work) =>
        OrderedWork.Run(0, count, work, (_, _) => { }, null, CancellationToken.None);
}
