using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Models.Images;
using static TorchSharp.torch;

namespace ClipLens.Effects;

/// <summary>
/// What the neurons of a model's image tower do to its output: second-order, first-order and indirect effects of a batch (paper, Section
/// 3), their flow token by token, and the output without them. A forward pass is taken once with <see cref="Trace"/> and read as often as
/// wanted.
/// </summary>
/// <remarks>
/// <para>
/// Effects are in percent of the length of the image's representation: what they add up to is the output scaled to a length of 100
/// (<see cref="Unit"/>), as in the released code. Sizes in the documentation: B images, L layers, T tokens (the class token first), H
/// heads, N neurons of a layer, width d of the joint space, and K = H (L - 1 - layer) paths through the heads behind a layer. In a tower
/// whose tokens are pooled by an attention the paths are the heads of that attention, and the last layer has second-order effects too.
/// </para>
/// <para>
/// A lens is light: the model's fixed output paths are worked out at the first lens and shared by all later ones, and they are disposed
/// with the model, which must outlive the lens. Returned tensors are on the model's device, in float32, and belong to the dispose scope of
/// the caller; where there is none the caller disposes them. Tensors that are handed in may be on any device. Safe to use from several
/// threads.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// using var scope = torch.NewDisposeScope();
/// using var model = ClipModel.Load("ViT-B-32");
/// using var reader = new ImageBatchReader(model.Preprocessor, images);
/// var lens = new NeuronLens(model);
/// var trace = lens.Trace(reader.Read(0, 8).Pixels, lens.SecondOrderRequest(9));
/// var effects = lens.SecondOrder(trace, 9);
/// </code>
/// </example>
public sealed class NeuronLens
{
    /// <summary>The length of an output in the effects' unit.</summary>
    public const double Unit = 100;

    private readonly ImageTower tower;
    private readonly OutputPaths paths;
    private readonly FirstOrder first;
    private readonly DirectionReadout readout;

    /// <summary>Opens a lens on a model.</summary>
    /// <param name="model">The model; it must outlive the lens.</param>
    /// <exception cref="ClipLensException">The model's weights cannot be read.</exception>
    public NeuronLens(ClipModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        Model = model;
        tower = model.Image;
        paths = OutputPaths.For(tower);
        first = new FirstOrder(tower);
        readout = new DirectionReadout(tower);
    }

    /// <summary>The model.</summary>
    public ClipModel Model { get; }

    /// <summary>The request that <see cref="FirstOrder(ForwardTrace)"/> and the like need.</summary>
    public static TraceRequest FirstOrderRequest => Effects.FirstOrder.Request;

    /// <summary>The request that second-order effects and flows of some layers need.</summary>
    /// <param name="layers">The layers; the last has no second-order effects.</param>
    /// <exception cref="ClipLensException">The model does not have one of the layers, or it is the last.</exception>
    public TraceRequest SecondOrderRequest(params IReadOnlyCollection<int> layers) => SecondOrderOf(layers).Request;

    /// <summary>The request that indirect effects of a layer's neurons and <see cref="MeanAblated"/> need.</summary>
    public static TraceRequest IndirectRequest(int layer) => new() { MlpPost = [layer], ResidMid = [layer] };

    /// <summary>Number K of paths behind a layer: one for every head of every later layer, or, where an attention pools the tokens, one for
    /// every head of it.</summary>
    /// <exception cref="ClipLensException">The model does not have the layer.</exception>
    public int PathCount(int layer)
    {
        tower.CheckLayers([layer]);
        return paths.PathCount(layer);
    }

    /// <inheritdoc cref="ImageTower.Trace"/>
    public ForwardTrace Trace(Tensor pixels, TraceRequest request) => tower.Trace(pixels, request);

