using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ClipLens.Files;
using ClipLens.Models.Configuration;
using static TorchSharp.torch;

namespace ClipLens.Models.Checkpoints;

/// <summary>
/// A CLIP-ViT's weights on disk, whatever the format: opened without reading them, one tensor at a time, under open_clip's names.
/// What format it is, is found out from the files.
/// </summary>
public sealed class Checkpoint : IDisposable
{
    private readonly CheckpointFiles files;
    private readonly WeightMap weights;

    private Checkpoint(string path, CheckpointFiles files, WeightMap weights)
    {
        this.files = files;
        this.weights = weights;
        Path = path;
        Format = weights.IsHuggingFace ? "huggingface" : weights.IsOpenAi ? "openai"
            : weights.IsTorch && !Directory.Exists(path) ? "torch" : "open_clip";
        Config = ReadConfig();
        weights.Check(Config, files.Config ?? "its own sizes");
        string[] names = [.. CanonicalTensors.Shapes(Config).Select(tensor => tensor.Name)];
        TensorNames = [.. names, .. new[] { CanonicalTensors.LogitScale, CanonicalTensors.LogitBias }.Where(weights.Contains)];
        Tokenizer = TokenizerFiles.In(files.Folder);
    }

    /// <summary>
    /// Opens a checkpoint: a folder of open_clip or Hugging Face (also in shards), a PyTorch file with a state dict beside its config,
    /// or OpenAI's TorchScript file. Reads the config and the tensors' names and shapes, and checks that they agree.
    /// </summary>
    /// <param name="path">The folder, or the weight file.</param>
    /// <exception cref="ClipLensException">A file is missing or broken, or the model is of a kind that is not supported; named.</exception>
    public static Checkpoint Open(string path)
    {
        var files = CheckpointFiles.Find(path);
        var weights = WeightFiles.Open(files.Weights);
        try
        {
            return new Checkpoint(path, files, new WeightMap(files.Weights is [var one] ? one : path, weights));
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>The model's shape and options.</summary>
    public ClipConfig Config { get; }

    /// <summary>Where the weights come from: "open_clip", "huggingface", "torch" (a lone file of PyTorch's) or "openai".</summary>
    public string Format { get; }

    /// <summary>The path that was opened.</summary>
    public string Path { get; }

    /// <summary>Names of the tensors: open_clip's native ones, whatever the format.</summary>
    public IReadOnlyCollection<string> TensorNames { get; }

    /// <summary>The tokenizer's files beside the weights, if there are any.</summary>
    public TokenizerFiles Tokenizer { get; }

    /// <summary>
    /// What a person should know about how the model was found, in sentences: tensors beside it that were left aside, a copy that was not
    /// used.
    /// </summary>
    public IReadOnlyList<string> Notes => !IsActivationUnsaid ? weights.Notes : [.. weights.Notes, $"{files.Config} does not say the "
        + "activation; these weights were trained with QuickGELU, which is used (open_clip's name for it ends in -quickgelu)."];

    /// <summary>Whether the activation is known by the repository alone, and the config says nothing of it.</summary>
    internal bool IsActivationUnsaid { get; private set; }

    /// <summary>Reads every tensor once, so that a damaged one is found before any work.</summary>
    /// <exception cref="ClipLensException">A tensor has a value that is not finite; named.</exception>
    public void CheckFinite(CancellationToken cancellation = default)
    {
        foreach (string name in TensorNames)
        {
            cancellation.ThrowIfCancellationRequested();
            weights.Load(name).Dispose();
        }
    }

    /// <summary>Loads a tensor as float32, without a second copy of it; the caller owns it.</summary>
    /// <param name="name">One of <see cref="TensorNames"/>.</param>
    /// <exception cref="ClipLensException">There is none of this name.</exception>
    public Tensor LoadTensor(string name) => weights.Load(name);

    /// <summary>Loads a tensor as float32 and checks its shape; the caller owns it.</summary>
    /// <param name="name">One of <see cref="TensorNames"/>.</param>
    /// <param name="shape">The shape that it must have.</param>
    /// <exception cref="ClipLensException">There is none of this name, or its shape is another.</exception>
    public Tensor LoadTensor(string name, params long[] shape)
    {
        long[] found = weights.Shape(name);
        if (found.AsSpan().SequenceEqual(shape)) return weights.Load(name);
        throw new ClipLensException($"{Path} has the tensor '{name}' of shape {SafeTensorEntry.ShapeOf(found)}, "
            + $"where {SafeTensorEntry.ShapeOf(shape)} is expected.");
    }

    /// <summary>
    /// Fingerprint of the function that the checkpoint is: SHA-256, in hexadecimal, over the weight files and the options that change
    /// what they compute. Reads the files whole.
    /// </summary>
    public string Sha256(CancellationToken cancellation = default)
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in weights.Files) all.AppendData(file.Sha256(cancellation));
        all.AppendData(Encoding.UTF8.GetBytes(Describe(Config)));
        return Convert.ToHexStringLower(all.GetHashAndReset());
    }

