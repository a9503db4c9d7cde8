using ClipLens.Compute;
using ClipLens.Models.Checkpoints;
using ClipLens.Models.Configuration;
using ClipLens.Models.Hub;
using ClipLens.Models.Images;
using ClipLens.Models.Tokenizer;
using static TorchSharp.torch;

namespace ClipLens.Models;

/// <summary>
/// A CLIP model ready for use: both towers, the tokenizer and the preprocessing of a checkpoint. The towers' weights are read when first
/// needed.
/// </summary>
/// <example>
/// <code>
/// using var model = ClipModel.Load("ViT-B-32");
/// using var texts = model.EmbedTexts(["a photo of a dog"]);
/// </code>
/// </example>
public sealed class ClipModel : IDisposable
{
    private const int TextBatch = 256;
    private readonly Checkpoint checkpoint;
    private readonly Lazy<ImageTower> image;
    private readonly Lazy<TextTower> text;
    private readonly Lazy<TextTokenizer> tokenizer;
    private readonly Lazy<string> sha256;

    private ClipModel(Checkpoint checkpoint, Placement placement)
    {
        (this.checkpoint, Placement) = (checkpoint, placement);
        var weights = new PlacedWeights(checkpoint, placement);
        image = new(() => OutOfScope(() => new ImageTower(weights)));
        text = new(() => OutOfScope(() => new TextTower(weights)));
        tokenizer = new(() => TextTokenizer.Load(NamedTokenizer.Files(checkpoint), checkpoint.Config.Text));
        sha256 = new(() => checkpoint.Sha256());
        Preprocessor = new ImagePreprocessor(checkpoint.Config.Vision.ImageSize, checkpoint.Config.Preprocess);
    }

    /// <summary>The model's shape.</summary>
    public ClipConfig Config => checkpoint.Config;

    /// <summary>The checkpoint's format: open_clip, huggingface, torch or openai.</summary>
    public string Format => checkpoint.Format;

    /// <summary>Fingerprint of the weights and of the configuration that changes the function.</summary>
    public string Sha256 => sha256.Value;

    /// <summary>What a person should know about how the model was found in its file, in sentences.</summary>
    public IReadOnlyList<string> Notes => checkpoint.Notes;

    /// <summary>The image tower.</summary>
    public ImageTower Image => image.Value;

    /// <summary>The text tower.</summary>
    public TextTower Text => text.Value;

    /// <summary>The text tower's tokenizer.</summary>
    public TextTokenizer Tokenizer => tokenizer.Value;

    /// <summary>Logarithm of the temperature by which cosines of images and texts are multiplied; null where the file has none.</summary>
    public double? LogitScale => Single(CanonicalTensors.LogitScale);

    /// <summary>What is added to the cosines times the temperature, before a sigmoid makes probabilities of them (SigLIP); null where the
    /// model has none, and a softmax over the texts does.</summary>
    public double? LogitBias => Single(CanonicalTensors.LogitBias);

    /// <summary>What turns an image into the image tower's input.</summary>
    public ImagePreprocessor Preprocessor { get; }

    /// <summary>Where the towers compute, and in which type.</summary>
    public Placement Placement { get; }

    /// <summary>Opens a checkpoint folder or file.</summary>
    /// <param name="path">The folder or file.</param>
    /// <param name="placement">Where the towers compute; the processor, in float32, if null.</param>
    /// <exception cref="ClipLensException">The checkpoint is missing, broken, or of a kind that is not supported.</exception>
    public static ClipModel Load(string path, Placement? placement = null) => new(Checkpoint.Open(path), placement ?? Placement.Cpu);

    /// <summary>Reads both towers' weights once, so that a damaged one is found before any work.</summary>
    /// <exception cref="ClipLensException">A tensor has a value that is not finite; named.</exception>
    public void CheckFinite(CancellationToken cancellation = default) => checkpoint.CheckFinite(cancellation);

    /// <summary>Embeds texts.</summary>
    /// <param name="texts">The texts, M of them.</param>
    /// <param name="progress">Texts done.</param>
    /// <param name="workers">Threads; the number of cores if null.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <returns>Embeddings, float32, not normalised: [M, d], row by row.</returns>
    public Tensor EmbedTexts(IReadOnlyList<string> texts, IProgress<int>? progress = null, int? workers = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var tower = Text;
        var result = empty(texts.Count, Config.EmbedDim);
        int done = 0;
        OrderedWork.Run(0, (texts.Count + TextBatch - 1) / TextBatch,
            batch => tower.Encode(Tokenizer.Encode([.. texts.Skip(batch * TextBatch).Take(TextBatch)])),
            (batch, embeddings) =>
            {
                result.narrow(0, (long)batch * TextBatch, embeddings.shape[0]).copy_(embeddings);
                progress?.Report(done += (int)embeddings.shape[0]);
            }, workers, cancellation);
        return result;
    }

    /// <summary>A tower as the lens sees it.</summary>
    internal ITower Tower(TowerKind tower) => tower == TowerKind.Text ? Text : Image;

    /// <summary>A reader of a dataset as a tower takes it: of images, or of texts, which are the names of the entries.</summary>
    internal ImageBatchReader Reader(TowerKind tower, IReadOnlyList<ImageEntry> entries, bool applyOrientation = false) =>
        tower == TowerKind.Text ? ImageBatchReader.ForTexts(texts => Tokenizer.Encode(texts), entries)
            : new(Preprocessor, entries, applyOrientation);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (image.IsValueCreated) image.Value.Dispose();
        if (text.IsValueCreated) text.Value.Dispose();
        checkpoint.Dispose();
    }

    private double? Single(string name)
    {
        if (!checkpoint.TensorNames.Contains(name)) return null;
        using var value = checkpoint.LoadTensor(name);
        return value.item<float>();
    }

    /// <summary>A tower that is read in the middle of some work belongs to the model, not to the dispose scope and the inference mode of
    /// that work.</summary>
    private static T OutOfScope<T>(Func<T> load)
    {
        using var mode = inference_mode(false);
        using var scope = NewDisposeScope();
        var tower = load();
        scope.Detach([.. scope.DisposablesView]);
        return tower;
    }
}