    /// <summary>Second-order effects of all neurons of a layer in factored form (paper, Section 3.2): K numbers a neuron and image instead
    /// of d.</summary>
    /// <param name="trace">A forward pass that kept the layer (<see cref="SecondOrderRequest"/>).</param>
    /// <param name="layer">The layer; not the last.</param>
    /// <exception cref="ClipLensException">The model does not have the layer, or it is the last.</exception>
    /// <exception cref="InvalidOperationException">The trace was not asked to keep what is needed.</exception>
    public SecondOrderFactors Factors(ForwardTrace trace, int layer) => SecondOrderOf([layer]).Factors(NotNull(trace), layer);

    /// <summary>The fixed directions that the coefficients of <see cref="Factors"/> belong to, the same for every image.</summary>
    /// <param name="layer">The layer; not the last.</param>
    /// <param name="neurons">The neurons, n of them; all if null.</param>
    /// <returns>[n, K, d].</returns>
    /// <exception cref="ClipLensException">The model does not have the layer, or it is the last.</exception>
    public Tensor Directions(int layer, IReadOnlyList<int>? neurons = null)
    {
        CheckWriting([layer]);
        return neurons is null ? paths.Directions(layer, 0, tower.Config.MlpWidth) : paths.Directions(layer, Checked(neurons));
    }

    /// <summary>Second-order effects (paper, Section 3.2).</summary>
    /// <param name="trace">A forward pass that kept the layer (<see cref="SecondOrderRequest"/>).</param>
    /// <param name="layer">The layer; not the last.</param>
    /// <param name="neurons">The neurons, n of them; all if null.</param>
    /// <returns>[B, n, d], bias share included, in the effects' unit.</returns>
    /// <exception cref="ClipLensException">The model does not have the layer, or it is the last.</exception>
    /// <exception cref="InvalidOperationException">The trace was not asked to keep what is needed.</exception>
    public Tensor SecondOrder(ForwardTrace trace, int layer, IReadOnlyList<int>? neurons = null)
    {
        var second = SecondOrderOf([layer]);
        return neurons is null ? second.Effects(NotNull(trace), layer) : second.Effects(NotNull(trace), layer, Checked(neurons));
    }

    /// <summary>First-order effects of all parts of the model: they add up to the output (paper, Section 3.1).</summary>
    /// <param name="trace">A forward pass that kept the class token's parts (<see cref="FirstOrderRequest"/>).</param>
    /// <exception cref="InvalidOperationException">The trace was not asked to keep what is needed.</exception>
    public FirstOrderParts FirstOrder(ForwardTrace trace) => first.Parts(NotNull(trace));

    /// <summary>First-order effects of single neurons; those of all neurons of a layer add up to its MLP's.</summary>
    /// <param name="trace">A forward pass that kept the class token's parts (<see cref="FirstOrderRequest"/>).</param>
    /// <param name="layer">The layer.</param>
    /// <param name="neurons">The neurons, n of them; all if null.</param>
    /// <returns>[B, n, d], in the effects' unit.</returns>
    /// <exception cref="ClipLensException">The model does not have the layer.</exception>
    /// <exception cref="InvalidOperationException">The trace was not asked to keep what is needed.</exception>
    public Tensor FirstOrder(ForwardTrace trace, int layer, IReadOnlyList<int>? neurons = null)
    {
        tower.CheckLayers([layer]);
        return first.Neurons(NotNull(trace), layer, neurons is null ? AllNeurons : Checked(neurons));
    }

    /// <summary>Prepares indirect effects of some neurons for many batches; the caller disposes it.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="neurons">The neurons, n of them.</param>
    /// <param name="meanActivations">What replaces the activations of the layer's neurons, token by token: [T, N], as <see
    /// cref="ActivationMeans.Tokens"/>.</param>
    /// <exception cref="ClipLensException">The model does not have the layer.</exception>
    public IndirectEffects PrepareIndirect(int layer, IReadOnlyList<int> neurons, Tensor meanActivations)
    {
        tower.CheckLayers([layer]);
        return new IndirectEffects(tower, layer, Checked(neurons), CheckedMean(meanActivations));
    }

