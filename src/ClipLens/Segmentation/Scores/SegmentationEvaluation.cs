using ClipLens.Compute;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using ClipLens.Segmentation.Maps;
using static TorchSharp.torch;

namespace ClipLens.Segmentation.Scores;

/// <summary>The figures of one method.</summary>
/// <param name="Method">The method.</param>
/// <param name="All">Over all images.</param>
/// <param name="PerClass">By class name.</param>
public sealed record MethodFigures(SegmentationMethod Method, SegmentationFigures All, IReadOnlyDictionary<string,
    SegmentationFigures> PerClass);

/// <summary>What an evaluation found out.</summary>
/// <param name="Methods">A result a method, in the order in which they were asked for.</param>
/// <param name="Presence">How well present classes are told from absent ones; null without a pool of texts.</param>
public sealed record SegmentationResult(IReadOnlyList<MethodFigures> Methods, PresenceFigures? Presence);

/// <summary>Measures segmentation methods on images whose masks are known; image and mask go through the same crop.</summary>
public static class SegmentationEvaluation
{
    /// <summary>Measures methods, with directions of the classes' names.</summary>
    /// <param name="model">The model.</param>
    /// <param name="samples">The images.</param>
    /// <param name="methods">The methods.</param>
    /// <param name="settings">Their settings.</param>
    /// <param name="neurons">Neurons that the paper's rule chooses from; needed where it is among the methods.</param>
    /// <param name="pool">Embeddings of a pool of texts [M, d]: what they have in common is taken off the directions, and presence is
    /// judged by them.</param>
    /// <param name="templates">Templates with {} for the name; the default ones if null.</param>
    /// <param name="progress">Images done.</param>
    /// <param name="cancellation">Stops between images.</param>
    /// <exception cref="ClipLensException">An image or mask cannot be read, or they differ in size.</exception>
    public static SegmentationResult Run(ClipModel model, IReadOnlyList<SegmentationSample> samples,
        IReadOnlyList<SegmentationMethod> methods, SegmentationSettings? settings = null, IReadOnlyList<LayerNeurons>? neurons = null,
        Tensor? pool = null, IReadOnlyList<string>? templates = null, IProgress<int>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(samples);
        var classes = SegmentationFolder.Classes(samples);
        using var directions = ClassDirections.Embed(model, classes, templates, settings?.Workers);
        return Run(model, samples, classes, directions, methods, settings, neurons, pool, progress, cancellation);
    }

    /// <summary>Measures methods, with directions of any kind.</summary>
    /// <param name="model">The model.</param>
    /// <param name="samples">The images.</param>
    /// <param name="classes">C class names, all of the samples' among them.</param>
    /// <param name="directions">A direction for every class: [C, d].</param>
    /// <param name="methods">The methods.</param>
    /// <param name="settings">Their settings.</param>
    /// <param name="neurons">Neurons that the paper's rule chooses from; needed where it is among the methods.</param>
    /// <param name="pool">Embeddings of a pool of texts [M, d]: what they have in common is taken off the directions, and presence is
    /// judged by them.</param>
    /// <param name="progress">Images done.</param>
    /// <param name="cancellation">Stops between images.</param>
    /// <exception cref="ClipLensException">An image or mask cannot be read, or they differ in size.</exception>
    public static SegmentationResult Run(ClipModel model, IReadOnlyList<SegmentationSample> samples, IReadOnlyList<string> classes,
        Tensor directions, IReadOnlyList<SegmentationMethod> methods, SegmentationSettings? settings = null,
        IReadOnlyList<LayerNeurons>? neurons = null, Tensor? pool = null, IProgress<int>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentNullException.ThrowIfNull(directions);
        ArgumentNullException.ThrowIfNull(methods);
        settings ??= new();
        using var statistics = pool is null ? null : new PoolStatistics(pool);
        using var pass = new HeatPass(model, methods, settings, neurons ?? [], statistics?.Mean);
        var places = classes.Select((name, place) => (name, place)).ToDictionary(pair => pair.name, pair =>
            pair.place, StringComparer.Ordinal);
        var tally = new MethodTally(methods);
        var presences = new float[samples.Count][];
        int done = 0;
        OrderedWork.Run(0, samples.Count, i =>
        {
            var picture = samples[i].Picture();
            float[]? presence = statistics?.Presence(model.Image.Encode(HeatPass.Input(model.Preprocessor, picture))[0], directions);
            return (Scores: Measure(pass, samples[i], picture, directions.narrow(0, places[samples[i].Class], 1), settings,
                model.Preprocessor), Presence: presence);
        }, (i, result) =>
        {
            tally.Add(samples[i].Class, result.Scores);
            presences[i] = result.Presence ?? [];
            progress?.Report(++done);
        }, settings.Workers, cancellation);
        return new(tally.Figures(), statistics is null ? null : PresenceFigures.Measure(samples, classes, presences));
    }

    private static SegmentationScore[] Measure(HeatPass pass, SegmentationSample sample, RgbImage picture, Tensor direction,
        SegmentationSettings settings, ImagePreprocessor crop)
    {
        var mask = sample.Mask();
        if (mask.Width != picture.Width || mask.Height != picture.Height)
            throw new ClipLensException($"The mask of {sample.Id} has {mask.Width} x {mask.Height} pixels, its image "
            + $"{picture.Width} x {picture.Height}; give masks of the images' size.");
        byte[] labels = crop.CropMask(mask.Labels, mask.Width, mask.Height);
        var maps = pass.Maps(picture, direction);
        var edges = pass.Methods.Any(method => method.ColourSteps > 0)
            ? new ColourRefinement(new RgbImage(crop.Size, crop.Size, crop.Crop(picture))) : null;
        return [.. pass.Methods.Select((Func<SegmentationMethod, int, SegmentationScore>)((method, m) =>
        {
            float[] heat = HeatPixels.Upsample(maps[m][0], crop.Size);
            if (method.ColourSteps > 0) heat = edges!.Refine(heat, method.ColourSteps);
            HeatPixels.Stretch(heat);
            var score = new SegmentationScore();
            score.Add(heat, (settings.Threshold ?? method.Threshold).ValueFor(heat), labels);
            return score;
        }))];
    }

    /// <summary>Scores by method, in all and by class.</summary>
    private sealed class MethodTally(IReadOnlyList<SegmentationMethod> methods)
    {
        private readonly SegmentationScore[] all = [.. methods.Select(_ => new SegmentationScore())];
        private readonly SortedDictionary<string, SegmentationScore>[] perClass =
            [.. methods.Select(_ => new SortedDictionary<string, SegmentationScore>(StringComparer.Ordinal))];

        public void Add(string name, SegmentationScore[] scores)
        {
            for (int m = 0; m < scores.Length; m++)
            {
                all[m].Add(scores[m]);
                if (!perClass[m].TryGetValue(name, out var own)) perClass[m][name] = own = new();
                own.Add(scores[m]);
            }
        }

        public IReadOnlyList<MethodFigures> Figures() => [.. methods.Select((method, m) =>
            new MethodFigures(method, all[m].Figures(), perClass[m].ToDictionary(pair => pair.Key, pair => pair.Value.Figures())))];
    }
}
