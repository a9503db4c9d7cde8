using ClipLens.Ablation;
using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using ClipLens.Runs.Storage;
using ClipLens.Truth;
using static TorchSharp.torch;

namespace ClipLens.Runs.Studies.Truth;

/// <summary>How a run's neurons go with the representations of its own images.</summary>
/// <param name="Representations">Unit representations of the run's images by their index, zero where one could not be read: [images,
/// d].</param>
/// <param name="Moments">By block, as the run keeps it, so that what is scored is what the run says.</param>
internal sealed record RunBehaviour(Tensor Representations, IReadOnlyDictionary<int, IReadOnlyList<BehaviourMoments>> Moments)
{
    private const string Stage = "The run's images";

    /// <summary>Passes the run's images through the model once more; the neurons only of blocks of which the run keeps nothing, as runs of
    /// older versions do.</summary>
    /// <exception cref="ClipLensException">An image of the run has changed or is gone.</exception>
    public static RunBehaviour Observe(RunDirectory run, ClipModel model, IReadOnlyList<LayerNeurons> layers, AblationSettings settings,
        WorkOptions options)
    {
        using var reader = RunImages.Open(run, model);
        string images = RunFiles.Representations(run.Path);
        var kept = layers.Where(layer => File.Exists(images) && File.Exists(RunFiles.Behaviour(run.Path, layer.Layer)))
            .ToDictionary(layer => layer.Layer, layer => BehaviourFile.Read(images, RunFiles.Behaviour(run.Path, layer.Layer), layer.Count,
                model.Image.EmbedDim));
        List<LayerNeurons> others = [.. layers.Where(layer => !kept.ContainsKey(layer.Layer))];
        if (others.Count == 0) return new(Encode(model, reader, run.Images.Count, settings.Batch, options), kept);
        var (all, measured) = Measure(model, reader, run.Images.Count, others, settings, options);
        return new(all, kept.Concat(measured).ToDictionary());
    }

    private static Tensor Encode(ClipModel model, ImageBatchReader reader, int images, int batch, WorkOptions options)
    {
        int width = model.Image.EmbedDim;
        float[] all = new float[images * width];
        new DatasetPass(reader, batch, Stage, options).Run(
            read => nn.functional.normalize(model.Image.Encode(read.Pixels), 2, 1).Floats().ToArray(), (read, found) =>
            {
                for (int i = 0; i < read.Indices.Count; i++) found.AsSpan(i * width, width).CopyTo(all.AsSpan(read.Indices[i] * width));
            });
        return tensor(all, [images, width]);
    }

    private static (Tensor Representations, Dictionary<int, IReadOnlyList<BehaviourMoments>> Moments) Measure(ClipModel model,
        ImageBatchReader reader, int count, IReadOnlyList<LayerNeurons> layers, AblationSettings settings,
        WorkOptions options)
    {
        int width = model.Image.EmbedDim;
        var images = new ImageSums(width);
        var sums = layers.ToDictionary(layer => layer.Layer, layer => new BehaviourSums(layer.Count, width));
        var all = zeros(count, width);
        int taken = 0;
        NormPass.Run(model.Image, reader, layers, settings, Stage, (read, found) =>
        {
            double[] wide = found.Representations.to(ScalarType.Float64).contiguous().data<double>().ToArray();
            for (int i = 0; i < read.Indices.Count && read.Start >= taken; i++)
            {
                images.Add(read.Indices[i], wide.AsSpan(i * width, width));
                all[read.Indices[i]].copy_(found.Representations[i]);
            }
            taken = Math.Max(taken, read.Start + read.Outcomes.Count);
            foreach (var (range, own) in found.Ranges)
                for (int neuron = 0; neuron < range.Count; neuron++)
                    sums[range.Layer].Add(range.First + neuron, own.Floats().Slice(neuron * read.Indices.Count, read.Indices.Count),
                    read.Indices, wide);
        }, options);
        return (all, sums.ToDictionary(own => own.Key, own => BehaviourMoments.ByPart(images, own.Value)));
    }
}
