using System.Collections.Immutable;

namespace ClipLens.Models;

/// <summary>
/// What a forward pass is asked to keep, layer by layer: a property here is the property of the same name of <see cref="ForwardTrace"/>.
/// What is not asked for is not kept, because a whole trace of a batch takes more memory than the model.
/// </summary>
/// <example>
/// <code>
/// var request = new TraceRequest { MlpPost = [9], Attention = [10, 11] };
/// </code>
/// </example>
public sealed record TraceRequest
{
    /// <summary>Layers whose entering residual stream is kept at every token.</summary>
    public ImmutableHashSet<int> ResidPre { get; init; } = [];

    /// <summary>Layers whose residual stream between attention and MLP is kept at every token.</summary>
    public ImmutableHashSet<int> ResidMid { get; init; } = [];

    /// <summary>Layers whose leaving residual stream is kept at every token.</summary>
    public ImmutableHashSet<int> ResidPost { get; init; } = [];

    /// <summary>Layers whose neurons are kept at every token.</summary>
    public ImmutableHashSet<int> MlpPost { get; init; } = [];

    /// <summary>Layers whose MLP output is kept at every token.</summary>
    public ImmutableHashSet<int> MlpOut { get; init; } = [];

    /// <summary>Layers of which is kept how they read the stream for the class token: its attention and the statistics of LN1.</summary>
    public ImmutableHashSet<int> Attention { get; init; } = [];

    /// <summary>Layers whose attention between all tokens is kept for every head: H T^2 numbers an image and layer.</summary>
    public ImmutableHashSet<int> Pattern { get; init; } = [];

    /// <summary>Layers whose attention between all tokens is kept as the mean of the heads.</summary>
    public ImmutableHashSet<int> MeanPattern { get; init; } = [];

    /// <summary>Layers of which is kept what their heads gather at every token.</summary>
    public ImmutableHashSet<int> Z { get; init; } = [];

    /// <summary>Whether the class token's own parts are kept for every layer: its embedding, what its heads gather and its
    /// neurons.</summary>
    public bool ClassParts { get; init; }

    /// <summary>Whether the tokens other than the class token must go through the last layer too.</summary>
    internal bool NeedsAllTokens(int layer) => ResidMid.Contains(layer) || ResidPost.Contains(layer) || MlpPost.Contains(layer)
        || MlpOut.Contains(layer) || Z.Contains(layer) || Pattern.Contains(layer) || MeanPattern.Contains(layer);

    /// <summary>The layers from one on to the last, as a request takes them; none if it is behind the last.</summary>
    /// <param name="first">The first layer.</param>
    /// <param name="count">Number of the tower's layers.</param>
    public static ImmutableHashSet<int> LayersFrom(int first, int count) => [.. Enumerable.Range(first, Math.Max(0, count - first))];

    /// <summary>What all of some requests need together.</summary>
    /// <param name="requests">The requests; none gives the empty one.</param>
    public static TraceRequest Union(params IReadOnlyList<TraceRequest> requests)
    {
        ArgumentNullException.ThrowIfNull(requests);
        ImmutableHashSet<int> All(Func<TraceRequest, ImmutableHashSet<int>> layers) => [.. requests.SelectMany(layers)];
        return new()
        {
            ResidPre = All(request => request.ResidPre),
            ResidMid = All(request => request.ResidMid),
            ResidPost = All(request => request.ResidPost),
            MlpPost = All(request => request.MlpPost),
            MlpOut = All(request => request.MlpOut),
            Attention = All(request => request.Attention),
            Pattern = All(request => request.Pattern),
            MeanPattern = All(request => request.MeanPattern),
            Z = All(request => request.Z),
            ClassParts = requests.Any(request => request.ClassParts),
        };
    }

    /// <summary>The layers that are named in the request for what only a block has.</summary>
    internal IEnumerable<int> BlockLayers => new[] { ResidMid, ResidPost, MlpPost, MlpOut, Pattern, MeanPattern, Z }
        .SelectMany(layers => layers);

    /// <summary>Those for what the attention that pools the tokens has too, under the number behind the last layer.</summary>
    internal IEnumerable<int> ReaderLayers => ResidPre.Concat(Attention);
}
