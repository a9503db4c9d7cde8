using static TorchSharp.torch;

namespace ClipLens.Models;

/// <summary>What a forward pass is asked to keep.</summary>
internal sealed record TraceRequest
{
    /// <summary>Blocks whose neurons are kept at every token.</summary>
    public IReadOnlySet<int> MlpPost { get; init; } = new HashSet<int>();

    /// <summary>Blocks whose residual stream between attention and MLP is kept at every token.</summary>
    public IReadOnlySet<int> ResidMid { get; init; } = new HashSet<int>();

    /// <summary>Blocks whose entering residual stream is kept at every token.</summary>
    public IReadOnlySet<int> ResidPre { get; init; } = new HashSet<int>();

    /// <summary>Blocks whose MLP output is kept at every token.</summary>
    public IReadOnlySet<int> MlpOut { get; init; } = new HashSet<int>();

    /// <summary>First block whose route (attention of the class token, LN1 statistics) is kept; none by default.</summary>
    public int FirstPattern { get; init; } = int.MaxValue;

    /// <summary>Whether the class token's own parts (embedding, head outputs, neurons) are kept for every block.</summary>
    public bool ClassParts { get; init; }

    /// <summary>Blocks whose attention between all tokens is kept, as the mean of the heads.</summary>
    public IReadOnlySet<int> MeanPattern { get; init; } = new HashSet<int>();

    /// <summary>What all of some requests need together.</summary>
    public static TraceRequest Union(IReadOnlyList<TraceRequest> requests) => new()
    {
        MlpPost = All(requests, request => request.MlpPost),
        ResidMid = All(requests, request => request.ResidMid),
        ResidPre = All(requests, request => request.ResidPre),
        MlpOut = All(requests, request => request.MlpOut),
        MeanPattern = All(requests, request => request.MeanPattern),
        FirstPattern = requests.Min(request => request.FirstPattern),
        ClassParts = requests.Any(request => request.ClassParts),
    };

    private static HashSet<int> All(IEnumerable<TraceRequest> requests, Func<TraceRequest, IReadOnlySet<int>> blocks) =>
        requests.SelectMany(blocks).ToHashSet();
}

/// <summary>How a block's attention carries a stream to the class token, for the images of a batch.</summary>
/// <param name="Pattern">Attention of the class token to every token, per head: [B, H, T].</param>
/// <param name="Ln1Mean">Mean of LN1 at every token: [B, T].</param>
/// <param name="Ln1Scale">Standard deviation of LN1 at every token, epsilon included: [B, T].</param>
internal sealed record AttentionTrace(Tensor Pattern, Tensor Ln1Mean, Tensor Ln1Scale);

/// <summary>What one forward pass of the image tower leaves behind for a batch of B images; the tensors belong to the caller's dispose scope.</summary>
internal sealed class ForwardTrace
{
    /// <summary>The output of the tower, not normalised: [B, d].</summary>
    public Tensor Representation { get; set; } = null!;

    /// <summary>Mean of <c>ln_post</c> at the class token: [B].</summary>
    public Tensor LnFinalMean { get; set; } = null!;

    /// <summary>Standard deviation of <c>ln_post</c> at the class token, epsilon included: [B].</summary>
    public Tensor LnFinalScale { get; set; } = null!;

    /// <summary>The routes by block, from <see cref="TraceRequest.FirstPattern"/> on.</summary>
    public Dictionary<int, AttentionTrace> Attention { get; } = [];

    /// <summary>Post-activation neurons by block: [B, T, N].</summary>
    public Dictionary<int, Tensor> MlpPost { get; } = [];

    /// <summary>The residual stream between attention and MLP, by block: [B, T, d'].</summary>
    public Dictionary<int, Tensor> ResidMid { get; } = [];

    /// <summary>The residual stream that enters a block: [B, T, d'].</summary>
    public Dictionary<int, Tensor> ResidPre { get; } = [];

    /// <summary>What a block's MLP adds to the stream, output bias included: [B, T, d'].</summary>
    public Dictionary<int, Tensor> MlpOut { get; } = [];

    /// <summary>The class token's embedding after <c>ln_pre</c>: [B, d'].</summary>
    public Tensor? ClassEmbedding { get; set; }

    /// <summary>Per block, what every head gathers for the class token, before the output matrix: [B, H, d'/H].</summary>
    public Dictionary<int, Tensor> ClassZ { get; } = [];

    /// <summary>Per block, the class token's neurons: [B, N].</summary>
    public Dictionary<int, Tensor> ClassMlpPost { get; } = [];

    /// <summary>Per block, the attention between all tokens, averaged over the heads: [B, T, T].</summary>
    public Dictionary<int, Tensor> MeanPattern { get; } = [];
}
