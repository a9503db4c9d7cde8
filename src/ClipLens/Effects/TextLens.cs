using ClipLens.Models;
using ClipLens.Models.Configuration;
using static TorchSharp.torch;

namespace ClipLens.Effects;

/// <summary>
/// What the neurons of a model's text tower do to its output: their second-order effects, by the route through the attention of the token
/// that is read out (the end of the text in CLIP), which sees the tokens before it. The mathematics are those of <see
/// cref="NeuronLens"/>: a text takes the place of an image and that token the place of the class token.
/// </summary>
/// <remarks>Sizes as there, with B texts and T tokens. A lens is light and safe to use from several threads; the model must outlive it.
/// Returned tensors belong to the dispose scope of the caller.</remarks>
/// <example>
/// <code>
/// var lens = new TextLens(model);
/// var trace = lens.Trace(["a photo of a dog"], 8);
/// var effects = lens.SecondOrder(trace, 8);
/// </code>
/// </example>
public sealed class TextLens
{
    private readonly TowerShape shape;
    private readonly OutputPaths paths;

    /// <summary>Opens a lens on a model.</summary>
    /// <param name="model">The model; it must outlive the lens.</param>
    /// <exception cref="ClipLensException">The model's weights cannot be read.</exception>
    public TextLens(ClipModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        Model = model;
        shape = TowerShape.From(model.Config.Text);
        paths = OutputPaths.For(model.Text);
    }

    /// <summary>The model.</summary>
    public ClipModel Model { get; }

    /// <summary>The forward pass of texts, with what second-order effects of some layers need.</summary>
    /// <param name="texts">The texts, B of them.</param>
    /// <param name="layers">The layers; the last has no second-order effects.</param>
    /// <exception cref="ClipLensException">The model does not have one of the layers, or it is the last.</exception>
    public ForwardTrace Trace(IReadOnlyList<string> texts, params IReadOnlyCollection<int> layers)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var trace = Model.Text.Trace(Model.Tokenizer.Encode(texts), Lens(layers).Request);
        scope.MoveToOuter([.. scope.DisposablesView]);
        return trace;
    }

    /// <summary>Second-order effects of all neurons of a layer in factored form; see <see cref="NeuronLens.Factors"/>.</summary>
    /// <param name="trace">A forward pass that kept the layer.</param>
    /// <param name="layer">The layer; not the last.</param>
    /// <exception cref="ClipLensException">The model does not have the layer, or it is the last.</exception>
    public SecondOrderFactors Factors(ForwardTrace trace, int layer) => Lens([layer]).Factors(trace, layer);

    /// <summary>The fixed directions that the coefficients of <see cref="Factors"/> belong to: [N, K, d].</summary>
    /// <param name="layer">The layer; not the last.</param>
    /// <exception cref="ClipLensException">The model does not have the layer, or it is the last.</exception>
    public Tensor Directions(int layer)
    {
        Lens([layer]);
        return paths.Directions(layer, 0, shape.MlpWidth);
    }

    /// <summary>Second-order effects of all neurons of a layer, bias share included, in percent of the length of the text's
    /// embedding.</summary>
    /// <param name="trace">A forward pass that kept the layer.</param>
    /// <param name="layer">The layer; not the last.</param>
    /// <returns>[B, N, d].</returns>
    /// <exception cref="ClipLensException">The model does not have the layer, or it is the last.</exception>
    public Tensor SecondOrder(ForwardTrace trace, int layer) => Lens([layer]).Effects(trace, layer);

    private SecondOrder Lens(IReadOnlyCollection<int> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        foreach (int layer in layers)
            if (layer < 0 || layer > shape.Layers - 2) throw new ClipLensException($"Layer {layer} of the text tower has no second-order "
                + $"effects; the layers that have are numbered from 0 to {shape.Layers - 2}.");
        return new SecondOrder(Model.Text, layers);
    }
}
