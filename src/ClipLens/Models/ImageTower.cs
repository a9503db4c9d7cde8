using System.Collections.Immutable;
using ClipLens.Compute;
using ClipLens.Models.Configuration;
using static TorchSharp.torch;

namespace ClipLens.Models;

/// <summary>The image tower of a model, a vision transformer: images to points of the joint space, and what happens on the way.</summary>
public sealed class ImageTower : ITower, IDisposable
{
    private readonly Placement placement;
    private readonly PatchStem? stem;
    private readonly int patchSide;
    private readonly Tensor patchWeight, positions;
    private readonly Tensor? patchBias, classEmbedding, projectionBias;
    private readonly LayerNorm? preNorm;
    private readonly LayerNorm postNorm;
    private readonly Rotary? rotary;
    private readonly TransformerBlock[] blocks;
    private readonly TowerCompanions companions = new();

    internal ImageTower(PlacedWeights weights)
    {
        placement = weights.Placement;
        Config = weights.Config.Vision;
        EmbedDim = weights.Config.EmbedDim;
        int width = Config.Width;
        Tensor Load(string name, params long[] shape) => weights.Load("visual." + name, shape);
        Tensor LoadSingle(string name, params long[] shape) => weights.LoadSingle("visual." + name, shape);
        if (Config.HasStem) stem = new PatchStem(weights);
        (int channels, patchSide) = stem is null ? (3, Config.PatchSize) : (width / 4, 2);
        patchWeight = Load("conv1.weight", width, channels, patchSide, patchSide);
        if (Config.HasPatchBias) patchBias = Load("conv1.bias", width);
        if (Config.HasClassToken) classEmbedding = Load("class_embedding", width);
        positions = Config.HasClassPosition ? Load("positional_embedding", Config.Tokens, width)
            : WithClassToken(Load("positional_embedding", Config.Grid * Config.Grid, width));
        if (Config.HasPreNorm) preNorm = LayerNorm.Load(Load, "ln_pre", width, Config.NormEpsilon);
        rotary = RotaryFor(Config.Grid, Config.Grid);
        blocks = [.. Enumerable.Range(0, Config.Layers)
            .Select(block => TransformerBlock.Load(weights, $"visual.transformer.resblocks.{block}.", Config))];
        int pooled = Config.Pooling == VisionPooling.Query ? Config.Pool!.Width : width;
        postNorm = LayerNorm.Load(LoadSingle, "ln_post", pooled, Config.NormEpsilon);
        if (Config.Pool is not null) Pool = new AttentionPool((name, shape) => LoadSingle("attn_pool." + name, shape), Config, postNorm);
        Projection = Config.HasProjection ? LoadSingle("proj", pooled, EmbedDim) : eye(pooled, device: Device);
        if (Config.HasProjectionBias) projectionBias = LoadSingle("proj_bias", EmbedDim);
    }

    /// <summary>The tower's shape.</summary>
    public VisionConfig Config { get; }

    /// <summary>Width d of the joint space.</summary>
    public int EmbedDim { get; }

    /// <summary>Where the tower computes.</summary>
    internal Placement Placement => placement;

    internal Device Device => placement.Device;

    internal IReadOnlyList<TransformerBlock> Blocks => blocks;

    /// <summary>The attention that pools the tokens, where one does.</summary>
    internal AttentionPool? Pool { get; }

    /// <summary>The norm of the pooled vector before the projection; null where a probe's pool reads through it instead.</summary>
    internal LayerNorm? FinalNorm => Config.Pooling == VisionPooling.Probe ? null : postNorm;
    internal Tensor PostGain => postNorm.Gain;
    internal Tensor PostBias => postNorm.Bias;

    /// <summary>The output matrix as open_clip stores it: [d', d], the transpose of the paper's P.</summary>
    internal Tensor Projection { get; }

