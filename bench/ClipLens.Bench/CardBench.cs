using System.Diagnostics;
using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Bench;

/// <summary>
/// What a tower does on a card, beside which a few cores decode and keep: every figure is told as soon as it is known, and what is done
/// once a run is done once, so that little time brings most of them. Images are repeated where there are fewer than asked for.
/// </summary>
internal sealed class CardBench : IDisposable
{
    private const int Warm = 4, MostBatches = 1 << 14;
    private const double LeastSeconds = 1;
    private readonly string name;
    private readonly ClipModel model;
    private readonly ImageTower tower;
    private readonly Settings settings;
    private readonly TextWriter output;
    private readonly ImageEntry[] images;
    private readonly ImageBatchReader reader;
    private long peakDisk;
    private double inMemory, fromFiles;

    /// <param name="name">What the tower is called.</param>
    /// <param name="model">The model.</param>
    /// <param name="photographs">Images that there are.</param>
    /// <param name="settings">How much.</param>
    /// <param name="output">Where the figures go.</param>
    public CardBench(string name, ClipModel model, IReadOnlyList<ImageEntry> photographs, Settings settings, TextWriter output)
    {
        (this.name, this.model, tower, this.settings, this.output) = (name, model, model.Image, settings, output);
        // Mixed, so that a sample spread over them is not the same few again and again.
        images = [.. Enumerable.Range(0, settings.Count).Select(i => photographs[i % photographs.Count])];
        new Random(0).Shuffle(images);
        reader = new ImageBatchReader(model.Preprocessor, images);
        Line($"{name}: {settings.Count} images ({photographs.Count} photographs), on {model.Placement.DeviceName} in "
            + $"{model.Placement.TypeName}, batches of {settings.Batch}, top {settings.Top}");
    }

    /// <param name="Count">Images of the run.</param>
    /// <param name="Top">Top images of a neuron.</param>
    /// <param name="Sample">Images of the sample; what suits the model if null.</param>
    /// <param name="Batch">Images in a forward pass.</param>
    /// <param name="MemoryBudget">Bytes of kept coefficients that may be mapped to memory.</param>
    /// <param name="PassOnly">Whether a run ends with the pass.</param>
    internal sealed record Settings(int Count, int Top, int? Sample, int Batch, long MemoryBudget, bool PassOnly);

    /// <summary>Measures everything, what matters most first.</summary>
    public void Run()
    {
        if (!model.Placement.IsProcessor)
            Line($"  matrix product of 8192 x 8192 on the card {Machine.MatrixProductRate(model.Placement) / 1e12,22:F1} TFLOP/s");
        using (var pixels = randn(settings.Batch, 3, tower.Config.ImageSize, tower.Config.ImageSize))
        {
            using (var there = pixels.to(model.Placement.Device)) Forward("plain forward pass, pixels on the device", there);
            inMemory = Forward("plain forward pass, pixels in memory", pixels);
        }
        Line($"  decoding alone {Files(read => read.Pixels),52:F1} images/s");
        fromFiles = Files(read => tower.Encode(read.Pixels));
        Line($"  plain forward pass from files {fromFiles,37:F1} images/s");
        int layers = tower.Config.Layers;
        Analyze($"all {layers - 1} blocks", [.. Enumerable.Range(0, layers - 1)]);
        Analyze("one block", [layers - 3]);
    }

    public void Dispose() => reader.Dispose();

    private double Forward(string what, Tensor pixels)
    {
        double rate = Rate(tower.Encode, pixels);
        Line($"  {what,-44} {rate,22:F1} images/s, {TowerBench.ForwardOperations(tower.Config) * rate / 1e12:F1} TFLOP/s");
        return rate;
    }

    /// <summary>Images a second of something that is done with the same batch again and again, the device's work included.</summary>
    private double Rate(Func<Tensor, Tensor> work, Tensor pixels)
    {
        Seconds(Warm);
        int batches = 2 * Warm;
        double seconds = Seconds(batches);
        for (; seconds < LeastSeconds && batches < MostBatches; seconds = Seconds(batches)) batches *= 4;
        return batches * (double)pixels.shape[0] / seconds;

        double Seconds(int number)
        {
            var clock = Stopwatch.StartNew();
            Passes.Each(work, _ => pixels, number);
            model.Placement.Synchronize();
            return clock.Elapsed.TotalSeconds;
        }
    }

    private double Files(Func<ImageBatch, Tensor> work)
    {
        var clock = Stopwatch.StartNew();
        new DatasetPass(reader, settings.Batch, "").Run(work, (_, _) => { });
        return images.Length / clock.Elapsed.TotalSeconds;
    }

