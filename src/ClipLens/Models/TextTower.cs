using ClipLens.Models.Checkpoints;
using ClipLens.Models.Configuration;
using static TorchSharp.torch;

namespace ClipLens.Models;

/// <summary>The text tower of a CLIP model: token ids to points of the joint space.</summary>
public sealed class TextTower : IDisposable
{
    private readonly Tensor tokenEmbedding, positions, projection;
    private readonly Tensor? classEmbedding, projectionBias;
    private readonly LayerNorm finalNorm;
    private readonly TransformerBlock[] blocks;

    internal TextTower(Checkpoint checkpoint)
    {
        Config = checkpoint.Config.Text;
        tokenEmbedding = checkpoint.LoadTensor("token_embedding.weight", Config.VocabularySize, Config.Width);
        positions = checkpoint.LoadTensor("positional_embedding", Config.ContextLength + (Config.HasClassToken ? 1 : 0),
            Config.Width);
        if (Config.HasClassToken) classEmbedding = checkpoint.LoadTensor("cls_emb", Config.Width);
        blocks = [.. Enumerable.Range(0, Config.Layers)
            .Select(block => TransformerBlock.Load(checkpoint, $"transformer.resblocks.{block}.", Config))];
        finalNorm = LayerNorm.Load(checkpoint.LoadTensor, "ln_final", Config.Width, Config.NormEpsilon);
        projection = checkpoint.LoadTensor("text_projection", Config.Width, checkpoint.Config.EmbedDim);
        if (Config.HasProjectionBias) projectionBias = checkpoint.LoadTensor("text_projection.bias", checkpoint.Config.EmbedDim);
    }

    /// <summary>The tower's shape.</summary>
    public TextConfig Config { get; }

    /// <summary>Embeds token ids.</summary>
    /// <param name="tokens">Token ids, int64 [B, context].</param>
    /// <returns>The texts' embeddings, not normalised: [B, d].</returns>
    /// <remarks>
    /// Where the attention is causal and the padding follows the text, the batch is cut to its longest text when the token that is read out
    /// allows it; the result is the same.
    /// </remarks>
    public Tensor Encode(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var read = ReadPositions(tokens);
        bool canCut = Config.IsCausal && Config.Pooling != TextPooling.Last && !Config.HasClassToken;
        if (canCut) tokens = tokens.narrow(1, 0, read.max().item<long>() + 1);
        var stream = tokenEmbedding.index_select(0, tokens.flatten()).view(tokens.shape[0], tokens.shape[1], -1);
        if (classEmbedding is not null) stream = cat([stream, classEmbedding.expand(tokens.shape[0], 1, -1)], 1);
        stream = stream.add_(positions.narrow(0, 0, stream.shape[1]));
        var mask = Config.HasClassToken ? ClassTokenMask(tokens) : null;
        foreach (var block in blocks) stream = block.Forward(stream, causal: Config.IsCausal && mask is null, mask: mask);
        var pooled = stream.gather(1, read.view(-1, 1, 1).expand(-1, 1, stream.shape[2])).squeeze(1);
        var output = finalNorm.Apply(pooled).matmul(projection);
        return (projectionBias is null ? output : output.add_(projectionBias)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
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
        var seen = ones(length, length, ScalarType.Bool).tril().expand(tokens.shape[0], 1, length, length).clone();
        seen.select(2, length - 1).narrow(2, 1, length - 1).copy_(tokens.ne(Config.PadId).unsqueeze(1));
        return zeros(seen.shape).masked_fill_(seen.logical_not(), double.NegativeInfinity);
    }

    private Tensor ReadPositions(Tensor tokens) => Config.HasClassToken ? full(tokens.shape[0], tokens.shape[1], ScalarType.Int64)
        : Config.Pooling switch
    {
        TextPooling.ArgMax => tokens.argmax(1),
        TextPooling.EndToken => tokens.eq(Config.EndId ?? Config.VocabularySize - 1).to(ScalarType.Int64).argmax(1),
        TextPooling.First => zeros(tokens.shape[0], ScalarType.Int64),
        _ => full(tokens.shape[0], tokens.shape[1] - 1, ScalarType.Int64),
    };
}
