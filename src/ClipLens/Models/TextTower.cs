using ClipLens.Models.Checkpoints;
using ClipLens.Models.Configuration;
using static TorchSharp.torch;

namespace ClipLens.Models;

/// <summary>The text tower of a CLIP model: token ids to points of the joint space.</summary>
public sealed class TextTower : IDisposable
{
    private readonly Tensor tokenEmbedding, positions, finalGain, finalBias, projection;
    private readonly TransformerBlock[] blocks;

    internal TextTower(Checkpoint checkpoint)
    {
        Config = checkpoint.Config.Text;
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
        var read = ReadPositions(tokens);
        if (Config.Pooling != TextPooling.Last) tokens = tokens.narrow(1, 0, read.max().item<long>() + 1);
        var stream = tokenEmbedding.index_select(0, tokens.flatten()).view(tokens.shape[0], tokens.shape[1], -1)
            .add_(positions.narrow(0, 0, tokens.shape[1]));
        foreach (var block in blocks) stream = block.Forward(stream, causal: true);
        var pooled = stream.gather(1, read.view(-1, 1, 1).expand(-1, 1, stream.shape[2])).squeeze(1);
        var normed = nn.functional.layer_norm(pooled, [Config.Width], finalGain, finalBias, Config.NormEpsilon);
        return normed.matmul(projection).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
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
