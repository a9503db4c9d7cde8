using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Effects;

/// <summary>
/// The fixed part of every path of a model to its output. Straight through the residual stream: P diag(g_p). Through block l' and head h,
/// or through head h of the attention that pools the tokens: the matrix P diag(g_p) W_O^h W_V^h diag(g1) that takes what is in the stream
/// at a token to the output, kept as its two factors through the head's value space. Worked out once for a tower; all studies of it share
/// them, from any thread, and they are disposed with it.
/// </summary>
internal sealed class OutputPaths : IDisposable
{
    private readonly ITower tower;
    private readonly SortedDictionary<int, (int First, int Heads)> places = [];
    private readonly Tensor left, right;
    private readonly Dictionary<int, BiasShare> biasShares = [];

    private OutputPaths(ITower tower)
    {
        // They outlive the work that asked for them first, and so must not be tied to its mode.
        using var mode = inference_mode(false);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        this.tower = tower;
        var gain = tower.FinalNorm?.Gain;
        Direct = (gain is null ? tower.Projection.clone() : tower.Projection.mul(gain.unsqueeze(1))).DetachFromDisposeScope();
        ProjectionAfterNorm = (gain is null ? tower.Projection.t() : tower.Projection.t().mul(gain)).contiguous().clone()
            .DetachFromDisposeScope();
        var final = tower.FinalNorm is { } norm ? norm.Bias.matmul(tower.Projection) : zeros(tower.EmbedDim, device: tower.Device);
        NormBias = (tower.ProjectionBias is { } bias ? final + bias : final).DetachFromDisposeScope();
        var readers = tower.Readers.OrderBy(reader => reader.Key).ToList();
        foreach (var (number, reader) in readers) places[number] = (PathsBefore(number), reader.Heads);
        // All readers' in one piece, of which those behind a block are the end.
        left = cat([.. readers.Select(reader => LeftFactors(reader.Value))], 0).DetachFromDisposeScope();
        right = cat([.. readers.Select(reader => RightFactors(reader.Value))], 0).DetachFromDisposeScope();
        HeadWidth = (int)right.shape[1];
    }

    /// <summary>The tower's paths; they belong to the tower.</summary>
    public static OutputPaths For(ITower tower) => tower.Companion(() => new OutputPaths(tower));

    /// <summary>Width of a head's value space.</summary>
    public int HeadWidth { get; }

    /// <summary>P' = P diag(g_p): [d, d'].</summary>
    public Tensor ProjectionAfterNorm { get; }

    /// <summary>diag(g_p) times the output matrix as stored, the transpose of P': [d', d].</summary>
    public Tensor Direct { get; }

    /// <summary>P b_p, what the bias of <c>ln_post</c> adds to the output, with the projection's own bias: [d].</summary>
    public Tensor NormBias { get; }

    /// <summary>Number K of (reader, head) pairs behind a block.</summary>
    public int PathCount(int layer) => places.Where(place => place.Key > layer).Sum(place => place.Value.Heads);

    /// <summary>The numbers of the attentions that read the stream behind a block and lead straight to the output (<see
    /// cref="ITower.Readers"/>), ascending.</summary>
    public IEnumerable<int> Behind(int layer) => places.Keys.Where(number => number > layer);

    /// <summary>P' W_O^h for every head of the readers behind a block, in that order: [K, d, d_head]; a view of what all share.</summary>
    public Tensor Left(int layer) => left.narrow(0, PathsBefore(layer + 1), PathCount(layer));

    /// <summary>W_V^h diag(g1) for every head of the readers behind a block: [K, d_head, d']; a view.</summary>
    public Tensor Right(int layer) => right.narrow(0, PathsBefore(layer + 1), PathCount(layer));

    /// <summary>What <paramref name="count"/> neurons from <paramref name="first"/> write, in the value space of every later head: [K,
    /// d_head, count].</summary>
    public Tensor Values(int layer, int first, int count)
    {
        using var scope = NewDisposeScope();
        return Right(layer).matmul(tower.Blocks[layer].Columns.narrow(1, first, count)).MoveToOuterDisposeScope();
    }

    /// <summary>Neurons of a block whose directions are best found together, so that there are pieces enough for some threads; by the
    /// number of neurons alone, for bits may depend on it.</summary>
    public static int Together(int neurons) => Math.Clamp(neurons / 12 / 64 * 64, 64, 256);

    /// <summary>The directions U of a block's neurons, one for every later block and head: [count, K, d].</summary>
    public Tensor Directions(int layer, int first, int count)
    {
        using var scope = NewDisposeScope();
        return Left(layer).bmm(Values(layer, first, count)).permute(2, 0, 1).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>The same path by path, for many neurons, some at once: products of small pieces stay in the cache, while the first factor
    /// is found for all of them, which its shape suits better.</summary>
    /// <param name="layer">The block.</param>
    /// <param name="first">The first neuron.</param>
    /// <param name="count">Neurons.</param>
    /// <param name="atOnce">Neurons of a piece.</param>
    /// <param name="visit">Takes the first neuron of a piece and its directions [K, neurons, d], which are given back afterwards.</param>
    public void VisitDirections(int layer, int first, int count, int atOnce, Action<int, Tensor> visit)
    {
        using var scope = NewDisposeScope();
        Tensor values = Values(layer, first, count).transpose(1, 2), left = Left(layer).transpose(1, 2);
        for (int piece = 0; piece < count; piece += atOnce)
        {
            using var inner = NewDisposeScope();
            visit(first + piece, values.narrow(1, piece, Math.Min(atOnce, count - piece)).bmm(left));
        }
    }

    /// <summary>The same of any of a block's neurons: [n, K, d].</summary>
    public Tensor Directions(int layer, IReadOnlyList<int> neurons)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        Tensor later = Left(layer), values = Right(layer), written = tower.Blocks[layer].Columns;
        return cat([.. neurons.Select(neuron => later.bmm(values.matmul(written.narrow(1, neuron, 1))).permute(2, 0, 1))], 0)
            .MoveToOuterDisposeScope();
    }

    /// <summary>The share of all biases and means that every neuron of a block has.</summary>
    public BiasShare BiasShare(int layer)
    {
        lock (biasShares)
        {
            if (!biasShares.TryGetValue(layer, out var share)) biasShares[layer] = share = new BiasShare(tower, this, layer);
            return share;
        }
    }

    public void Dispose()
    {
        foreach (var tensor in new[] { ProjectionAfterNorm, Direct, NormBias, left, right }) tensor.Dispose();
        foreach (var share in biasShares.Values) share.Dispose();
    }

    private int PathsBefore(int number) => places.Where(place => place.Key < number).Sum(place => place.Value.Heads);

    private Tensor LeftFactors(IReader reader)
    {
        using var scope = NewDisposeScope();
        var joined = ProjectionAfterNorm.matmul(reader.Output.Matrix);
        return joined.unflatten(1, [reader.Heads, -1]).permute(1, 0, 2).contiguous().MoveToOuterDisposeScope();
    }

    private static Tensor RightFactors(IReader reader)
    {
        using var scope = NewDisposeScope();
        return reader.Values().Matrix.unflatten(0, [reader.Heads, -1]).contiguous().MoveToOuterDisposeScope();
    }
}