    Placement ITower.Placement => placement;
    TowerShape ITower.Config => TowerShape.From(Config);
    IReadOnlyList<TransformerBlock> ITower.Blocks => blocks;
    IReadOnlyDictionary<int, IReader> ITower.Readers => Readers;
    ImmutableHashSet<int> ITower.ReadersFrom(int first) => ReadersFrom(first);
    int ITower.FinalShares => FinalShares;
    LayerNorm? ITower.FinalNorm => FinalNorm;
    Tensor ITower.Projection => Projection;
    Tensor? ITower.ProjectionBias => ProjectionBias;
    ForwardTrace ITower.Trace(Tensor inputs, TraceRequest request) => Trace(inputs, request);
    T ITower.Companion<T>(Func<T> make) => companions.Get(make);

    /// <summary>What is added behind the output matrix: [d], where the model has it.</summary>
    internal Tensor? ProjectionBias => projectionBias;

    /// <summary>
    /// The attentions that carry from the tokens straight to what is read out, by the number under which a trace has them: the blocks, each
    /// under its layer; or, where an attention pools the tokens, this one alone, under the number behind the last layer.
    /// </summary>
    internal IReadOnlyDictionary<int, IReader> Readers => Pool is null
        ? blocks.Index().ToDictionary(block => block.Index, block => (IReader)block.Item)
        : new Dictionary<int, IReader> { [Config.Layers] = Pool };

    /// <summary>How many parts share what the last norm and the projection add (<see cref="ITower.FinalShares"/>).</summary>
    internal int FinalShares => Pool is null ? 1 + 2 * Config.Layers : Config.Pooling == VisionPooling.Probe ? 2 : 1;

    /// <summary>The numbers of <see cref="Readers"/> from one on, ascending.</summary>
    internal ImmutableHashSet<int> ReadersFrom(int first) => Pool is null ? TraceRequest.LayersFrom(first, Config.Layers)
        : [Config.Layers];

    /// <summary>The patches of something that has a number for every token along an axis.</summary>
    internal Tensor Patches(Tensor tokens, int axis) => tokens.narrow(axis, Config.FirstPatch, tokens.shape[axis] - Config.FirstPatch);

    /// <summary>Whether the last block need not be computed for other tokens than the class token.</summary>
    private bool ReadsClassToken => Config.Pooling == VisionPooling.ClassToken;

    /// <summary>The plain forward pass.</summary>
    /// <param name="pixels">Preprocessed images, float32 [B, 3, size, size], on any device.</param>
    /// <returns>Their representations, not normalised: float32 [B, d], in the processor's memory.</returns>
    public Tensor Encode(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        using var turn = placement.Turn();
        return Continue(Embed(pixels), 0).ToHost().MoveToOuterDisposeScope();
    }

    /// <summary>The output of a stream [B, T, d'] that enters block <paramref name="first"/>: [B, d].</summary>
    internal Tensor Continue(Tensor stream, int first)
    {
        using var scope = NewDisposeScope();
        int whole = ReadsClassToken ? blocks.Length - 1 : blocks.Length;
        foreach (var block in blocks.AsSpan(first, Math.Max(0, whole - first))) stream = block.Forward(stream, rotary: rotary);
        if (ReadsClassToken && first < blocks.Length) stream = blocks[^1].ForwardClassToken(stream, rotary);
        return ReadOut(stream).MoveToOuterDisposeScope();
    }

    /// <summary>The forward pass with what <paramref name="request"/> asks for kept along the way.</summary>
    /// <param name="pixels">Preprocessed images, float32 [B, 3, height, width]; on another grid of patches the positions are
    /// interpolated.</param>
    /// <param name="request">What to keep.</param>
    /// <returns>The trace; its tensors are on the model's device, in float32, and belong to the caller's dispose scope.</returns>
    /// <exception cref="ClipLensException">The request names a layer that the tower does not have.</exception>
    public ForwardTrace Trace(Tensor pixels, TraceRequest request)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        ArgumentNullException.ThrowIfNull(request);
        CheckLayers(request.BlockLayers);
        CheckReaders(request.ReaderLayers);
        var trace = new ForwardTrace();
        using var scope = NewDisposeScope();
        var stream = Embed(pixels);
        int rows = (int)pixels.shape[2] / Config.PatchSize, columns = (int)pixels.shape[3] / Config.PatchSize;
        var turned = rows == Config.Grid && columns == Config.Grid ? rotary : RotaryFor(rows, columns);
        if (request.ClassParts && Pool is null) trace.ClassEmbedding = Keep(Copy(OfReadOut(stream)));
        for (int i = 0; i < blocks.Length; i++) stream = Traced(i, stream, request, trace, turned);
        if (!ReferenceEquals(turned, rotary)) turned?.Dispose();
        var pooled = Pool is null ? OfReadOut(stream) : TracedPool(stream, request, trace);
        var (mean, std) = FinalNorm is { } norm ? norm.Statistics(pooled)
            : (zeros(pooled.shape[0], device: Device), ones(pooled.shape[0], device: Device));
        (trace.LnFinalMean, trace.LnFinalScale) = (Keep(mean), Keep(std));
        trace.Representation = Keep(Project(pooled));
        return trace;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        companions.Dispose();
        foreach (var block in blocks) block.Dispose();
        foreach (var part in new IDisposable?[] { stem, patchWeight, patchBias, classEmbedding, positions, preNorm, rotary, Pool, postNorm,
            Projection, projectionBias }) part?.Dispose();
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