    /// <summary>
    /// Indirect effects: by how much the output changes when a neuron is replaced by its mean in a true forward pass (paper, Section 3.1).
    /// Each neuron and image costs a pass through the later layers.
    /// </summary>
    /// <param name="trace">A forward pass that kept the layer (<see cref="IndirectRequest"/>).</param>
    /// <param name="layer">The layer.</param>
    /// <param name="neurons">The neurons, n of them.</param>
    /// <param name="meanActivations">What replaces the activations of the layer's neurons, token by token: [T, N].</param>
    /// <param name="cancellation">Stops between groups of neurons.</param>
    /// <returns>[B, n, d], in the effects' unit.</returns>
    /// <exception cref="ClipLensException">The model does not have the layer.</exception>
    /// <exception cref="InvalidOperationException">The trace was not asked to keep what is needed.</exception>
    public Tensor Indirect(ForwardTrace trace, int layer, IReadOnlyList<int> neurons, Tensor meanActivations,
        CancellationToken cancellation = default)
    {
        using var effects = PrepareIndirect(layer, neurons, meanActivations);
        return effects.Measure(trace, cancellation);
    }

    /// <summary>
    /// Second-order flow of a layer's neurons along directions, token by token: where in the image they get from what they add to the
    /// output. Over the tokens it adds up to the inner product of the direction and the neurons' second-order effects, less the bias
    /// shares, which belong to no token.
    /// </summary>
    /// <param name="trace">A forward pass that kept the layer (<see cref="SecondOrderRequest"/>).</param>
    /// <param name="layer">The layer; not the last.</param>
    /// <param name="directions">C directions of the joint space, such as text embeddings of unit length: [C, d].</param>
    /// <param name="neurons">The neurons that count; all if null.</param>
    /// <returns>[B, C, T], in the effects' unit for directions of unit length.</returns>
    /// <exception cref="ClipLensException">The model does not have the layer, or it is the last.</exception>
    /// <exception cref="InvalidOperationException">The trace was not asked to keep what is needed.</exception>
    public Tensor Flow(ForwardTrace trace, int layer, Tensor directions, IReadOnlyList<int>? neurons = null)
    {
        var chosen = new Dictionary<int, long[]> { [layer] = Flowing(layer, neurons) };
        return PerImage(trace, image => readout.Flow(trace, image, chosen, directions));
    }

    /// <summary>The same, split by the heads of the later layers through which it goes.</summary>
    /// <returns>[B, readers behind the layer, H, C, T]; over the second and third axis it adds up to <see cref="Flow"/>.</returns>
    /// <inheritdoc cref="Flow"/>
    public Tensor FlowByHead(ForwardTrace trace, int layer, Tensor directions, IReadOnlyList<int>? neurons = null)
    {
        long[] chosen = Flowing(layer, neurons);
        return PerImage(trace, image => readout.FlowByHead(trace, image, layer, chosen, directions));
    }

    /// <summary>The flow along one direction from a region, split by neuron: what each neuron of a layer gets from there.</summary>
    /// <param name="trace">A forward pass that kept the layer (<see cref="SecondOrderRequest"/>).</param>
    /// <param name="layer">The layer; not the last.</param>
    /// <param name="direction">The direction: [d].</param>
    /// <param name="region">How much each token counts, the class token first: [T]; all tokens alike if null.</param>
    /// <returns>[B, N], in the effects' unit for a direction of unit length.</returns>
    /// <exception cref="ClipLensException">The model does not have the layer, or it is the last.</exception>
    /// <exception cref="InvalidOperationException">The trace was not asked to keep what is needed.</exception>
    public Tensor FlowByNeuron(ForwardTrace trace, int layer, Tensor direction, Tensor? region = null)
    {
        CheckWriting([layer]);
        using var scope = NewDisposeScope();
        region ??= ones(NotNull(trace).MlpPost[layer].shape[1], device: tower.Device);
        return PerImage(trace, image => readout.FlowByNeuron(trace, image, layer, direction, region)).MoveToOuterDisposeScope();
    }

