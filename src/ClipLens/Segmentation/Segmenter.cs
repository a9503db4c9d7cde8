using System.Collections.Concurrent;
using ClipLens.Compute;
using ClipLens.Drawing;
using ClipLens.Effects;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using ClipLens.Segmentation.Maps;
using static TorchSharp.torch;

namespace ClipLens.Segmentation;

/// <summary>Where a class is in an image.</summary>
/// <param name="Class">The class's name.</param>
/// <param name="Heat">The heat in [0, 1] over the whole image.</param>
/// <param name="Threshold">What is hotter is taken for the class.</param>
/// <param name="Presence">
/// How many standard deviations the class fits the image better than the texts of the pool do; null where there was no pool.
/// </param>
/// <param name="Neurons">The neurons that add most to the heat on the object, the first the most; none where none were given.</param>
public sealed record ClassSegment(string Class, HeatMap Heat, float Threshold, float? Presence, IReadOnlyList<NeuronShare> Neurons)
{
    /// <summary>The presence below which a class does not seem to be in the image: better than 95 % of the pool's texts, were they spread
    /// normally.</summary>
    public const float LeastPresence = 1.645f;

    /// <summary>Whether the class seems to be in the image; true where that cannot be told.</summary>
    public bool SeemsPresent => Presence is null or >= LeastPresence;

    /// <summary>The mask in the pixels of the image: 255 where the class is, 0 elsewhere, row by row.</summary>
    public byte[] Mask(int width, int height)
    {
        float[] heat = Heat.Upsample(height, width);
        return Array.ConvertAll(heat, value => value > Threshold ? (byte)255 : (byte)0);
    }
}

/// <summary>Finds classes, named by the user, in whole images of any shape. Safe to use from several threads.</summary>
public sealed class Segmenter : IDisposable
{
    private const int NeuronsKept = 20;
    private readonly ClipModel model;
    private readonly HeatPass pass;
    private readonly SegmentationMethod method;
    private readonly SegmentationSettings settings;
    private readonly IReadOnlyList<LayerNeurons> neurons;
    private readonly DirectionReadout readout;
    private readonly PoolStatistics? pool;
    private readonly ConcurrentDictionary<string, Lazy<Tensor>> embedded = new(StringComparer.Ordinal);

    /// <summary>Prepares a method.</summary>
    /// <param name="model">The model; it must outlive the segmenter.</param>
    /// <param name="method">The method; <see cref="SegmentationMethod.Default"/> if null.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="neurons">Analyzed neurons: the paper's rule chooses from them, and the results say which of their blocks' neurons made
    /// the map.</param>
    /// <param name="pool">Embeddings of a pool of texts [M, d], by which the presence of a class is judged.</param>
    /// <exception cref="ClipLensException">The settings do not fit the model.</exception>
    public Segmenter(ClipModel model, SegmentationMethod? method = null, SegmentationSettings? settings = null,
        IReadOnlyList<LayerNeurons>? neurons = null, Tensor? pool = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        this.model = model;
        this.method = method ?? SegmentationMethod.Default;
        this.settings = settings ?? new();
        this.neurons = neurons ?? [];
        if (pool is not null) this.pool = new PoolStatistics(pool);
        pass = new HeatPass(model, [this.method], this.settings, this.neurons, this.pool?.Mean);
        readout = new DirectionReadout(model.Image);
    }

