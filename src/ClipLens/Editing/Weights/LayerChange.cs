using ClipLens.Editing.Units;
using ClipLens.Models.Configuration;
using static TorchSharp.torch;

namespace ClipLens.Editing.Weights;

/// <summary>What an edit does to one output matrix: that of a layer's MLP, or that of its attention.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="IsAttention">Whether it is the attention's.</param>
/// <param name="Columns">The columns that are multiplied: [n].</param>
/// <param name="Factors">By what, in the same order: [n].</param>
/// <param name="Means">The mean of what each column is multiplied with in the model: [n].</param>
/// <param name="Width">Columns of one unit, side by side.</param>
internal sealed record LayerChange(int Layer, bool IsAttention, long[] Columns, double[] Factors, double[] Means, int Width)
{
    private string Block => $"visual.transformer.resblocks.{Layer}.{(IsAttention ? "attn.out_proj" : "mlp.c_proj")}";

    /// <summary>The canonical name of the output matrix.</summary>
    public string WeightName => Block + ".weight";

    /// <summary>The canonical name of its bias.</summary>
    public string BiasName => Block + ".bias";

    /// <summary>The changes of an edit, by matrix.</summary>
    public static IReadOnlyList<LayerChange> For(ModelEdit edit, UnitMeans means, VisionConfig config) =>
        [.. edit.Changes.GroupBy(change => (change.Unit.Layer, change.Unit.IsHead)).OrderBy(group => group.Key).Select(group =>
        {
            var (layer, heads) = group.Key;
            int width = heads ? config.Width / config.Heads : 1;
            var ordered = group.OrderBy(change => change.Unit.Index).ToList();
            long[] columns = [.. ordered.SelectMany(change => Enumerable.Range(change.Unit.Index * width, width)).Select(c => (long)c)];
            double[] mean = means[layer].Choose(heads, edit.Mean);
            return new LayerChange(layer, heads, columns, [.. ordered.SelectMany(change => Enumerable.Repeat(change.Factor, width))],
                [.. columns.Select(column => mean[column])], width);
        })];

    /// <summary>The changed columns and bias.</summary>
    /// <param name="weight">The matrix: [d', N].</param>
    /// <param name="bias">The bias: [d'].</param>
    /// <returns>The columns that change [d', n] and the bias [d'], float64, in the caller's dispose scope.</returns>
    public (Tensor Columns, Tensor Bias) Apply(Tensor weight, Tensor bias)
    {
        using var scope = NewDisposeScope();
        var own = weight.index_select(1, tensor(Columns)).to(ScalarType.Float64);
        var factors = tensor(Factors);
        var moved = own.mv(tensor(Means) * (1 - factors)) + bias.to(ScalarType.Float64);
        // Adding nothing makes a negative zero a plain one.
        return ((own * factors + 0.0).MoveToOuterDisposeScope(), moved.MoveToOuterDisposeScope());
    }
}
