using System.Collections.Immutable;
using ClipLens.Compute;
using ClipLens.Models.Configuration;
using static TorchSharp.torch;

namespace ClipLens.Models;

/// <summary>The text tower of a CLIP model: token ids to points of the joint space.</summary>
public sealed class TextTower : ITower, IDisposable
{
    private readonly Placement placement;
    private readonly Device device;
    private readonly Tensor tokenEmbedding, positions, projection;
    private readonly Tensor? classEmbedding, projectionBias;
    private readonly LayerNorm finalNorm;
    private readonly TransformerBlock[] blocks;
    private readonly TowerCompanions companions = new();

    internal TextTower(PlacedWeights weights)
    {
        (placement, device) = (weights.Placement, weights.Placement.Device);
        Config = weights.Config.Text;
        EmbedDim = weights.Config.EmbedDim;
        tokenEmbedding = weights.Load("token_embedding.weight", Config.VocabularySize, Config.Width);
        positions = weights.Load("positional_embedding", Config.ContextLength + (Config.HasClassToken ? 1 : 0),
            Config.Width);
        if (Config.HasClassToken) classEmbedding = weights.Load("cls_emb", Config.Width);
        blocks = [.. Enumerable.Range(0, Config.Layers)
            .Select(block => TransformerBlock.Load(weights, $"transformer.resblocks.{block}.", Config))];
        finalNorm = LayerNorm.Load(weights.LoadSingle, "ln_final", Config.Width, Config.NormEpsilon);
        projection = Config.HasProjection ? weights.LoadSingle("text_projection", Config.Width, weights.Config.EmbedDim)
            : eye(Config.Width, device: device);
        if (Config.HasProjectionBias) projectionBias = weights.LoadSingle("text_projection.bias", weights.Config.EmbedDim);
    }

    /// <summary>The tower's shape.</summary>
    public TextConfig Config { get; }

    /// <summary>Width d of the joint space.</summary>
    public int EmbedDim { get; }

    Placement ITower.Placement => placement;
    TowerShape ITower.Config => TowerShape.From(Config);
    IReadOnlyList<TransformerBlock> ITower.Blocks => blocks;
    IReadOnlyDictionary<int, IReader> ITower.Readers => blocks.Index().ToDictionary(block => block.Index, block => (IReader)block.Item);
    ImmutableHashSet<int> ITower.ReadersFrom(int first) => TraceRequest.LayersFrom(first, Config.Layers);
    int ITower.FinalShares => 1 + 2 * Config.Layers;
    LayerNorm? ITower.FinalNorm => finalNorm;
    Tensor ITower.Projection => projection;
    Tensor? ITower.ProjectionBias => projectionBias;
    T ITower.Companion<T>(Func<T> make) => companions.Get(make);

    /// <summary>Embeds token ids.</summary>
    /// <param name="tokens">Token ids, int64 [B, context], on any device.</param>
    /// <returns>The texts' embeddings, not normalised: float32 [B, d], in the processor's memory.</returns>
    /// <remarks>
    /// Where the attention is causal and the padding follows the text, the batch is cut to its longest text when the token that is read out
    /// allows it; the result is the same.
    /// </remarks>
    public Tensor Encode(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        using var turn = placement.Turn();
        var (stream, route) = Embed(tokens);
        foreach (var block in blocks) stream = block.Forward(stream, causal: route.IsCausal, mask: route.Mask);
        return ReadOut(route.Pooled(stream)).ToHost().MoveToOuterDisposeScope();
    }

