using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Files;
using ClipLens.Models;
using ClipLens.Models.Images;
using static TorchSharp.torch;

namespace ClipLens.Neurons;

/// <summary>
/// The first pass over a dataset: one forward pass per image gives the coefficients and bias shares of every block asked for; their sums
/// are kept in memory and, where wished, the coefficients on disk. Saved now and then, so that a killed pass goes on where it was and ends
/// with the same bits.
/// </summary>
internal sealed class EffectPass : IDisposable
{
    private const long BatchBytesPerWorker = 128L << 20;
    private readonly ImageTower tower;
    private readonly ImageBatchReader source;
    private readonly DatasetSettings settings;
    private readonly EffectSums sums;
    private ImageOutcomes outcomes = new();
    private readonly Dictionary<int, CoefficientFile> files;
    private readonly CoefficientFile representations;

    public EffectPass(ImageTower tower, SecondOrder effects, ImageBatchReader source, DatasetSettings settings)
    {
        (this.tower, Effects, this.source, this.settings) = (tower, effects, source, settings);
        Directory.CreateDirectory(settings.ScratchFolder);
        var config = tower.Config;
        sums = new EffectSums(effects.Layers.Select(layer => (layer, config.MlpWidth, effects.Paths.PathCount(layer))), tower.EmbedDim);
        files = effects.Layers.ToDictionary(layer => layer, layer => new CoefficientFile(
            Path.Combine(settings.ScratchFolder, $"coefficients-{layer:00}.bin"),
            config.MlpWidth, settings.StoreCoefficients ? effects.Paths.PathCount(layer) : 0, tower.EmbedDim));
        representations = new CoefficientFile(Path.Combine(settings.ScratchFolder, "representations.bin"), 0, 0, tower.EmbedDim);
        long perNeuron = (long)config.Tokens * effects.Layers.Count + effects.Layers.Sum(effects.Paths.PathCount);
        Batch = (int)Math.Clamp(BatchBytesPerWorker / Math.Max(1, 4 * perNeuron * config.MlpWidth), 1, settings.Batch);
        Load();
    }

    public SecondOrder Effects { get; }

    /// <summary>Images in a forward pass.</summary>
    public int Batch { get; }

    /// <summary>Outcomes of the images that the pass has seen, in order.</summary>
    public ImageOutcomes Outcomes => outcomes;

    /// <summary>Indices of the images that could be used.</summary>
    public IReadOnlyList<int> Readable => [.. Enumerable.Range(0, outcomes.Count).Where(outcomes.IsUsable)];

    /// <summary>Threads; the number of cores if null.</summary>
    public int? Workers => settings.Workers;

    /// <summary>
    /// Threads that a visitor may use. Where the forward pass is run again, all the others are at work meanwhile: a number of threads that
    /// was asked for is kept.
    /// </summary>
    public int? VisitWorkers => settings.StoreCoefficients || settings.Workers is null ? settings.Workers : 1;

    private string StatePath => Path.Combine(settings.ScratchFolder, "state.safetensors");

    /// <summary>Runs the pass, or what is left of it.</summary>
    public void Run(IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        int first = (outcomes.Count + Batch - 1) / Batch;
        var clock = new SaveClock(settings.SaveInterval);
        var pass = new DatasetPass(source, Batch, "Forward pass", new()
        {
            Workers = settings.Workers,
            Progress = progress,
            Cancellation = cancellation
        });
        try
        {
            pass.Begin(first, outcomes.Count - sums.Images).Run(read => Forward(read, Effects.Layers), (read, factors) =>
            {
                Commit(read, factors);
                if (clock.IsDue) clock.Time(Save);
            });
        }
        finally
        {
            if (outcomes.Count > first * Batch) Save();
        }
        GlibcHeap.Trim();
    }

    /// <summary>Mean coefficients [N, K] and mean bias share [d] of a block over the images that could be used.</summary>
    public (Tensor Coefficients, Tensor Bias) Mean(int layer) => sums.Mean(layer);

    /// <summary>Where a block's coefficients and bias shares are.</summary>
    public CoefficientFile File(int layer) => files[layer];

    /// <summary>Unit representations of some images that could be used: [images, d]; the caller owns them.</summary>
    public Tensor Representations(IReadOnlyList<int> images) => representations.ReadBiases(images);

    /// <summary>Visits every image's coefficients of a range of neurons once more, by reading them or by another forward pass.</summary>
    /// <param name="ranges">The ranges wanted.</param>
    /// <param name="visit">Called for (range, indices of the images, their coefficients [images, count, K], bias shares [images, d]), one
    /// call at a time.</param>
    /// <param name="progress">Images visited.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public void Visit(IReadOnlyList<NeuronRange> ranges, CoefficientVisitor visit, IProgress<int>? progress, CancellationToken cancellation)
    {
        if (settings.StoreCoefficients) VisitStored(ranges, visit, progress, cancellation);
        else VisitAgain(ranges, visit, progress, cancellation);
    }

    /// <summary>Takes the coefficients of a range of neurons for some images.</summary>
    public delegate void CoefficientVisitor(NeuronRange range, IReadOnlyList<int> images, ReadOnlySpan<float> coefficients, Tensor biases);

    public void Dispose()
    {
        sums.Dispose();
        foreach (var file in files.Values) file.Dispose();
        representations.Dispose();
    }

