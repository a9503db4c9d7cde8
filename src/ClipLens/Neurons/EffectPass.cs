using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Images;
using static TorchSharp.torch;

namespace ClipLens.Neurons;

/// <summary>
/// The pass over a dataset, or over a part of it: one forward pass an image gives the coefficients and bias shares of every block asked
/// for. They are added up, measured and dropped; for every neuron the images with the largest effects are kept with their coefficients,
/// some more than will be wanted.
/// </summary>
/// <remarks>
/// Effects are to be centred by the mean over all images, which is known at the end only. So a sample spread over the dataset comes first,
/// its mean is the first centre, and as images come the centre moves to their mean, less and less. What is left out under a centre is
/// shorter, from there, than what is kept; from the final mean it is longer by no more than the distance of the two
/// (<see cref="DatasetAnalysis"/> draws the conclusion). Saved now and then, so that a killed pass goes on where it was and ends with the
/// same bits.
/// </remarks>
internal sealed class EffectPass : IDisposable
{
    private const long BatchBytesPerWorker = 768L << 20, BatchBytesOnCard = 4L << 30, KeptBytes = 900L << 20;
    private const int LeastSample = 96, MostSample = 256, CachedCoefficients = 1 << 18;
    private readonly ITower tower;
    private readonly ImageBatchReader source;
    private readonly DatasetSettings settings;
    private readonly PassState state;
    private bool isBroken;

    public EffectPass(ITower tower, SecondOrder effects, ImageBatchReader source, DatasetSettings settings)
    {
        (this.tower, Effects, this.settings) = (tower, effects, settings);
        Directory.CreateDirectory(settings.ScratchFolder);
        var config = tower.Config;
        var all = settings.Layers.Count > 0 ? settings.Layers : effects.Layers;
        long perNeuron = (long)config.Tokens * all.Count + all.Max(effects.Paths.PathCount);
        long bytes = tower.Placement.IsProcessor ? BatchBytesPerWorker : BatchBytesOnCard;
        Batch = (int)Math.Clamp(bytes / (4 * perNeuron * config.MlpWidth), 1, settings.Batch);
        Order = new ImageOrder(source.Count, settings.Sample ?? (int)Math.Clamp(Fitting, LeastSample, MostSample), Batch, settings.Part);
        this.source = source.Ordered(Order.Indices);
        var limits = settings.MostKept is { } most ? new KeptLimits(settings.Top, most)
            : KeptLimits.For(settings.Top, Order.Sample, Fitting);
        long kept = all.Sum(layer => limits.Bytes(config.MlpWidth, effects.Paths.PathCount(layer)));
        var onDevice = OnDevice(effects);
        state = new(settings.ScratchFolder, [.. effects.Layers.Select(layer => new LayerPass(layer, settings.ScratchFolder, config.MlpWidth,
            effects.Paths.PathCount(layer), tower.EmbedDim, limits, kept <= settings.MemoryBudget, onDevice.Contains(layer)))],
            tower.EmbedDim);
        state.Load(Counts);
    }

    public SecondOrder Effects { get; }

    /// <summary>Images in a forward pass.</summary>
    public int Batch { get; }

    /// <summary>The order of the images, and which of them the pass takes.</summary>
    public ImageOrder Order { get; }

    /// <summary>Outcomes of the images that the pass has seen, in its order.</summary>
    public ImageOutcomes Outcomes => state.Outcomes;

    /// <summary>Whether the pass is through.</summary>
    public bool IsDone => Outcomes.Count == Order.Count && state.Centres > 0;

    /// <summary>Threads; the number of cores if null.</summary>
    public int? Workers => settings.Workers;

    /// <summary>Bytes that may be held in memory of what a pass keeps.</summary>
    public long MemoryBudget => settings.MemoryBudget;

    /// <summary>Sums of the coefficients and bias shares.</summary>
    public EffectSums Sums => state.Sums;

    /// <summary>Sums over the representations.</summary>
    public ImageSums ImageSums => state.ImageSums;

    /// <summary>What is known of a block.</summary>
    public LayerPass Layer(int layer) => state.Layers[layer];

    /// <summary>The index in the dataset of the pass' image of this number.</summary>
    public int IndexOf(int number) => Order.Indices[Order.Position(number)];

    /// <summary>Whether an image of the pass counts for its part: the sample is the first part's.</summary>
    private bool Counts(int number) => number >= Order.Sample || settings.Part.Index == 0;

