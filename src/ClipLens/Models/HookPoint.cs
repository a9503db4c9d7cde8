namespace ClipLens.Models;

/// <summary>A place of the forward pass that a trace can keep, and what the field calls it.</summary>
/// <param name="Name">The property of <see cref="ForwardTrace"/>.</param>
/// <param name="Request">The property of <see cref="TraceRequest"/> that keeps it; null for what every trace has.</param>
/// <param name="TransformerLens">
/// The name of the hook in TransformerLens and Prisma, with <c>{l}</c> for the layer and, after a bracket, the part that is kept; null
/// where they have none.
/// </param>
/// <param name="Shape">Its shape: B images, T tokens (the class token first), H heads, N neurons, d' the width of the stream, d of the
/// joint space.</param>
public sealed record HookPoint(string Name, string? Request, string? TransformerLens, string Shape)
{
    /// <summary>All places, in the order of the forward pass.</summary>
    public static IReadOnlyList<HookPoint> All { get; } = Array.AsReadOnly<HookPoint>(
    [
        new(nameof(ForwardTrace.ClassEmbedding), nameof(TraceRequest.ClassParts), "blocks.0.hook_resid_pre[:, 0]", "[B, d']"),
        new(nameof(ForwardTrace.ResidPre), nameof(TraceRequest.ResidPre), "blocks.{l}.hook_resid_pre", "[B, T, d']"),
        new("Attention.Ln1Mean", nameof(TraceRequest.Attention), null, "[B, T]"),
        new("Attention.Ln1Scale", nameof(TraceRequest.Attention), "blocks.{l}.ln1.hook_scale", "[B, T]"),
        new("Attention.Pattern", nameof(TraceRequest.Attention), "blocks.{l}.attn.hook_pattern[:, :, 0]", "[B, H, T]"),
        new(nameof(ForwardTrace.Pattern), nameof(TraceRequest.Pattern), "blocks.{l}.attn.hook_pattern", "[B, H, T, T]"),
        new(nameof(ForwardTrace.MeanPattern), nameof(TraceRequest.MeanPattern), "blocks.{l}.attn.hook_pattern.mean(1)", "[B, T, T]"),
        new(nameof(ForwardTrace.Z), nameof(TraceRequest.Z), "blocks.{l}.attn.hook_z", "[B, T, d']"),
        new(nameof(ForwardTrace.ClassZ), nameof(TraceRequest.ClassParts), "blocks.{l}.attn.hook_z[:, 0]", "[B, H, d'/H]"),
        new(nameof(ForwardTrace.ResidMid), nameof(TraceRequest.ResidMid), "blocks.{l}.hook_resid_mid", "[B, T, d']"),
        new(nameof(ForwardTrace.MlpPost), nameof(TraceRequest.MlpPost), "blocks.{l}.mlp.hook_post", "[B, T, N]"),
        new(nameof(ForwardTrace.ClassMlpPost), nameof(TraceRequest.ClassParts), "blocks.{l}.mlp.hook_post[:, 0]", "[B, N]"),
        new(nameof(ForwardTrace.MlpOut), nameof(TraceRequest.MlpOut), "blocks.{l}.hook_mlp_out", "[B, T, d']"),
        new(nameof(ForwardTrace.ResidPost), nameof(TraceRequest.ResidPost), "blocks.{l}.hook_resid_post", "[B, T, d']"),
        new(nameof(ForwardTrace.LnFinalMean), null, null, "[B]"),
        new(nameof(ForwardTrace.LnFinalScale), null, "ln_final.hook_scale[:, 0]", "[B]"),
        new(nameof(ForwardTrace.Representation), null, null, "[B, d]"),
    ]);
}
