using ClipLens.Evaluation;
using ClipLens.Models;
using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Applications;

/// <summary>The figures of one method.</summary>
/// <param name="Method">The method.</param>
/// <param name="All">Over all photographs.</param>
/// <param name="PerClass">By class name.</param>
public sealed record MethodFigures(SegmentationMethod Method, SegmentationFigures All, IReadOnlyDictionary<string, SegmentationFigures> PerClass);

/// <summary>Measures segmentation methods on photographs whose masks are known; image and mask go through the same crop.</summary>
public static class SegmentationEvaluation
{
    /// <summary>Measures methods.</summary>
    /// <param name="model">The model.</param>
    /// <param name="samples">The photographs.</param>
    /// <param name="classes">A direction of unit length for every class among the samples.</param>
    /// <param name="methods">The methods.</param>
    /// <param name="settings">Their settings.</param>
    /// <param name="neurons">Neurons that the paper's rule chooses from; needed where it is among the methods.</param>
    /// <param name="progress">Photographs done.</param>
    /// <param name="cancellation">Stops between photographs.</param>
    /// <returns>A result a method, in their order.</returns>
    /// <exception cref="ClipLensException">A photograph or mask cannot be read, or they differ in size.</exception>
    public static IReadOnlyList<MethodFigures> Run(ClipModel model, IReadOnlyList<SegmentationSample> samples, IReadOnlyDictionary<string, float[]> classes,
        IReadOnlyList<SegmentationMethod> methods, SegmentationSettings? settings = null, IReadOnlyList<LayerNeurons>? neurons = null,
        IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentNullException.ThrowIfNull(methods);
        settings ??= new();
        using var pass = new HeatPass(model, methods, settings, neurons ?? []);
        var all = methods.Select(_ => new SegmentationScore()).ToArray();
        var perClass = methods.Select(_ => new SortedDictionary<string, SegmentationScore>(StringComparer.Ordinal)).ToArray();
        int done = 0;
        OrderedWork.Run(0, samples.Count, i => Measure(pass, samples[i], classes, settings, model.Preprocessor), (i, scores) =>
        {
            for (int m = 0; m < methods.Count; m++)
            {
                all[m].Add(scores[m]);
                if (!perClass[m].TryGetValue(samples[i].Class, out var own)) perClass[m][samples[i].Class] = own = new();
                own.Add(scores[m]);
            }
            progress?.Report(++done);
        }, null, cancellation);
        return [.. methods.Select((method, m) => new MethodFigures(method, all[m].Figures(), perClass[m].ToDictionary(pair => pair.Key, pair => pair.Value.Figures())))];
    }

    private static SegmentationScore[] Measure(HeatPass pass, SegmentationSample sample, IReadOnlyDictionary<string, float[]> classes,
        SegmentationSettings settings, ImagePreprocessor crop)
    {
        var picture = sample.Picture();
        var mask = sample.Mask();
        if (mask.Width != picture.Width || mask.Height != picture.Height)
            throw new ClipLensException($"The mask of {sample.Id} has {mask.Width} x {mask.Height} pixels, its photograph {picture.Width} x {picture.Height}; give masks of the photographs' size.");
        byte[] labels = crop.CropMask(mask.Labels, mask.Width, mask.Height);
        var maps = pass.Maps(picture, tensor(classes[sample.Class]).unsqueeze(0));
        return [.. pass.Methods.Select((method, m) =>
        {
            float[] heat = HeatPixels.Of(maps[m][0], crop.Size);
            var score = new SegmentationScore();
            score.Add(heat, (settings.Threshold ?? method.Threshold).Of(heat), labels);
            return score;
        })];
    }
}