    /// <summary>What became of the images that count for this part, by their index in the dataset.</summary>
    public IEnumerable<(int Index, ImageOutcome Outcome)> OwnOutcomes =>
        Enumerable.Range(0, Outcomes.Count).Where(Counts).Select(number => (IndexOf(number), Outcomes[number]));

    /// <summary>Runs the pass, or what is left of it.</summary>
    public void Run(IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        if (IsDone) return;
        var work = new Work(new SaveClock(settings.SaveInterval), progress, cancellation);
        Report(progress);
        using var threads = TorchThreads.One();
        try
        {
            RunUntil(Order.Sample, SampleForward, CommitSample, work);
            if (state.Centres == 0) EndSample(work);
            else if (Outcomes.Count < Order.Count) MakeForms(progress, cancellation);
            for (int move = state.Centres; Outcomes.Count < Order.Count; move++)
            {
                long boundary = NextMove(move);
                RunUntil((int)Math.Min(boundary, Order.Count), MeasuredForward, CommitMeasured, work);
                if (boundary < Order.Count) Move(work);
            }
        }
        finally
        {
            if (!isBroken) state.Save();
        }
        GlibcHeap.Trim();
    }

    /// <summary>Visits images of the dataset once more with the factors of some neurons, whatever their part; in the same batches, so to
    /// the same bits.</summary>
    /// <param name="wanted">The neurons by block, ascending.</param>
    /// <param name="batches">The batches of <see cref="Order"/> that are visited, ascending.</param>
    /// <param name="visit">Takes a batch with its place in <see cref="Order"/>, and these neurons' factors by block, in order.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public void VisitAgain(IReadOnlyDictionary<int, IReadOnlyList<int>> wanted, IReadOnlyList<int> batches,
        Action<int, ImageBatch, IReadOnlyDictionary<int, SecondOrderFactors>> visit, CancellationToken cancellation)
    {
        using var reader = source.Ordered([.. batches.SelectMany(batch =>
            Enumerable.Range(batch * Batch, Math.Min(Batch, source.Count - batch * Batch)))]);
        new DatasetPass(reader, Batch, "", new() { Workers = settings.Workers, Cancellation = cancellation })
            .Run<Dictionary<int, SecondOrderFactors>>(read =>
            {
                using var turn = tower.Placement.Turn();
                var trace = tower.Trace(read.Pixels, Effects.Request);
                return wanted.ToDictionary(own => own.Key, own => FactorsOf(trace, own.Key, own.Value));
            }, (read, factors) => visit(batches[read.Start / Batch] * Batch, read, factors ?? []));
    }

    /// <summary>Waits until all that the pass has saved is on the disk, so that another machine may read it.</summary>
    public void Settle() => state.Settle();

    /// <summary>Makes the tables that a pass taken up again lacks.</summary>
    public void MakeForms(IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        if (state.Layers.Values.All(layer => layer.Forms is not null)) return;
        var stage = new StageProgress(progress, "Tables of directions", state.Layers.Count);
        foreach (var (done, layer) in state.Layers.Values.Index())
        {
            cancellation.ThrowIfCancellationRequested();
            layer.MakeForms(Effects.Paths, Workers, cancellation);
            stage.Report(done + 1);
        }
    }

    public void Dispose()
    {
        state.Dispose();
        source.Dispose();
    }

    /// <summary>The blocks whose effects are measured where the model computes: on a card those whose tables half of its free memory
    /// holds, the small ones first.</summary>
    private HashSet<int> OnDevice(SecondOrder effects)
    {
        if (!(settings.MeasureOnDevice ?? !tower.Placement.IsProcessor)) return [];
        long left = tower.Placement.FreeMemory() / 2;
        var chosen = new HashSet<int>();
        foreach (int layer in effects.Layers.OrderBy(effects.Paths.PathCount))
            if ((left -= DeviceForms.Bytes(tower.Config.MlpWidth, effects.Paths.PathCount(layer))) >= 0) chosen.Add(layer);
        return chosen;
    }

    /// <summary>Images whose coefficients of all neurons of a tower are not too much to keep.</summary>
    private long Fitting => KeptBytes / (4L * tower.Config.MlpWidth
        * Enumerable.Range(0, tower.Config.Layers - 1).Sum(Effects.Paths.PathCount));

    /// <summary>The number of images at which the centre moves for the nth time: at twice as many as the last time.</summary>
    private long NextMove(int move) => settings.Part.Index == 0 ? (long)Order.Sample << move
        : Order.Sample + ((long)Order.Sample << (move - 1));

    private int NumberOf(int position) => position < Order.Sample ? position : position - Order.Start + Order.Sample;

    private void RunUntil<T>(int end, Func<ImageBatch, T> forward, Action<ImageBatch, T?> commit, Work work) where T : class
    {
        if (Outcomes.Count >= end) return;
        var (first, last) = Order.Batches(Outcomes.Count, end);
        new DatasetPass(source, Batch, "", new() { Workers = settings.Workers, Cancellation = work.Cancellation })
            .Begin(first).Until(last).Run(forward, (read, result) =>
            {
                isBroken = true;
                commit(read, result);
                state.Sums.CountImages(read.Indices.Count);
                Outcomes.Add(read.Outcomes);
                isBroken = false;
                Report(work.Progress);
                if (work.Clock.IsDue) work.Clock.Time(state.Save);
            });
    }

    private void Report(IProgress<WorkProgress>? progress) =>
        progress?.Report(new("Forward pass", Outcomes.Count, Order.Count, Outcomes.Count - Outcomes.Usable));

    private SampleBatch SampleForward(ImageBatch read)
    {
        using var turn = tower.Placement.Turn();
        var trace = tower.Trace(read.Pixels, Effects.Request);
        return new(Effects.Layers.ToDictionary(layer => layer, layer => FactorsOf(trace, layer)),
            nn.functional.normalize(trace.Representation.ToHost(), 2, 1));
    }

    private SecondOrderFactors FactorsOf(ForwardTrace trace, int layer, IReadOnlyList<int>? neurons = null)
    {
        using var inner = NewDisposeScope();
        var batch = Effects.PathsOf(trace, layer);
        int atOnce = AtOnce(layer);
        var coefficients = neurons is null ? batch.AllCoefficients(atOnce) : batch.Coefficients(neurons, atOnce);
        return new(coefficients.ToHost().MoveToOuterDisposeScope(), batch.Bias.ToHost().MoveToOuterDisposeScope());
    }

    /// <summary>Neurons whose coefficients for a batch are found at once: so many that they stay in a core's cache.</summary>
    public int AtOnce(int layer) => Math.Clamp(CachedCoefficients / (Batch * Effects.Paths.PathCount(layer)) / 16 * 16, 16, 512);

    private void CommitSample(ImageBatch read, SampleBatch? batch)
    {
        if (batch is null) return;
        int[] numbers = [.. read.Indices.Select(NumberOf)];
        ForEachLayer(layer =>
        {
            var (coefficients, bias) = batch.Layers[layer.Layer];
            WriteBiases(layer, numbers, bias);
            var values = coefficients.Floats();
            int size = layer.Neurons * layer.Paths;
            for (int neuron = 0; neuron < layer.Neurons; neuron++)
                for (int i = 0; i < numbers.Length; i++)
                    layer.Kept.Place(neuron, numbers[i], values.Slice(i * size + neuron * layer.Paths, layer.Paths));
            state.Sums.AddSample(layer.Layer, coefficients, bias);
        });
        Remember(read, batch.Representations);
    }

    private void Remember(ImageBatch read, Tensor unit) =>
        state.Remember(read.Indices.Select(position => Order.Indices[position]), unit);

    /// <summary>The sample's mean becomes the first centre, its values say how fine the grids are; its images are the first
    /// part's.</summary>
    private void EndSample(Work work)
    {
        isBroken = true;
        bool isOwn = settings.Part.Index == 0;
        int[] usable = [.. Enumerable.Range(0, Order.Sample).Where(Outcomes.IsUsable)];
        float ahead = MeanDrift.Ahead(usable.Length, Order.Images);
        var stage = new StageProgress(work.Progress, "Tables of directions", state.Layers.Count);
        foreach (var (done, layer) in state.Layers.Values.Index())
        {
            using var scope = NewDisposeScope();
            layer.Begin(Effects.Paths, EffectSums.Mean([state.Sums], layer.Layer).Coefficients, usable, Workers, work.Cancellation);
            for (int number = 0, at = 0; number < Order.Sample; number += Batch, at = number)
            {
                int[] read = [.. usable.Where(own => own >= at && own < at + Batch)];
                var (projected, remainder) = layer.Basis!.Project(layer.Biases.Read(read));
                AddProjected(layer, Math.Min(Batch, Order.Sample - at), at, read, projected, remainder);
            }
            var lengths = layer.MeasureSample(usable.Length, ahead, Workers, work.Cancellation);
            if (isOwn && usable.Length > 0) layer.Remember(lengths);
            if (!isOwn) layer.Kept.Clear();
            stage.Report(done + 1);
        }
        state.Sums.EndSample(isOwn);
        state.Centres = 1;
        if (isOwn) state.AddNorms();
        else state.Forget();
        isBroken = false;
        state.Save();
        // All coefficients of the sample's batches were in memory.
        GlibcHeap.Trim();
    }

    private static void AddProjected(LayerPass layer, int images, int first, int[] usable, float[] projected, float remainder)
    {
        var all = new float[images * BiasBasis.Most];
        for (int i = 0; i < usable.Length; i++)
            projected.AsSpan(i * BiasBasis.Most, BiasBasis.Most).CopyTo(all.AsSpan((usable[i] - first) * BiasBasis.Most));
        layer.AddProjected(all, remainder);
    }

    private MeasuredBatch MeasuredForward(ImageBatch read)
    {
        // What a batch took is given back before it waits to be committed.
        using var scope = NewDisposeScope();
        using var turn = tower.Placement.Turn();
        var trace = tower.Trace(read.Pixels, Effects.Request);
        var results = new Dictionary<int, MeasuredLayer>();
        foreach (int number in Effects.Layers)
        {
            using var inner = NewDisposeScope();
            results[number] = MeasuredLayer.Measure(state.Layers[number], Effects.PathsOf(trace, number), AtOnce(number),
                state.Sums.Rounder(number)).MoveToOuter();
        }
        foreach (var own in results.Values) own.MoveToOuter();
        return new(results, nn.functional.normalize(trace.Representation.ToHost(), 2, 1).MoveToOuterDisposeScope());
    }

    private void CommitMeasured(ImageBatch read, MeasuredBatch? batch)
    {
        int[] numbers = [.. read.Indices.Select(NumberOf)];
        if (batch is not null) ForEachLayer(layer =>
        {
            var own = batch.Layers[layer.Layer];
            WriteBiases(layer, numbers, own.Bias);
            own.Candidates.OfferTo(layer.Kept, numbers);
            state.Sums.Add(layer.Layer, own.Sum, own.Bias.sum(0, type: ScalarType.Float64));
        });
        foreach (var layer in state.Layers.Values)
        {
            var own = batch?.Layers[layer.Layer];
            if (own is not null) layer.Remember(own.Lengths);
            AddProjected(layer, read.Outcomes.Count, NumberOf(read.Start), numbers, own?.Projected ?? [], own?.Remainder ?? 0);
        }
        if (batch is not null) Remember(read, batch.Representations);
    }

    /// <summary>Does something with every block; side by side where a card computes, for there the processor's threads have time, and what
    /// is committed one block after the other would hold the card up.</summary>
    private void ForEachLayer(Action<LayerPass> work)
    {
        LayerPass[] layers = [.. state.Layers.Values];
        if (tower.Placement.IsProcessor) Array.ForEach(layers, work);
        else OrderedWork.Run(0, layers.Length, place =>
        {
            work(layers[place]);
            return place;
        }, (_, _) => { }, Workers, CancellationToken.None);
    }

    private static void WriteBiases(LayerPass layer, int[] numbers, Tensor bias)
    {
        var values = bias.contiguous().Floats();
        for (int i = 0; i < numbers.Length; i++) layer.Biases.Write(numbers[i], values.Slice(i * layer.Width, layer.Width));
    }

    /// <summary>Goes on from the mean of the images so far. It is saved at once: what is kept is read here, and a pass taken up from before
    /// could find images of afterwards in its place.</summary>
    private void Move(Work work)
    {
        isBroken = true;
        foreach (var layer in state.Layers.Values)
        {
            using var scope = NewDisposeScope();
            var (coefficients, bias) = EffectSums.Mean([state.Sums], layer.Layer);
            layer.Move(coefficients, bias, MeanDrift.Ahead(Sums.Images, Order.Images), Workers, work.Cancellation);
        }
        state.Centres++;
        isBroken = false;
        state.Save();
        // libtorch's temporaries of many sizes leave gaps.
        GlibcHeap.Trim();
    }

    private sealed record Work(SaveClock Clock, IProgress<WorkProgress>? Progress, CancellationToken Cancellation);

    private sealed record SampleBatch(IReadOnlyDictionary<int, SecondOrderFactors> Layers, Tensor Representations);

    private sealed record MeasuredBatch(IReadOnlyDictionary<int, MeasuredLayer> Layers, Tensor Representations);
}