    private void VisitStored(IReadOnlyList<NeuronRange> ranges, CoefficientVisitor visit, IProgress<int>? progress,
        CancellationToken cancellation)
    {
        int done = 0;
        // The same stretches as in a forward pass: what is computed of them comes to the same bits in either mode.
        foreach (int[] images in Readable.GroupBy(image => image / Batch).Select(group => group.ToArray()))
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var range in ranges)
            {
                using var scope = NewDisposeScope();
                var coefficients = System.Buffers.ArrayPool<float>.Shared.Rent(
                    images.Length * range.Count * Effects.Paths.PathCount(range.Layer));
                files[range.Layer].ReadCoefficients(images, range.First, range.Count, coefficients);
                visit(range, images, coefficients, files[range.Layer].ReadBiases(images));
                System.Buffers.ArrayPool<float>.Shared.Return(coefficients);
            }
            progress?.Report(done += images.Length);
        }
    }

    private void VisitAgain(IReadOnlyList<NeuronRange> ranges, CoefficientVisitor visit, IProgress<int>? progress,
        CancellationToken cancellation)
    {
        int done = 0;
        int[] layers = [.. ranges.Select(range => range.Layer).Distinct()];
        var pass = new DatasetPass(source, Batch, "", new() { Workers = settings.Workers, Cancellation = cancellation });
        pass.Run(read => Forward(read, layers), (read, factors) =>
        {
            CheckSame(read.Start, read.Outcomes);
            foreach (var range in factors is null ? [] : ranges)
            {
                var own = factors!.Layers[range.Layer];
                var coefficients = own.Coefficients.narrow(1, range.First, range.Count).contiguous();
                visit(range, read.Indices, coefficients.Floats(), own.Bias);
            }
            progress?.Report(done += read.Indices.Count);
        });
    }

    /// <summary>Refuses to mix two versions of an image that changed between the passes.</summary>
    private void CheckSame(int first, IReadOnlyList<ImageOutcome> again)
    {
        for (int i = 0; i < again.Count; i++)
            if (again[i].Sha256 != outcomes[first + i].Sha256)
                throw new ClipLensException($"Image {first + i} of the dataset (counted from 0) changed while the analysis was running; "
                + "leave the images alone and begin the run anew.");
    }

    /// <summary>Computes a batch's factors by block; on any thread.</summary>
    private BatchFactors Forward(ImageBatch read, IReadOnlyList<int> layers)
    {
        var factors = new Dictionary<int, Factors>();
        using var scope = NewDisposeScope();
        var trace = tower.Trace(read.Pixels, Effects.Request);
        foreach (int layer in layers)
        {
            var (coefficients, bias) = Effects.Factors(trace, layer);
            var sum = coefficients.sum([0]).to(ScalarType.Float64);
            factors[layer] = new(coefficients.MoveToOuterDisposeScope(), bias.MoveToOuterDisposeScope(), sum.MoveToOuterDisposeScope());
        }
        var unit = nn.functional.normalize(trace.Representation, 2, 1).contiguous();
        return new(factors, unit.MoveToOuterDisposeScope());
    }

    private void Commit(ImageBatch read, BatchFactors? part)
    {
        // All that can fail comes first: sums that had taken in half a batch would take it in again when the pass goes on.
        if (part is { } known)
        {
            foreach (var (layer, (coefficients, bias, _)) in known.Layers) Write(files[layer], read.Indices, coefficients, bias);
            Write(representations, read.Indices, empty(0), known.Representations);
            foreach (var (layer, (_, bias, sum)) in known.Layers) sums.Add(layer, sum, bias.sum(0, type: ScalarType.Float64));
        }
        sums.CountImages(read.Indices.Count);
        outcomes.Add(read.Outcomes);
    }

    private static void Write(CoefficientFile file, IReadOnlyList<int> images, Tensor coefficients, Tensor bias)
    {
        var values = coefficients.Floats();
        var biases = bias.Floats();
        int size = values.Length / images.Count, width = biases.Length / images.Count;
        for (int i = 0; i < images.Count; i++) file.Write(images[i], values.Slice(i * size, size), biases.Slice(i * width, width));
    }

    private void Save()
    {
        // The coefficients first: a state that is on the disk must not speak of records that a power failure took.
        foreach (var file in files.Values) file.Flush();
        representations.Flush();
        var (hashes, failures) = outcomes.Save();
        SafeTensorsWriter.Save(StatePath, [hashes, .. sums.Save()], new Dictionary<string, string> { ["failures"] = failures });
    }

    /// <summary>Takes up a saved pass; one whose coefficients are not all there is begun anew.</summary>
    private void Load()
    {
        if (!System.IO.File.Exists(StatePath)) return;
        using var state = SafeTensorsFile.Open(StatePath);
        var saved = ImageOutcomes.Load(state, state.Metadata["failures"]);
        int last = Enumerable.Range(1, saved.Count).Select(back => saved.Count - back).FirstOrDefault(saved.IsUsable, -1);
        if (last >= 0 && !files.Values.Append(representations).All(file => file.Reaches(last))) return;
        outcomes = saved;
        sums.Load(state, saved.Usable);
    }

    private sealed record Factors(Tensor Coefficients, Tensor Bias, Tensor Sum);

    private sealed record BatchFactors(IReadOnlyDictionary<int, Factors> Layers, Tensor Representations);
}