    /// <summary>The forward pass with neurons and the attention of the token that is read out kept along the way.</summary>
    /// <param name="inputs">Token ids, int64 [B, context].</param>
    /// <param name="request">What to keep: <see cref="TraceRequest.MlpPost"/> and <see cref="TraceRequest.Attention"/>, in whose
    /// pattern the token that is read out has the place of the class token.</param>
    /// <returns>The trace, of as many tokens as the longest text has; its tensors belong to the caller's dispose scope.</returns>
    public ForwardTrace Trace(Tensor inputs, TraceRequest request)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(request);
        if (request.ClassParts || request.ResidPre.Count > 0 || request.BlockLayers.Except(request.MlpPost).Any())
            throw new ArgumentException("A trace of the text tower keeps neurons and attention alone.", nameof(request));
        var trace = new ForwardTrace();
        using var scope = NewDisposeScope();
        var (stream, route) = Embed(inputs);
        for (int i = 0; i < blocks.Length; i++) stream = Traced(i, stream, route, request, trace);
        var final = route.Pooled(stream).Single();
        var (mean, std) = finalNorm.Statistics(final);
        (trace.LnFinalMean, trace.LnFinalScale) = (mean.MoveToOuterDisposeScope(), std.MoveToOuterDisposeScope());
        trace.Representation = ReadOut(final).MoveToOuterDisposeScope();
        return trace;
    }

    private Tensor Traced(int index, Tensor stream, TextRoute route, TraceRequest request, ForwardTrace trace)
    {
        using var scope = NewDisposeScope();
        var block = blocks[index];
        var (query, key, value) = block.Project(block.Norm1(stream));
        var mixed = TransformerBlock.Attend(query, key, value, route.IsCausal, route.Mask);
        if (request.Attention.Contains(index))
        {
            var (mean, std) = block.Norm1Statistics(stream);
            var behind = block.OutputStatistics(route.Pooled(mixed));
            trace.Attention.Keep(index, new AttentionTrace(Keep(route.Attention(query, key)), Keep(mean), Keep(std))
            {
                OutMean = behind is { } found ? Keep(found.Mean) : null,
                OutScale = behind is { } same ? Keep(same.Std) : null,
            });
        }
        var middle = block.Out(mixed).add_(stream);
        var neurons = block.Neurons(middle);
        if (request.MlpPost.Contains(index)) trace.MlpPost.Keep(index, Keep(neurons.Single()));
        return block.Write(neurons).add_(middle).MoveToOuterDisposeScope();

        // Two scopes lie between here and the caller of Trace: the block's and the pass's.
        static Tensor Keep(Tensor tensor) => tensor.MoveToOuterDisposeScope().MoveToOuterDisposeScope();
    }

    /// <summary>The stream that enters the first block [B, T, d'], of as many tokens as are needed, and who sees whom.</summary>
    internal (Tensor Stream, TextRoute Route) Embed(Tensor tokens)
    {
        tokens = tokens.On(device);
        var read = ReadPositions(tokens);
        bool canCut = Config.IsCausal && Config.Pooling != TextPooling.Last && !Config.HasClassToken;
        if (canCut) tokens = tokens.narrow(1, 0, read.max().ToHost().item<long>() + 1);
        var stream = tokenEmbedding.index_select(0, tokens.flatten()).view(tokens.shape[0], tokens.shape[1], -1);
        if (classEmbedding is not null) stream = cat([stream, classEmbedding.expand(tokens.shape[0], 1, -1)], 1);
        var mask = Config.HasClassToken ? ClassTokenMask(tokens) : null;
        return (stream.add_(positions.narrow(0, 0, stream.shape[1])), new(read, Config.IsCausal && mask is null, mask));
    }

    private Tensor ReadOut(Tensor pooled)
    {
        var output = finalNorm.Apply(pooled.Single()).matmul(projection);
        return projectionBias is null ? output : output.add_(projectionBias);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        companions.Dispose();
        foreach (var block in blocks) block.Dispose();
        foreach (var part in new IDisposable?[] { tokenEmbedding, positions, classEmbedding, finalNorm, projection, projectionBias })
            part?.Dispose();
    }

    /// <summary>
    /// What is added to the scores where a class token stands behind the text: a token sees those before it, and the class token those that
    /// are not padding, all shifted by one place, as the models were trained: [B, 1, T + 1, T + 1].
    /// </summary>
    private Tensor ClassTokenMask(Tensor tokens)
    {
        long length = tokens.shape[1] + 1;
        var seen = ones(length, length, ScalarType.Bool, device).tril().expand(tokens.shape[0], 1, length, length).clone();
        seen.select(2, length - 1).narrow(2, 1, length - 1).copy_(tokens.ne(Config.PadId).unsqueeze(1));
        return zeros(seen.shape, positions.dtype, device).masked_fill_(seen.logical_not(), double.NegativeInfinity);
    }

    private Tensor ReadPositions(Tensor tokens) => Config.HasClassToken ? full(tokens.shape[0], tokens.shape[1], ScalarType.Int64, device)
        : Config.Pooling switch
        {
            TextPooling.ArgMax => tokens.argmax(1),
            TextPooling.EndToken => tokens.eq(Config.EndId ?? Config.VocabularySize - 1).to(ScalarType.Int64).argmax(1),
            TextPooling.First => zeros(tokens.shape[0], ScalarType.Int64, device),
            _ => full(tokens.shape[0], tokens.shape[1] - 1, ScalarType.Int64, device),
        };
}
