using static TorchSharp.torch;

namespace ClipLens.Models;

/// <summary>How a layer reads the residual stream for the class token, for the images of a batch.</summary>
/// <param name="Pattern">Attention of the class token to every token, per head: [B, H, T]; <c>attn.hook_pattern[:, :, 0]</c>.</param>
/// <param name="Ln1Mean">Mean of the stream at every token, which LN1 takes off: [B, T].</param>
/// <param name="Ln1Scale">Standard deviation by which LN1 divides at every token, epsilon included: [B, T]; <c>ln1.hook_scale</c>.</param>
public sealed record AttentionTrace(Tensor Pattern, Tensor Ln1Mean, Tensor Ln1Scale);

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

    /// <summary>The residual stream that enters a layer: [B, T, d'].</summary>
    public TraceTable<Tensor> ResidPre { get; } = new(nameof(ResidPre));

    /// <summary>The residual stream between attention and MLP: [B, T, d'].</summary>
    public TraceTable<Tensor> ResidMid { get; } = new(nameof(ResidMid));

    /// <summary>The residual stream that leaves a layer: [B, T, d'].</summary>
    public TraceTable<Tensor> ResidPost { get; } = new(nameof(ResidPost));

    /// <summary>Post-activation values of the neurons: [B, T, N].</summary>
    public TraceTable<Tensor> MlpPost { get; } = new(nameof(MlpPost));

    /// <summary>What a layer's MLP adds to the stream, output bias included: [B, T, d'].</summary>
    public TraceTable<Tensor> MlpOut { get; } = new(nameof(MlpOut));

    /// <summary>How a layer reads the stream for the class token.</summary>
    public TraceTable<AttentionTrace> Attention { get; } = new(nameof(Attention));

    /// <summary>Attention of every token (third axis) to every token (fourth axis), per head: [B, H, T, T].</summary>
    public TraceTable<Tensor> Pattern { get; } = new(nameof(Pattern));

    /// <summary>The same, averaged over the heads: [B, T, T].</summary>
    public TraceTable<Tensor> MeanPattern { get; } = new(nameof(MeanPattern));

    /// <summary>What the heads gather at every token, side by side, before the output matrix: [B, T, d'].</summary>
    public TraceTable<Tensor> Z { get; } = new(nameof(Z));

    /// <summary>What every head gathers for the class token, before the output matrix: [B, H, d'/H].</summary>
    public TraceTable<Tensor> ClassZ { get; } = new(nameof(ClassZ), nameof(TraceRequest.ClassParts));

    /// <summary>The class token's neurons: [B, N].</summary>
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

    /// <summary>Mean of the last stream at the class token, which <c>ln_post</c> takes off: [B]; always there.</summary>
    public Tensor LnFinalMean { get; internal set; } = null!;

    /// <summary>Standard deviation by which <c>ln_post</c> divides at the class token, epsilon included: [B]; always there.</summary>
    public Tensor LnFinalScale { get; internal set; } = null!;

    /// <summary>The output of the tower, not normalised: [B, d]; always there.</summary>
    public Tensor Representation { get; internal set; } = null!;
}
