using ClipLens.Ablation;
using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Neurons;
using ClipLens.Truth;
using static TorchSharp.torch;

namespace ClipLens.Runs.Studies;

/// <summary>How a run's neurons go with the representations of its own images.</summary>
/// <param name="Representations">Unit representations of the run's images by their index, zero where one could not be read: [images,
/// d].</param>
/// <param name="Images">Sums over the representations.</param>
/// <param name="Sums">Sums by block.</param>
internal sealed record RunBehaviour(Tensor Representations, ImageSums Images, IReadOnlyDictionary<int, BehaviourSums> Sums)
{
    /// <summary>Passes the run's images through the model once more.</summary>
    /// <exception cref="ClipLensException">An image of the run has changed or is gone.</exception>
    public static RunBehaviour Observe(RunDirectory run, ClipModel model, IReadOnlyList<LayerNeurons> layers, AblationSettings settings,
        IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        int width = model.Image.EmbedDim;
        var images = new ImageSums(width);
        var sums = layers.ToDictionary(layer => layer.Layer, layer => new BehaviourSums(layer.Count, width));
        var all = zeros(run.Images.Count, width);
        int taken = 0;
        using var reader = RunImages.Open(run, model);
        NormPass.Run(model.Image, reader, layers, settings, "The run's images", (read, representations, norms) =>
        {
            double[] wide = representations.to(ScalarType.Float64).contiguous().data<double>().ToArray();
            for (int i = 0; i < read.Indices.Count && read.Start >= taken; i++)
            {
                images.Add(read.Indices[i], wide.AsSpan(i * width, width));
                all[read.Indices[i]].copy_(representations[i]);
            }
            taken = Math.Max(taken, read.Start + read.Outcomes.Count);
            foreach (var (range, own) in norms)
                for (int neuron = 0; neuron < range.Count; neuron++)
                    sums[range.Layer].Add(range.First + neuron, own.Floats().Slice(neuron * read.Indices.Count, read.Indices.Count),
                    read.Indices, wide);
        }, progress, cancellation);
        return new(all, images, sums);
    }
}
