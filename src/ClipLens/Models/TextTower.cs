using ClipLens.Models.Checkpoints;
using ClipLens.Models.Configuration;
using static TorchSharp.torch;

namespace ClipLens.Models;

/// <summary>The text tower of a CLIP model: token ids to points of the joint space.</summary>
public sealed class TextTower : ITower, IDisposable
{
    private readonly Tensor tokenEmbedding, positions, finalGain, finalBias, projection;
    private readonly TransformerBlock[] blocks;
    private readonly TowerCompanions companions = new();

    internal TextTower(Checkpoint checkpoint)
    {
        Config = checkpoint.Config.Text;
        EmbedDim = checkpoint.Config.EmbedDim;
        tokenEmbedding = checkpoint.LoadTensor("token_embedding.weight", Config.VocabularySize, Config.Width);
        positions = checkpoint.LoadTensor("positional_embedding", Config.ContextLength, Config.Width);
        blocks = [.. Enumerable.Range(0, Config.Layers)
            .Select(block => TransformerBlock.Load(checkpoint, $"transformer.resblocks.{block}.", Config))];
        finalGain = checkpoint.LoadTensor("ln_final.weight", Config.Width);
        finalBias = checkpoint.LoadTensor("ln_final.bias", Config.Width);
        projection = checkpoint.LoadTensor("text_projection", Config.Width, checkpoint.Config.EmbedDim);
    }

    /// <summary>The tower's shape.</summary>
    public TextConfig Config { get; }

    /// <summary>Width d of the joint space.</summary>
    public int EmbedDim { get; }

    TowerShape ITower.Config => TowerShape.From(Config);
    IReadOnlyList<TransformerBlock> ITower.Blocks => blocks;
    Tensor ITower.PostGain => finalGain;
    Tensor ITower.PostBias => finalBias;
    Tensor ITower.Projection => projection;
    T ITower.Companion<T>(Func<T> make) => companions.Get(make);

    /// <summary>Embeds token ids.</summary>
    /// <param name="tokens">Token ids, int64 [B, context].</param>
    /// <returns>The texts' embeddings, not normalised: [B, d].</returns>
    /// <remarks>
    /// The attention is causal and the padding follows the text, so the batch is cut to its longest text when the token that is
    /// read out allows it; the result is the same.
    /// </remarks>
    public Tensor Encode(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var (stream, read) = Embed(tokens);
        foreach (var block in blocks) stream = block.Forward(stream, causal: true);
        return ReadOut(Pooled(stream, read)).MoveToOuterDisposeScope();
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
        if (request.ClassParts || request.Layers.Except(request.MlpPost).Except(request.Attention).Any())
            throw new ArgumentException("A trace of the text tower keeps neurons and attention alone.", nameof(request));
        var trace = new ForwardTrace();
        using var scope = NewDisposeScope();
        var (stream, read) = Embed(inputs);
        for (int i = 0; i < blocks.Length; i++) stream = Traced(i, stream, read, request, trace);
        var final = Pooled(stream, read);
        var (mean, std) = TransformerBlock.NormStatistics(final, Config.NormEpsilon);
        (trace.LnFinalMean, trace.LnFinalScale) = (mean.MoveToOuterDisposeScope(), std.MoveToOuterDisposeScope());
        trace.Representation = ReadOut(final).MoveToOuterDisposeScope();
        return trace;
    }

    private Tensor Traced(int index, Tensor stream, Tensor read, TraceRequest request, ForwardTrace trace)
    {
        using var scope = NewDisposeScope();
        var block = blocks[index];
        var (query, key, value) = block.Project(block.Norm1(stream));
        if (request.Attention.Contains(index))
        {
            var (mean, std) = block.Norm1Statistics(stream);
            trace.Attention.Keep(index, new AttentionTrace(Keep(AttentionOf(read, query, key)), Keep(mean), Keep(std)));
        }
        var middle = block.Out(TransformerBlock.Attend(query, key, value, causal: true)).add_(stream);
        var neurons = block.Neurons(middle);
        if (request.MlpPost.Contains(index)) trace.MlpPost.Keep(index, Keep(neurons));
        return block.Write(neurons).add_(middle).MoveToOuterDisposeScope();

        // Two scopes lie between here and the caller of Trace: the block's and the pass's.
        static Tensor Keep(Tensor tensor) => tensor.MoveToOuterDisposeScope().MoveToOuterDisposeScope();
    }

    /// <summary>Attention of the token that is read out to every token, per head, none to those behind it: [B, H, T].</summary>
    private static Tensor AttentionOf(Tensor read, Tensor query, Tensor key)
    {
        var own = query.gather(2, read.view(-1, 1, 1, 1).expand(-1, query.shape[1], 1, query.shape[3])).mul(1 / Math.Sqrt(query.shape[3]));
        var behind = arange(key.shape[2], device: key.device).unsqueeze(0).gt(read.unsqueeze(1)).unsqueeze(1);
        return own.matmul(key.transpose(2, 3)).squeeze(2).masked_fill(behind, double.NegativeInfinity).softmax(-1);
    }

    /// <summary>The stream that enters the first block [B, T, d'], of as many tokens as are needed, and the places of the tokens that are
    /// read out [B].</summary>
    internal (Tensor Stream, Tensor Read) Embed(Tensor tokens)
    {
        var read = ReadPositions(tokens);
        if (Config.Pooling != TextPooling.Last) tokens = tokens.narrow(1, 0, read.max().item<long>() + 1);
        return (tokenEmbedding.index_select(0, tokens.flatten()).view(tokens.shape[0], tokens.shape[1], -1)
            .add_(positions.narrow(0, 0, tokens.shape[1])), read);
    }

    private static Tensor Pooled(Tensor stream, Tensor read) =>
        stream.gather(1, read.view(-1, 1, 1).expand(-1, 1, stream.shape[2])).squeeze(1);

    private Tensor ReadOut(Tensor pooled) =>
        nn.functional.layer_norm(pooled, [Config.Width], finalGain, finalBias, Config.NormEpsilon).matmul(projection);

    /// <inheritdoc/>
    public void Dispose()
    {
        companions.Dispose();
        foreach (var block in blocks) block.Dispose();
        foreach (var tensor in new[] { tokenEmbedding, positions, finalGain, finalBias, projection }) tensor.Dispose();
    }

    private Tensor ReadPositions(Tensor tokens) => Config.Pooling switch
    {
        TextPooling.ArgMax => tokens.argmax(1),
        TextPooling.EndToken => tokens.eq(Config.VocabularySize - 1).to(ScalarType.Int64).argmax(1),
        TextPooling.First => zeros(tokens.shape[0], ScalarType.Int64),
        _ => full(tokens.shape[0], tokens.shape[1] - 1, ScalarType.Int64),
    };
}