    /// <summary>The folder that it lies in, its weight files and its config.</summary>
    internal CheckpointFiles Files => files;

    /// <summary>Where a tensor's values lie in a file.</summary>
    /// <param name="name">One of <see cref="TensorNames"/>.</param>
    /// <exception cref="ClipLensException">They do not lie there as they are.</exception>
    internal StoredPlace PlaceOf(string name) => weights.PlaceOf(name);

    /// <summary>Closes the files. Tensors that were loaded live on.</summary>
    public void Dispose() => weights.Dispose();

    private ClipConfig ReadConfig()
    {
        // OpenAI trained with QuickGELU, whether or not a config beside their weights repeats it.
        if (files.Config is { } path && this.weights.IsOpenAi) return ConfigFile.Read(path, unsaid: Activation.QuickGelu);
        if (files.Config is { } other)
        {
            var config = ConfigFile.Read(other, unsaid: Activation.Gelu);
            var trained = HubFolder.IsQuickGelu(files.Folder) ? ConfigFile.Read(other, unsaid: Activation.QuickGelu) : config;
            IsActivationUnsaid = trained.Vision.Activation != config.Vision.Activation;
            return trained;
        }
        string weights = files.Weights[0];
        if (this.weights.IsOpenAi) return InferredConfig.Read(weights, this.weights.NativeShapes());
        throw new ClipLensException($"{weights} has no {(this.weights.IsHuggingFace ? "config.json" : "open_clip_config.json")} beside "
            + "it, and its weights "
            + "alone do not tell the activation and the heads; put the model's config into its folder.");
    }

    // Written out by hand, so that a fingerprint stays what it is when the records get more members.
    private static string Describe(ClipConfig config)
    {
        var (v, t, p) = (config.Vision, config.Text, config.Preprocess);
        object[] values =
        [
            config.EmbedDim, v.ImageSize, v.PatchSize, v.Width, v.Layers, v.Heads, v.MlpWidth, v.Activation, v.HasPreNorm, v.NormEpsilon,
            t.ContextLength, t.VocabularySize, t.Width, t.Layers, t.Heads, t.MlpWidth, t.Activation, t.Pooling, t.NormEpsilon,
            .. p.Mean.Cast<object>(), .. p.Std.Cast<object>(), .. p.Squashes ? ["squash"] : Array.Empty<object>(), .. Others(config),
        ];
        return string.Join(' ', values.Select(value => Convert.ToString(value, CultureInfo.InvariantCulture)));
    }

    // What CLIP's own models do not differ in is written only where it is another than theirs.
    private static IEnumerable<object> Others(ClipConfig config)
    {
        var (v, t, p) = (config.Vision, config.Text, config.Preprocess);
        if (!v.HasClassToken) yield return "no class token";
        if (v.HasStem) yield return "stem";
        if (!v.HasClassPosition) yield return "no class position";
        if (v.Block != BlockKind.PreNorm) yield return v.Block;
        if (v.Pooling != VisionPooling.ClassToken) yield return v.Pooling;
        if (v.Pool is { } pool) yield return $"pool {pool.Heads} {pool.Width} {pool.MlpWidth} {pool.Queries}";
        if (v.Rotary is { } rotary) yield return $"rotary {rotary.Side} {rotary.Offset} {rotary.ColumnFirst}";
        if (!t.HasProjection) yield return "no text projection";
        if (!t.IsCausal) yield return "no mask";
        if (t.EndId is { } end) yield return $"end {end}";
        if (t.PadId != 0) yield return $"pad {t.PadId}";
        if (t.Tokenizer != TokenizerKind.Clip) yield return $"{t.Tokenizer} {t.Cleaning} {t.StripsSeparator}";
        if (p.Interpolation != Interpolation.Bicubic) yield return p.Interpolation;
    }
}