    /// <summary>Finds classes in an image. Their names are embedded with the first image and kept for the others.</summary>
    /// <param name="picture">The image.</param>
    /// <param name="classes">Class names.</param>
    /// <param name="templates">Templates with {} for the name; the default ones if null.</param>
    /// <returns>A segment a class, in their order.</returns>
    /// <exception cref="ClipLensException">A class name is empty.</exception>
    public IReadOnlyList<ClassSegment> Segment(RgbImage picture, IReadOnlyList<string> classes, IReadOnlyList<string>? templates = null)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(classes);
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        var directions = Embedded(classes, templates);
        var windows = new PictureWindows(picture.Width, picture.Height);
        RgbImage[] views = [.. windows.Starts.Select((_, window) => windows.Cut(picture, window))];
        float[][] heats = Heats(windows, views, directions);
        float[]? presences = pool is null ? null : Presences(views, directions);
        float[] cuts = Array.ConvertAll(heats, heat => (settings.Threshold ?? method.Threshold).ValueFor(heat));
        var shares = Shares(windows, views, ClassDirections.Less(directions, pool?.Mean), heats, cuts);
        return [.. classes.Select((name, c) => new ClassSegment(name, new HeatMap(heats[c], windows.CanvasHeight, windows.CanvasWidth),
            cuts[c], presences?[c], shares[c]))];
    }

    /// <summary>The mask of one class in the pixels of an image, as <see cref="Segment"/> gives it, and nothing else.</summary>
    /// <param name="picture">The image.</param>
    /// <param name="direction">The class's unit embedding: [1, d].</param>
    internal byte[] Mask(RgbImage picture, Tensor direction)
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        var windows = new PictureWindows(picture.Width, picture.Height);
        float[] heat = Heats(windows, [.. windows.Starts.Select((_, window) => windows.Cut(picture, window))], direction)[0];
        return new ClassSegment("", new HeatMap(heat, windows.CanvasHeight, windows.CanvasWidth), (settings.Threshold ?? method.Threshold)
            .ValueFor(heat), null, [])
            .Mask(picture.Width, picture.Height);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var directions in embedded.Values.Where(one => one.IsValueCreated)) directions.Value.Dispose();
        pass.Dispose();
        pool?.Dispose();
    }

    /// <summary>The classes' directions, kept until the segmenter is disposed of: [C, d].</summary>
    private Tensor Embedded(IReadOnlyList<string> classes, IReadOnlyList<string>? templates) =>
        embedded.GetOrAdd(string.Join('\0', [.. classes, "", .. templates ?? []]), _ =>
        new(() => ClassDirections.Embed(model, classes, templates, settings.Workers).DetachFromDisposeScope())).Value;

    /// <summary>The heat of every class on the canvas.</summary>
    private float[][] Heats(PictureWindows windows, RgbImage[] views, Tensor directions)
    {
        var parts = views.Select(view => Parts(view, windows.CanvasSide, directions)).ToList();
        return [.. Enumerable.Range(0, (int)directions.shape[0]).Select(c =>
        {
            float[] heat = windows.Join([.. parts.Select(part => part[c])]);
            HeatPixels.Stretch(heat);
            return heat;
        })];
    }

    /// <summary>The heat of every class in a window.</summary>
    private float[][] Parts(RgbImage view, int side, Tensor directions)
    {
        var maps = pass.Maps(view, directions)[0];
        var edges = method.ColourSteps > 0 ? ColourRefinement.Prepare(view, side, model.Config.Preprocess) : null;
        return [.. Enumerable.Range(0, (int)directions.shape[0]).Select((Func<int, float[]>)(c =>
        {
            float[] heat = HeatPixels.Upsample(maps[c], side);
            return edges?.Refine(heat, method.ColourSteps) ?? heat;
        }))];
    }

    /// <summary>The presence of every class in the window where it seems most present.</summary>
    private float[] Presences(RgbImage[] views, Tensor texts)
    {
        var perView = views.Select(view => pool!.Presence(model.Image.Encode(HeatPass.Input(model.Preprocessor, view))[0], texts)).ToList();
        return [.. Enumerable.Range(0, (int)texts.shape[0]).Select(c => perView.Max(presences => presences[c]))];
    }

    /// <summary>For every class the neurons with the largest shares in the heat on the mask, all windows together.</summary>
    private NeuronShare[][] Shares(PictureWindows windows, RgbImage[] views, Tensor directions, float[][] heats, float[] cuts)
    {
        var sums = heats.Select(_ => neurons.Select(layer => new float[layer.Count]).ToArray()).ToArray();
        if (neurons.Count == 0) return [.. heats.Select(_ => Array.Empty<NeuronShare>())];
        for (int window = 0; window < views.Length; window++)
        {
            using var scope = NewDisposeScope();
            var explained = pass.Explain(views[window], method, [.. neurons.Select(layer => layer.Layer)]);
            for (int c = 0; c < heats.Length; c++)
            {
                float[] mask = Array.ConvertAll(windows.PartOf(heats[c], window), heat => heat > cuts[c] ? 1f : 0f);
                var region = explained.Region(tensor(mask, [windows.CanvasSide, windows.CanvasSide]));
                for (int i = 0; i < neurons.Count; i++)
                    Add(sums[c][i], readout.FlowByNeuron(explained.Trace, 0, neurons[i].Layer, directions[c], region).contiguous()
                    .ToHost().Floats());
            }
        }
        return [.. sums.Select(byLayer => Largest(byLayer, views.Length))];
    }

    private NeuronShare[] Largest(float[][] byLayer, int windows) =>
        [.. byLayer.SelectMany((values, i) =>
        values.Select((value, n) => new NeuronShare(new NeuronId(neurons[i].Layer, n), value / windows)))
            .OrderByDescending(share => share.Share).Take(NeuronsKept)];

    private static void Add(float[] sums, ReadOnlySpan<float> values)
    {
        for (int i = 0; i < sums.Length; i++) sums[i] += values[i];
    }
}