    // The pool's attention stands behind the last layer.
    private void CheckReaders(IEnumerable<int> readers) => CheckLayers(readers.Where(reader => Pool is null || reader != blocks.Length));

    private Tensor Traced(int index, Tensor stream, TraceRequest request, ForwardTrace trace, Rotary? turned)
    {
        using var scope = NewDisposeScope();
        var block = blocks[index];
        // After the last block only the class token is read, so it alone goes through it, unless all tokens were asked for.
        bool classOnly = ReadsClassToken && index == blocks.Length - 1 && !request.NeedsAllTokens(index);
        if (request.ResidPre.Contains(index)) trace.ResidPre.Keep(index, Keep(Copy(stream)));
        var normed = block.Norm1(stream);
        var (query, key, value) = classOnly ? block.ProjectForClassToken(normed, turned) : block.Project(normed, turned);
        if (request.Pattern.Contains(index) || request.MeanPattern.Contains(index))
        {
            var pattern = TransformerBlock.Attention(query, key);
            if (request.MeanPattern.Contains(index)) trace.MeanPattern.Keep(index, Keep(pattern.mean([1])));
            if (request.Pattern.Contains(index)) trace.Pattern.Keep(index, Keep(pattern));
        }
        var mixed = TransformerBlock.Attend(query, key, value);
        if (request.Z.Contains(index)) trace.Z.Keep(index, Keep(Copy(mixed)));
        if (request.Attention.Contains(index))
        {
            var (mean, std) = block.Norm1Statistics(stream);
            var pattern = ReadsClassToken ? TransformerBlock.ClassAttention(query, key)
                : OfReadOut(TransformerBlock.Attention(query, key), 2);
            var behind = block.OutputStatistics(mixed.select(1, 0));
            trace.Attention.Keep(index, new AttentionTrace(Keep(pattern), Keep(mean), Keep(std))
            {
                OutMean = behind is { } found ? Keep(found.Mean) : null,
                OutScale = behind is { } same ? Keep(same.Std) : null,
            });
        }
        var middle = block.Out(mixed).add_(classOnly ? stream.narrow(1, 0, 1) : stream);
        var neurons = block.Neurons(middle);
        if (request.ClassParts && Pool is null)
        {
            trace.ClassZ.Keep(index, Keep(Copy(OfReadOut(mixed).unflatten(1, [block.Heads, mixed.shape[2] / block.Heads]))));
            trace.ClassMlpPost.Keep(index, Keep(Copy(OfReadOut(neurons))));
        }
        if (request.MlpPost.Contains(index)) trace.MlpPost.Keep(index, Keep(neurons.Single()));
        var written = block.Write(neurons);
        if (request.MlpOut.Contains(index)) trace.MlpOut.Keep(index, Keep(Copy(written)));
        var next = written.add_(middle).MoveToOuterDisposeScope();
        if (request.ResidMid.Contains(index)) trace.ResidMid.Keep(index, Keep(middle.Single()));
        if (request.ResidPost.Contains(index)) trace.ResidPost.Keep(index, Keep(Copy(next)));
        return next;

        // Two scopes lie between here and the caller of Trace: the block's and the pass's.
        static Tensor Keep(Tensor tensor) => tensor.MoveToOuterDisposeScope().MoveToOuterDisposeScope();
    }