    private void Analyze(string what, int[] layers)
    {
        var log = new Log();
        peakDisk = 0;
        Line($"  analyze, {what}");
        Passes.Analyze(model, images, layers, new()
        {
            ScratchFolder = "",
            Top = settings.Top,
            Batch = settings.Batch,
            Sample = settings.Sample,
            MemoryBudget = settings.MemoryBudget,
            SaveInterval = TimeSpan.MaxValue
        }, Look, log, pass =>
            {
                double ended = log.Now;
                Tell(pass, log, ended);
                if (layers.Length > 1) Steps(pass);
                log.Restart();
                return !settings.PassOnly;
            });
        if (!settings.PassOnly)
            Line($"    top images and directions {log.Now - log.Looking,41:F2} s"
                + (log.Looked is { } looked ? $"; \"{looked}\" {log.Looking:F2} s" : ""));
        Line($"    peak memory {Machine.PeakMemory() / 1e9:F1} GB, scratch files {peakDisk / 1e9:F2} GB");
    }

    /// <summary>The parts of a pass: what is done once a run, or at every move of the centre, and what an image costs.</summary>
    private void Tell(EffectPass pass, Log log, double ended)
    {
        int sample = pass.Order.Sample, others = pass.Order.Count - sample, moves = 0, from = sample;
        double sampled = log.Forward.Last(own => own.Done <= sample).Seconds, last = log.Forward[^1].Seconds;
        double tables = Math.Max(sampled, log.Tables), saving = ended - last;
        Line($"    batches of {pass.Batch}, {pass.Effects.Layers.Count(layer => pass.Layer(layer).DeviceForms is not null)} blocks measured "
            + "on the device");
        Line($"    sample of {sample} {sampled,52:F2} s");
        Line($"    tables of directions {tables - sampled,46:F2} s");
        for (int boundary = 2 * sample; boundary < pass.Order.Count; boundary *= 2, moves++) from = boundary;
        double moving = Move(pass), stops = moves * (moving + saving);
        Line($"    {others} images behind the sample {last - tables,33:F2} s, {moves} moves of the centre among them of {moving:F2} s and "
            + $"{saving:F2} s to save");
        if (others == 0) return;
        Compared($"    {others} images without the moves", others / (last - tables - stops));
        int stretch = pass.Order.Count - from;
        if (stretch < 2 * pass.Batch * Environment.ProcessorCount) return;
        // Threads start together and the last batches have all cores: neither belongs to the rate.
        var (begin, end) = (log.After(from + stretch / 4), log.After(from + stretch * 3 / 4 - 1));
        Compared($"    from the {begin.Done}th to the {end.Done}th", (end.Done - begin.Done) / (end.Seconds - begin.Seconds));
    }

    /// <summary>Seconds of one more move of the centre, to the mean of all images.</summary>
    private static double Move(EffectPass pass)
    {
        using var scope = NewDisposeScope();
        var clock = Stopwatch.StartNew();
        foreach (int layer in pass.Effects.Layers)
        {
            var (coefficients, bias) = EffectSums.Mean([pass.Sums], layer);
            pass.Layer(layer).Move(coefficients, bias, MeanDrift.Ahead(pass.Sums.Images, pass.Order.Images), null, CancellationToken.None);
        }
        return clock.Elapsed.TotalSeconds;
    }

    /// <summary>What each step of the pass costs when the pixels are in memory.</summary>
    private void Steps(EffectPass pass)
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        // Photographs: noise would reach far above what was kept.
        var pixels = reader.Read(0, pass.Batch).Pixels;
        double plain = 0;
        foreach (var (what, work) in Passes.Steps(tower, pass))
        {
            double rate = Rate(work, pixels);
            if (plain == 0) plain = rate;
            Line($"    in memory, {what,-40} {rate,15:F1} images/s, {plain / rate:F3} x");
        }
    }

    private void Compared(string what, double rate) => Line($"{what,-45} {rate,22:F1} images/s, {inMemory / rate:F3} x the forward pass in "
        + $"memory, {fromFiles / rate:F3} x from files");

    private void Look(DirectoryInfo scratch) => peakDisk = Math.Max(peakDisk, Passes.Bytes(scratch));

    private void Line(string text)
    {
        output.WriteLine(text);
        output.Flush();
    }

    /// <summary>When what was done.</summary>
    private sealed class Log : IProgress<WorkProgress>
    {
        private readonly Stopwatch clock = Stopwatch.StartNew();
        private double lookBegin, lookEnd;

        public List<(int Done, double Seconds)> Forward { get; } = [];
        public double Tables { get; private set; }
        public string? Looked { get; private set; }
        public double Looking => Looked is null ? 0 : lookEnd - lookBegin;
        public double Now => clock.Elapsed.TotalSeconds;

        public void Restart() => clock.Restart();

        /// <summary>The first time that more than so many images were done.</summary>
        public (int Done, double Seconds) After(int images) => Forward.First(own => own.Done > images);

        public void Report(WorkProgress value)
        {
            if (value.Stage == "Forward pass") Forward.Add((value.Done, Now));
            else if (value.Stage == "Tables of directions") Tables = Now;
            else if (value.Stage.StartsWith("Another look", StringComparison.Ordinal))
            {
                if (Looked is null) lookBegin = Now;
                (Looked, lookEnd) = (value.Stage, Now);
            }
        }
    }
}
