using ClipLens.Ablation;
using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using ClipLens.Truth;
using static TorchSharp.torch;

namespace ClipLens.Runs.Studies.Truth;

/// <summary>What a run's neurons do on images that the run has not seen.</summary>
/// <param name="Indices">The images that count: readable, and not of the run.</param>
/// <param name="Seen">Images left out because the run has seen them.</param>
/// <param name="Failures">Why others could not be read.</param>
/// <param name="Representations">Unit representations of those that count: [n, d].</param>
/// <param name="Norms">Norms of the centred effects on them, by block and neuron.</param>
internal sealed record HeldOutImages(IReadOnlyList<int> Indices, int Seen, IReadOnlyList<string> Failures, Tensor Representations,
    IReadOnlyDictionary<int, float[][]> Norms)
{
    /// <summary>Images that must be left for scores to mean anything.</summary>
    private const int Least = 10;

    /// <summary>Passes images through the model; those with the bytes of an image of the run are left out.</summary>
    /// <exception cref="ClipLensException">Fewer than ten are left.</exception>
    public static HeldOutImages Observe(RunDirectory run, ClipModel model, IReadOnlyList<ImageEntry> images,
        IReadOnlyList<LayerNeurons> layers, AblationSettings settings, WorkOptions options)
    {
        var known = run.Images.Where(image => image.Error is null).Select(image => image.Sha256).ToHashSet();
        var outcomes = new Dictionary<int, ImageOutcome>();
        var norms = layers.ToDictionary(layer => layer.Layer, layer => Enumerable.Range(0, layer.Count).Select(_ => new List<float>())
            .ToArray());
        var rows = new SortedDictionary<int, float[]>();
        using var reader = new ImageBatchReader(model.Preprocessor, images, run.Manifest.Settings.ApplyOrientation);
        NormPass.Run(model.Image, reader, layers, settings, "Held-out images", (read, found) =>
        {
            for (int i = 0; i < read.Outcomes.Count; i++) outcomes[read.Start + i] = read.Outcomes[i];
            int[] places = [.. Enumerable.Range(0, read.Indices.Count).Where(i => !known.Contains(outcomes[read.Indices[i]].Sha256!))];
            foreach (int i in places) rows[read.Indices[i]] = found.Representations[i].Floats().ToArray();
            foreach (var (range, own) in found.Ranges)
                for (int neuron = 0; neuron < range.Count; neuron++)
                    foreach (int i in places) norms[range.Layer][range.First + neuron].Add(own.Floats()[neuron * read.Indices.Count + i]);
        }, options);
        string[] failures = [.. outcomes.OrderBy(pair => pair.Key).Select(pair => pair.Value.Error).OfType<string>()];
        int seen = images.Count - failures.Length - rows.Count;
        if (rows.Count < Least) throw TooFew(run, rows.Count, seen, failures);
        var all = tensor(rows.Values.SelectMany(row => row).ToArray(), [rows.Count, model.Image.EmbedDim]);
        return new([.. rows.Keys], seen, failures, all, norms.ToDictionary(pair => pair.Key, pair =>
            pair.Value.Select(own => own.ToArray()).ToArray()));
    }

    private static ClipLensException TooFew(RunDirectory run, int left, int seen, string[] failures) => new(seen > 0
        ? $"{seen} of the images were seen by the run {run.Path} and cannot tell whether its descriptions are true, which leaves {left}; "
        + $"give at least {Least} others."
        : $"Only {left} of the images can be read, and scores need at least "
        + $"{Least}{(failures.Length > 0 ? $"; the first error: {failures[0].TrimEnd('.')}" : "; give more")}.");
}
