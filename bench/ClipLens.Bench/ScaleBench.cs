using System.Diagnostics;
using System.Security.Cryptography;
using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Bench;

/// <summary>
/// What the main job of one tower takes, from one run: time beside the plain forward pass of the same files, disk and memory. Two numbers
/// of images give what an image costs and what a run costs once, and so what other numbers take.
/// </summary>
internal sealed class ScaleBench(string name, ClipModel model, IReadOnlyList<ImageEntry> images, ScaleBench.Settings settings)
{
    private const int Paper = 5000;
    private readonly ImageTower tower = model.Image;
    private long peakDisk;

    /// <param name="Few">The smaller number of images.</param>
    /// <param name="Many">The larger.</param>
    /// <param name="Top">Top images of a neuron.</param>
    /// <param name="Sample">Images of the sample; what suits the model if null.</param>
    /// <param name="Batch">Images in a forward pass.</param>
    /// <param name="Rounds">Rounds.</param>
    internal sealed record Settings(int Few, int Many, int Top, int? Sample, int Batch, int Rounds);

    private int[] One => [tower.Config.Layers - 3];

    private int[] All => [.. Enumerable.Range(0, tower.Config.Layers - 1)];

    /// <summary>Times beside each other, round by round.</summary>
    public void Run((double Rate, string Shape) matrix, TextWriter output)
    {
        var (few, many) = (settings.Few, settings.Many);
        using var pixels = randn(settings.Batch, 3, tower.Config.ImageSize, tower.Config.ImageSize);
        Analyze(All, settings.Batch);
        Forward(_ => pixels, settings.Batch);
        var (clock, processor) = Rounds.MeasureAtOnce(settings.Rounds,
            () => Forward(_ => pixels, many),
            () => FromFiles(many),
            () => Analyze(One, few),
            () => Analyze(One, many),
            () => Analyze(All, few),
            () => Analyze(All, many),
            () => Hash(many));
        output.WriteLine($"\n{name}: {few} and {many} photographs, batches of {settings.Batch}, top {settings.Top}, median of "
            + $"{settings.Rounds} rounds; in brackets by processor seconds");
        double operations = TowerBench.ForwardOperations(tower.Config) * many / Rounds.Median(clock[0]);
        output.WriteLine($"  plain forward pass, in memory     {many / Rounds.Median(clock[0]),8:F2} images/s, {operations / 1e9:F0} "
            + $"GFLOP/s, {100 * operations / matrix.Rate:F0} % of the best matrix product");
        output.WriteLine($"  the same from files               {many / Rounds.Median(clock[1]),8:F2} images/s, "
            + $"{Rounds.Ratio(clock[1], clock[0]):F3} x ({Rounds.Ratio(processor[1], processor[0]):F3})");
        output.WriteLine($"  reading and hashing the files     {many / Rounds.Median(clock[6]),8:F0} images/s, "
            + $"{Rounds.Ratio(clock[6], clock[1]):F4} x ({Rounds.Ratio(processor[6], processor[1]):F4}) the pass from files");
        Row("one block", 2, 3);
        Row("all blocks", 4, 5);
        output.WriteLine($"  peak memory {Machine.PeakMemory() / 1e9:F2} GB, peak disk {peakDisk / 1e9:F3} GB with {many} images");

        void Row(string what, int less, int more)
        {
            double slope = Slope(clock), once = Once(clock), ownSlope = Slope(processor), ownOnce = Once(processor);
            double plain = Rounds.Median(clock[1]) / many, ownPlain = Rounds.Median(processor[1]) / many;
            output.WriteLine($"  {what,-33} {1 / slope,8:F2} images/s, {slope / plain:F3} x ({ownSlope / ownPlain:F3}) the pass from "
                + $"files, and once a run {once:F1} s ({ownOnce:F1}); so {Paper} images: "
                + $"{(slope + once / Paper) / plain:F3} x ({(ownSlope + ownOnce / Paper) / ownPlain:F3})");

            double Slope(double[][] seconds) => Rounds.Median(seconds[more].Zip(seconds[less], (a, b) => (a - b) / (many - few)));
            double Once(double[][] seconds) => Rounds.Median(seconds[more].Zip(seconds[less], (a, b) => a - many * (a - b) / (many - few)));
        }
    }

    /// <summary>Where the time of the pass goes: what each step adds to those before it, batch after batch on all cores.</summary>
    public void Profile(TextWriter output)
    {
        int count = settings.Many;
        var scratch = Directory.CreateTempSubdirectory("cliplens-bench-");
        try
        {
            using var reader = new ImageBatchReader(model.Preprocessor, images);
            using var some = new ImageBatchReader(model.Preprocessor, [.. images.Take(settings.Few)]);
            var effects = new SecondOrder(tower, All);
            using var pass = new EffectPass(tower, effects, some, Pass(scratch.FullName));
            var watch = Stopwatch.StartNew();
            pass.Run(new Stages(output, watch), CancellationToken.None);
            output.WriteLine($"  pass over {settings.Few}: {watch.Elapsed.TotalSeconds:F2} s");
            watch.Restart();
            int layers = 0;
            foreach (var _ in DatasetAnalysis.Analyze([pass], All, settings.Top, DirectionSign.Strongest, null, CancellationToken.None))
            {
                output.WriteLine($"  top images and directions of layer {layers++}: {watch.Elapsed.TotalSeconds:F2} s");
                watch.Restart();
            }
            int batch = pass.Batch;
            var steps = Passes.Steps(tower, pass);
            var (clock, processor) = Rounds.Measure(settings.Rounds,
                [.. steps.Select(step => (Action)(() => Each(read => step.Work(read.Pixels))))]);
            foreach (var (i, step) in steps.Index())
                output.WriteLine($"  {step.Name,-40} {Rounds.Median(clock[i]),7:F2} s {Rounds.Ratio(clock[i], clock[0]):F3} x "
                    + $"({Rounds.Ratio(processor[i], processor[0]):F3})");

            void Each<T>(Func<ImageBatch, T> work) where T : class =>
                new DatasetPass(reader, batch, "").Until((count + batch - 1) / batch).Run(work, (_, _) => { });
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private sealed class Stages(TextWriter output, Stopwatch watch) : IProgress<WorkProgress>
    {
        private string stage = "";

        public void Report(WorkProgress value)
        {
            if (value.Stage == stage && value.Done < value.Total) return;
            output.WriteLine($"    {value.Stage} {value.Done}/{value.Total}: {watch.Elapsed.TotalSeconds:F2} s");
            stage = value.Stage;
        }
    }

    private void Forward(Func<int, Tensor> pixels, int count) => Passes.Forward(tower, pixels, count, settings.Batch);

    private void FromFiles(int count)
    {
        using var reader = new ImageBatchReader(model.Preprocessor, [.. images.Take(count)]);
        new DatasetPass(reader, settings.Batch, "").Run(read => tower.Encode(read.Pixels), (_, _) => { });
    }

    private void Hash(int count) => Parallel.For(0, count, i => SHA256.HashData(File.ReadAllBytes(images[i].Path)));

    private DatasetSettings Pass(string folder) =>
        new() { ScratchFolder = folder, Top = settings.Top, Batch = settings.Batch, Sample = settings.Sample };

    private void Analyze(int[] layers, int number) => Passes.Analyze(model, [.. images.Take(number)], layers,
        Pass(""), scratch => peakDisk = Math.Max(peakDisk, Passes.Bytes(scratch)));
}
