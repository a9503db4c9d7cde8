using ClipLens.Models.Checkpoints;
using ClipLens.Models.Configuration;
using static TorchSharp.torch;

namespace ClipLens.Models;

/// <summary>The image tower of a CLIP-ViT: images to points of the joint space, and what happens on the way.</summary>
public sealed class ImageTower : ITower, IDisposable
{
    private readonly Tensor patchWeight, classEmbedding, positions;
    private readonly Tensor? preGain, preBias;
    private readonly TransformerBlock[] blocks;
    private readonly TowerCompanions companions = new();

    internal ImageTower(Checkpoint checkpoint)
    {
        Config = checkpoint.Config.Vision;
        EmbedDim = checkpoint.Config.EmbedDim;
        int width = Config.Width;
        patchWeight = checkpoint.LoadTensor("visual.conv1.weight", width, 3, Config.PatchSize, Config.PatchSize);
        classEmbedding = checkpoint.LoadTensor("visual.class_embedding", width);
        positions = checkpoint.LoadTensor("visual.positional_embedding", Config.Tokens, width);
        if (Config.HasPreNorm)
        {
            preGain = checkpoint.LoadTensor("visual.ln_pre.weight", width);
            preBias = checkpoint.LoadTensor("visual.ln_pre.bias", width);
        }
        blocks = [.. Enumerable.Range(0, Config.Layers)
            .Select(block => TransformerBlock.Load(checkpoint, $"visual.transformer.resblocks.{block}.", Config))];
        PostGain = checkpoint.LoadTensor("visual.ln_post.weight", width);
        PostBias = checkpoint.LoadTensor("visual.ln_post.bias", width);
        Projection = checkpoint.LoadTensor("visual.proj", width, EmbedDim);
    }

    /// <summary>The tower's shape.</summary>
    public VisionConfig Config { get; }

    /// <summary>Width d of the joint space.</summary>
    public int EmbedDim { get; }

    internal IReadOnlyList<TransformerBlock> Blocks => blocks;
    internal Tensor PostGain { get; }
    internal Tensor PostBias { get; }

    /// <summary>The output matrix as open_clip stores it: [d', d], the transpose of the paper's P.</summary>
    internal Tensor Projection { get; }

    TowerShape ITower.Config => TowerShape.From(Config);
    IReadOnlyList<TransformerBlock> ITower.Blocks => blocks;
    Tensor ITower.PostGain => PostGain;
    Tensor ITower.PostBias => PostBias;
    Tensor ITower.Projection => Projection;
    ForwardTrace ITower.Trace(Tensor inputs, TraceRequest request) => Trace(inputs, request);
    T ITower.Companion<T>(Func<T> make) => companions.Get(make);

    /// <summary>The plain forward pass.</summary>
    /// <param name="pixels">Preprocessed images, float32 [B, 3, size, size].</param>
    /// <returns>Their representations, not normalised: [B, d].</returns>
    public Tensor Encode(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var stream = Embed(pixels);
        foreach (var block in blocks.AsSpan()[..^1]) stream = block.Forward(stream);
        return ReadOut(blocks[^1].ForwardClassToken(stream)).MoveToOuterDisposeScope();
    }

    /// <summary>The output of a stream [B, T, d'] that enters block <paramref name="first"/>: [B, d].</summary>
    internal Tensor Continue(Tensor stream, int first)
    {
        using var scope = NewDisposeScope();
        foreach (var block in blocks.AsSpan(first, Math.Max(0, blocks.Length - 1 - first))) stream = block.Forward(stream);
        var last = first < blocks.Length ? blocks[^1].ForwardClassToken(stream) : stream.narrow(1, 0, 1);
        return ReadOut(last).MoveToOuterDisposeScope();
    }

