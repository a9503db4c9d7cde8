using static TorchSharp.torch;

namespace ClipLens.Models;

/// <summary>
/// How an attention reads the residual stream for what is read out of the tower, for the images of a batch: a layer's heads for the class
/// token, or for the patches, of which a tower without one takes the mean; or the heads of the attention that pools the tokens.
/// </summary>
/// <param name="Pattern">Attention to every token, per head: [B, H, T]; <c>attn.hook_pattern[:, :, 0]</c> for a class token.</param>
/// <param name="Ln1Mean">Mean of the stream at every token, which the norm before the attention takes off: [B, T]; 0 where there is
/// none.</param>
/// <param name="Ln1Scale">Standard deviation by which it divides at every token, epsilon included: [B, T]; 1 where there is none;
/// <c>ln1.hook_scale</c>.</param>
public sealed record AttentionTrace(Tensor Pattern, Tensor Ln1Mean, Tensor Ln1Scale)
{
    /// <summary>Mean that a norm between the heads and the stream takes off at the class token: [B]; null where there is none.</summary>
    public Tensor? OutMean { get; init; }

    /// <summary>Standard deviation by which this norm divides, epsilon included: [B]; null where there is none.</summary>
    public Tensor? OutScale { get; init; }

    /// <summary>What a token's stream is multiplied by on its way through each head, held fixed: [B, H, T].</summary>
    internal Tensor Weights()
    {
        var weights = Pattern / Ln1Scale.unsqueeze(1);
        return OutScale is null ? weights : weights / OutScale.view(-1, 1, 1);
    }
}

/// <summary>
/// What one forward pass of the image tower leaves behind for a batch of B images: the places of <see cref="HookPoint"/>, under the names
/// that TransformerLens gave them. The tensors belong to the dispose scope of the caller of <see cref="ImageTower.Trace"/>; do not change
/// them, some are used by what comes later. A layer that was not asked for in the <see cref="TraceRequest"/> is not there, and reading it
/// says so.
/// </summary>
public sealed class ForwardTrace
{
    private Tensor? classEmbedding;

    internal ForwardTrace() { }

    /// <summary>The residual stream that enters a layer, or the attention that pools the tokens, under the number behind the last layer:
    /// [B, T, d'].</summary>
    public TraceTable<Tensor> ResidPre { get; } = new(nameof(ResidPre));

    /// <summary>The residual stream between attention and MLP: [B, T, d'].</summary>
    public TraceTable<Tensor> ResidMid { get; } = new(nameof(ResidMid));

    /// <summary>The residual stream that leaves a layer: [B, T, d'].</summary>
    public TraceTable<Tensor> ResidPost { get; } = new(nameof(ResidPost));

    /// <summary>Post-activation values of the neurons: [B, T, N]; silu(gate) times value where they have a gate.</summary>
    public TraceTable<Tensor> MlpPost { get; } = new(nameof(MlpPost));

    /// <summary>What a layer's MLP adds to the stream, output bias included: [B, T, d'].</summary>
    public TraceTable<Tensor> MlpOut { get; } = new(nameof(MlpOut));

    /// <summary>How a layer reads the stream for what is read out; the attention that pools the tokens stands under the number behind the
    /// last layer.</summary>
    public TraceTable<AttentionTrace> Attention { get; } = new(nameof(Attention));

    /// <summary>Attention of every token (third axis) to every token (fourth axis), per head: [B, H, T, T].</summary>
    public TraceTable<Tensor> Pattern { get; } = new(nameof(Pattern));

    /// <summary>The same, averaged over the heads: [B, T, T].</summary>
    public TraceTable<Tensor> MeanPattern { get; } = new(nameof(MeanPattern));

    /// <summary>What the heads gather at every token, side by side, before the output matrix: [B, T, d'].</summary>
    public TraceTable<Tensor> Z { get; } = new(nameof(Z));

    /// <summary>What every head gathers for what is read out (the class token, or the mean of the patches, or the pooled vector under the
    /// number behind the last layer), before the output matrix: [B, H, d'/H].</summary>
    public TraceTable<Tensor> ClassZ { get; } = new(nameof(ClassZ), nameof(TraceRequest.ClassParts));

    /// <summary>The neurons of what is read out, the class token's or the mean of the patches': [B, N].</summary>
    public TraceTable<Tensor> ClassMlpPost { get; } = new(nameof(ClassMlpPost), nameof(TraceRequest.ClassParts));

    /// <summary>The class token's embedding as it enters the first layer (after <c>ln_pre</c>, where the model has it): [B, d'].</summary>
    /// <exception cref="InvalidOperationException">It was not asked for.</exception>
    public Tensor ClassEmbedding
    {
        get => classEmbedding
            ?? throw new InvalidOperationException($"The trace has no {nameof(ClassEmbedding)}; ask for it with "
            + $"{nameof(TraceRequest)}.{nameof(TraceRequest.ClassParts)}.");
        internal set => classEmbedding = value;
    }

    /// <summary>Mean of the pooled vector, which the norm before the projection takes off: [B], 0 where there is none; always
    /// there.</summary>
    public Tensor LnFinalMean { get; internal set; } = null!;

    /// <summary>Standard deviation by which this norm divides, epsilon included: [B], 1 where there is none; always there.</summary>
    public Tensor LnFinalScale { get; internal set; } = null!;

    /// <summary>The output of the tower, not normalised: [B, d]; always there.</summary>
    public Tensor Representation { get; internal set; } = null!;
}