    /// <summary>The output when neurons of a layer are replaced by their means, all at once, in a true forward pass.</summary>
    /// <param name="trace">A forward pass that kept the layer (<see cref="IndirectRequest"/>).</param>
    /// <param name="layer">The layer.</param>
    /// <param name="meanActivations">What replaces the activations of the layer's neurons, token by token: [T, N].</param>
    /// <param name="neurons">The neurons that are replaced; all if null.</param>
    /// <returns>The representation as <see cref="ImageTower.Encode"/> gives it, not normalised: [B, d].</returns>
    /// <exception cref="ClipLensException">The model does not have the layer.</exception>
    /// <exception cref="InvalidOperationException">The trace was not asked to keep what is needed.</exception>
    public Tensor MeanAblated(ForwardTrace trace, int layer, Tensor meanActivations, IReadOnlyList<int>? neurons = null)
    {
        tower.CheckLayers([layer]);
        NotNull(trace);
        using var scope = NewDisposeScope();
        var changed = CheckedMean(meanActivations);
        if (neurons is not null)
        {
            var indices = TensorMoves.Indices(Checked(neurons), tower.Device);
            changed = trace.MlpPost[layer].index_copy(2, indices, changed.index_select(1, indices)
                .expand(trace.MlpPost[layer].shape[0], -1, -1));
        }
        return IndirectEffects.Replaced(tower, trace, layer, changed).MoveToOuterDisposeScope();
    }

    /// <summary>What a layer's neurons do on average over a dataset, in one pass; the caller disposes it.</summary>
    /// <param name="images">The dataset, prepared for the model.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="batch">Images in a forward pass.</param>
    /// <param name="options">How it is run.</param>
    /// <exception cref="ClipLensException">The model does not have the layer, or none of the images can be read.</exception>
    public ActivationMeans MeanActivations(ImageBatchReader images, int layer, int batch = 16, WorkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(images);
        tower.CheckLayers([layer]);
        return ActivationMeans.Measure(tower, images, layer, options, batch);
    }

    private int[] AllNeurons => [.. Enumerable.Range(0, tower.Config.MlpWidth)];

    private SecondOrder SecondOrderOf(IReadOnlyCollection<int> layers)
    {
        CheckWriting(layers);
        return new SecondOrder(tower, layers);
    }

    private long[] Flowing(int layer, IReadOnlyList<int>? neurons)
    {
        CheckWriting([layer]);
        return [.. (neurons is null ? AllNeurons : Checked(neurons)).Select(neuron => (long)neuron)];
    }

    private static Tensor PerImage(ForwardTrace trace, Func<int, Tensor> compute)
    {
        using var scope = NewDisposeScope();
        return stack(Enumerable.Range(0, (int)NotNull(trace).Representation.shape[0]).Select(compute), 0).MoveToOuterDisposeScope();
    }

    private void CheckWriting(IReadOnlyCollection<int> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        tower.CheckLayers(layers);
        int last = tower.Config.Layers - 1;
        if (layers.Contains(last) && paths.PathCount(last) == 0) throw new ClipLensException($"The last layer, {last}, has no "
            + "second-order effects; choose an earlier "
            + "one.");
    }

    private IReadOnlyList<int> Checked(IReadOnlyList<int> neurons)
    {
        ArgumentNullException.ThrowIfNull(neurons);
        int count = tower.Config.MlpWidth;
        if (neurons.Count == 0) throw new ClipLensException("No neurons were chosen; name at least one of the layer.");
        foreach (int neuron in neurons)
        {
            if (neuron < 0 || neuron >= count)
                throw new ClipLensException($"The layers have no neuron {neuron}; their neurons are numbered from 0 to {count - 1}.");
        }
        return neurons;
    }

    private Tensor CheckedMean(Tensor mean)
    {
        ArgumentNullException.ThrowIfNull(mean);
        if (mean.shape is not [_, var neurons] || neurons != tower.Config.MlpWidth)
            throw new ArgumentException($"Mean activations are [tokens, {tower.Config.MlpWidth}], not [{string.Join(", ", mean.shape)}].",
            nameof(mean));
        return mean.On(tower.Device);
    }

    private static ForwardTrace NotNull(ForwardTrace trace)
    {
        ArgumentNullException.ThrowIfNull(trace);
        return trace;
    }
}