    /// <summary>The forward pass with what <paramref name="request"/> asks for kept along the way.</summary>
    /// <param name="pixels">Preprocessed images, float32 [B, 3, height, width]; on another grid of patches the positions are
    /// interpolated.</param>
    /// <param name="request">What to keep.</param>
    /// <returns>The trace; its tensors belong to the caller's dispose scope.</returns>
    /// <exception cref="ClipLensException">The request names a layer that the tower does not have.</exception>
    public ForwardTrace Trace(Tensor pixels, TraceRequest request)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        ArgumentNullException.ThrowIfNull(request);
        CheckLayers(request.Layers);
        var trace = new ForwardTrace();
        using var scope = NewDisposeScope();
        var stream = Embed(pixels);
        if (request.ClassParts) trace.ClassEmbedding = Keep(stream.select(1, 0).clone());
        for (int i = 0; i < blocks.Length; i++) stream = Traced(i, stream, request, trace);
        var final = stream.select(1, 0);
        var (mean, std) = TransformerBlock.NormStatistics(final, Config.NormEpsilon);
        (trace.LnFinalMean, trace.LnFinalScale) = (Keep(mean), Keep(std));
        trace.Representation = Keep(ReadOut(stream));
        return trace;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        companions.Dispose();
        foreach (var block in blocks) block.Dispose();
        foreach (var tensor in new[] { patchWeight, classEmbedding, positions, preGain, preBias, PostGain, PostBias, Projection })
            tensor?.Dispose();
    }

    /// <summary>Refuses layers that the tower does not have.</summary>
    /// <exception cref="ClipLensException">One of them is not there.</exception>
    internal void CheckLayers(IEnumerable<int> layers)
    {
        foreach (int layer in layers)
        {
            if (layer < 0 || layer >= blocks.Length)
                throw new ClipLensException($"The model has no layer {layer}; its layers are numbered from 0 to {blocks.Length - 1}.");
        }
    }

    private Tensor Traced(int index, Tensor stream, TraceRequest request, ForwardTrace trace)
    {
        using var scope = NewDisposeScope();
        var block = blocks[index];
        // After the last block only the class token is read, so it alone goes through it, unless all tokens were asked for.
        bool classOnly = index == blocks.Length - 1 && !request.NeedsAllTokens(index);
        if (request.ResidPre.Contains(index)) trace.ResidPre.Keep(index, Keep(stream.clone()));
        var normed = block.Norm1(stream);
        var (query, key, value) = classOnly ? block.ProjectForClassToken(normed) : block.Project(normed);
        if (request.Attention.Contains(index))
        {
            var (mean, std) = block.Norm1Statistics(stream);
            trace.Attention.Keep(index, new AttentionTrace(Keep(TransformerBlock.ClassAttention(query, key)), Keep(mean), Keep(std)));
        }
        if (request.Pattern.Contains(index) || request.MeanPattern.Contains(index))
        {
            var pattern = TransformerBlock.Attention(query, key);
            if (request.MeanPattern.Contains(index)) trace.MeanPattern.Keep(index, Keep(pattern.mean([1])));
            if (request.Pattern.Contains(index)) trace.Pattern.Keep(index, Keep(pattern));
        }
        var mixed = TransformerBlock.Attend(query, key, value);
        if (request.Z.Contains(index)) trace.Z.Keep(index, Keep(mixed.clone()));
        var middle = block.Out(mixed).add_(classOnly ? stream.narrow(1, 0, 1) : stream);
        var neurons = block.Neurons(middle);
        if (request.ClassParts)
        {
            trace.ClassZ.Keep(index, Keep(mixed.select(1, 0).unflatten(1, [block.Heads, mixed.shape[2] / block.Heads]).clone()));
            trace.ClassMlpPost.Keep(index, Keep(neurons.select(1, 0).clone()));
        }
        if (request.MlpPost.Contains(index)) trace.MlpPost.Keep(index, Keep(neurons));
        var written = block.Write(neurons);
        if (request.MlpOut.Contains(index)) trace.MlpOut.Keep(index, Keep(written.clone()));
        var next = written.add_(middle).MoveToOuterDisposeScope();
        if (request.ResidMid.Contains(index)) trace.ResidMid.Keep(index, Keep(middle));
        if (request.ResidPost.Contains(index)) trace.ResidPost.Keep(index, Keep(next.clone()));
        return next;

        // Two scopes lie between here and the caller of Trace: the block's and the pass's.
        static Tensor Keep(Tensor tensor) => tensor.MoveToOuterDisposeScope().MoveToOuterDisposeScope();
    }

    private static Tensor Keep(Tensor tensor) => tensor.MoveToOuterDisposeScope();

    /// <summary>The stream that enters the first block: [B, T, d'].</summary>
    internal Tensor Embed(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var patches = nn.functional.conv2d(pixels, patchWeight, strides: [Config.PatchSize, Config.PatchSize]).flatten(2).transpose(1, 2);
        var first = classEmbedding.expand(pixels.shape[0], 1, -1);
        var stream = cat([first, patches], 1).add_(PositionsFor(pixels.shape[2] / Config.PatchSize, pixels.shape[3] / Config.PatchSize));
        if (preGain is not null) stream = nn.functional.layer_norm(stream, [Config.Width], preGain, preBias, Config.NormEpsilon);
        return stream.MoveToOuterDisposeScope();
    }

    /// <summary>The positional embedding on a grid of patches other than the model's own: interpolated, bicubic, as open_clip
    /// does.</summary>
    private Tensor PositionsFor(long rows, long columns)
    {
        if (rows == Config.Grid && columns == Config.Grid) return positions;
        var grid = positions.narrow(0, 1, Config.Tokens - 1).view(1, Config.Grid, Config.Grid, Config.Width).permute(0, 3, 1, 2);
        var finer = nn.functional.interpolate(grid, [rows, columns], mode: InterpolationMode.Bicubic, align_corners: false);
        return cat([positions.narrow(0, 0, 1), finer.flatten(2).squeeze(0).t()], 0);
    }

    /// <summary>The output of final streams [B, T, d'], read from their first token: [B, d].</summary>
    internal Tensor ReadOut(Tensor stream) =>
        nn.functional.layer_norm(stream.select(1, 0), [Config.Width], PostGain, PostBias, Config.NormEpsilon).matmul(Projection);
}
