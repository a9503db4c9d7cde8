using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Models.Images;
using static TorchSharp.torch;

namespace ClipLens.Editing.Units;

/// <summary>What a layer's units do on average over images: activations of the neurons, and what the heads gather, side by side.</summary>
/// <param name="NeuronsAtClass">At the class token: [N].</param>
/// <param name="NeuronsAtAll">Over all tokens: [N].</param>
/// <param name="HeadsAtClass">What the heads gather at the class token: [d'].</param>
/// <param name="HeadsAtAll">Over all tokens: [d'].</param>
internal sealed record LayerMeans(double[] NeuronsAtClass, double[] NeuronsAtAll, double[] HeadsAtClass, double[] HeadsAtAll)
{
    /// <summary>The mean that an edit puts in the place of the neurons or the heads.</summary>
    public double[] Choose(bool heads, EditMean mean) => mean switch
    {
        EditMean.ClassToken => heads ? HeadsAtClass : NeuronsAtClass,
        EditMean.AllTokens => heads ? HeadsAtAll : NeuronsAtAll,
        _ => new double[heads ? HeadsAtClass.Length : NeuronsAtClass.Length],
    };
}

/// <summary>The means of a model's units over images, from one pass.</summary>
public sealed class UnitMeans
{
    private readonly IReadOnlyDictionary<int, LayerMeans> layers;

    private UnitMeans(int images, IReadOnlyDictionary<int, LayerMeans> layers) => (Images, this.layers) = (images, layers);

    /// <summary>Means of nothing, for edits that put nothing in the place of what they take away.</summary>
    public static UnitMeans Zero(ClipModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var config = model.Config.Vision;
        var zero = new LayerMeans(new double[config.MlpWidth], new double[config.MlpWidth], new double[config.Width],
            new double[config.Width]);
        return new(0, Enumerable.Range(0, config.Layers).ToDictionary(layer => layer, _ => zero));
    }

    /// <summary>Images that they were taken over.</summary>
    public int Images { get; }

    internal LayerMeans this[int layer] => layers[layer];

    /// <summary>Takes the means in one pass; images that cannot be read are left out.</summary>
    /// <param name="model">The model.</param>
    /// <param name="images">The images.</param>
    /// <param name="wanted">The layers.</param>
    /// <param name="options">How it is run.</param>
    /// <exception cref="ClipLensException">None of the images can be read.</exception>
    public static UnitMeans Measure(ClipModel model, ImageBatchReader images, IReadOnlyCollection<int> wanted, WorkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        var tower = model.Image;
        tower.CheckLayers(wanted);
        int[] order = [.. wanted.Distinct().Order()];
        var request = new TraceRequest { MlpPost = [.. order], Z = [.. order] };
        using var scope = NewDisposeScope();
        Tensor?[] sums = new Tensor?[order.Length * 4];
        int count = 0;
        new DatasetPass(images, 16, "Mean activations", options).Run(batch =>
        {
            using var inner = NewDisposeScope();
            var trace = tower.Trace(batch.Pixels, request);
            return order.SelectMany(layer => new[] { trace.MlpPost[layer], trace.Z[layer] })
                .SelectMany(values => new[] { values.select(1, 0), values.mean([1]) })
                .Select(values => values.Widenable().sum(dim: 0, type: ScalarType.Float64).ToHost().MoveToOuterDisposeScope()).ToArray();
        }, (batch, found) =>
        {
            for (int i = 0; i < sums.Length && found is not null; i++)
                if (sums[i] is { } sum) sum.add_(found[i]);
                else sums[i] = found[i].clone().DetachFromDisposeScope();
            count += batch.Indices.Count;
        });
        if (count == 0) throw new ClipLensException("None of the images could be read, so there are no means to put in; check the files.");
        var means = order.Select((layer, i) =>
            (layer, Means: new LayerMeans(Mean(4 * i), Mean(4 * i + 1), Mean(4 * i + 2), Mean(4 * i + 3))))
            .ToDictionary(pair => pair.layer, pair => pair.Means);
        foreach (var sum in sums) sum!.Dispose();
        return new(count, means);

        double[] Mean(int place) => sums[place]!.div(count).data<double>().ToArray();
    }
}