    private static Tensor Keep(Tensor tensor) => tensor.MoveToOuterDisposeScope();

    /// <summary>A copy in float32 of what the pass may go on to change.</summary>
    private static Tensor Copy(Tensor tensor) => tensor.dtype == ScalarType.Float32 ? tensor.clone() : tensor.to(ScalarType.Float32);

    /// <summary>The pooled vector [B, W] of a stream, with what is asked of the pool kept.</summary>
    private Tensor TracedPool(Tensor stream, TraceRequest request, ForwardTrace trace)
    {
        int index = blocks.Length;
        var (pattern, mixed) = Pool!.Attend(stream);
        if (request.ResidPre.Contains(index)) trace.ResidPre.Keep(index, Keep(Copy(stream)));
        if (request.ClassParts) trace.ClassZ.Keep(index, Keep(mixed.unflatten(1, [Pool.Heads, -1]).clone()));
        if (request.Attention.Contains(index))
        {
            var (mean, std) = Pool.Statistics(stream);
            trace.Attention.Keep(index, new AttentionTrace(Keep(pattern), Keep(mean), Keep(std)));
        }
        return Pool.Pool(mixed);
    }

    /// <summary>What is read out of something that has a row for every token: the class token's, or the mean of the patches'.</summary>
    private Tensor OfReadOut(Tensor tokens, int axis = 1) => ReadsClassToken ? tokens.select(axis, 0)
        : Patches(tokens, axis).Single().mean([axis]);

    /// <summary>The stream that enters the first block: [B, T, d'].</summary>
    internal Tensor Embed(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var input = pixels.On(Device).As(patchWeight);
        if (stem is not null) input = stem.Apply(input);
        var stream = nn.functional.conv2d(input, patchWeight, patchBias, strides: [patchSide, patchSide]).flatten(2).transpose(1, 2);
        if (classEmbedding is not null) stream = cat([classEmbedding.expand(pixels.shape[0], 1, -1), stream], 1);
        stream = stream.add_(PositionsFor(pixels.shape[2] / Config.PatchSize, pixels.shape[3] / Config.PatchSize));
        if (preNorm is not null) stream = preNorm.Apply(stream);
        return stream.MoveToOuterDisposeScope();
    }

    /// <summary>The positional embedding on a grid of patches other than the model's own: interpolated, bicubic, as open_clip
    /// does.</summary>
    private Tensor PositionsFor(long rows, long columns)
    {
        if (rows == Config.Grid && columns == Config.Grid) return positions;
        var grid = Patches(positions, 0).Single().view(1, Config.Grid, Config.Grid, Config.Width).permute(0, 3, 1, 2);
        var finer = nn.functional.interpolate(grid, [rows, columns], mode: InterpolationMode.Bicubic, align_corners: false)
            .flatten(2).squeeze(0).t().As(positions);
        return Config.HasClassToken ? cat([positions.narrow(0, 0, 1), finer], 0) : finer;
    }

    /// <summary>Positions of the patches with one for a class token, which has none: zero.</summary>
    private static Tensor WithClassToken(Tensor patches)
    {
        using (patches) return cat([zeros(1, patches.shape[1], dtype: patches.dtype, device: patches.device), patches], 0);
    }

    private Rotary? RotaryFor(int rows, int columns) => Config.Rotary is { } scheme
        ? new Rotary(scheme, Config.Width / Config.Heads, rows, columns, Config.FirstPatch, placement) : null;

    /// <summary>The output of final streams [B, T, d'], of which a class token's tower reads the first token: [B, d].</summary>
    internal Tensor ReadOut(Tensor stream) => Project(Pool is null ? OfReadOut(stream) : Pool.Pool(Pool.Attend(stream).Mixed));

    /// <summary>From the pooled vector [B, W] to the joint space: [B, d].</summary>
    private Tensor Project(Tensor pooled)
    {
        pooled = pooled.Single();
        if (FinalNorm is { } norm) pooled = norm.Apply(pooled);
        var output = pooled.matmul(Projection);
        return projectionBias is null ? output : output.add_(projectionBias);
    }
}
