using ClipLens.Discovery;
using ClipLens.Effects;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Segmentation;
using ClipLens.Texts;
using static TorchSharp.torch;

namespace ClipLens.Explorer.Live;

/// <summary>The model of a run and what it needs to look at pictures, each made when it is first asked for. Any thread may ask.</summary>
internal sealed class LiveModel : IDisposable
{
    private readonly RunSources sources;
    private readonly ExplorerSettings settings;
    private readonly Lazy<ClipModel> model;
    private readonly Lazy<NeuronLens> lens;
    private readonly Lazy<DescribedNeurons> described;
    private readonly Lazy<ConceptDiscovery> discovery;
    private readonly Lazy<Segmenter> segmenter;
    private readonly Lazy<Task<ZeroShotClassifier>> classifier;
    private readonly CancellationTokenSource closing = new();
    private int textsDone, isBegun;

    public LiveModel(RunSources sources, Func<ClipModel> load, ExplorerSettings settings)
    {
        (this.sources, this.settings) = (sources, settings);
        model = Once(load);
        lens = Once(() => new NeuronLens(Model));
        described = Once(() => sources.Run.Described());
        discovery = Once(() => new ConceptDiscovery(Model, described.Value,
            new() { Count = 8, ApplyOrientation = sources.Run.Manifest.Settings.ApplyOrientation }));
        segmenter = Once(MakeSegmenter);
        classifier = new(() => Task.Run(() => Kept(MakeClassifier)));
    }

    /// <summary>The model.</summary>
    public ClipModel Model => model.Value;

    /// <summary>The lens on it.</summary>
    public NeuronLens Lens => lens.Value;

    /// <summary>Finds concepts in pictures; the run must have texts.</summary>
    public ConceptDiscovery Discovery => discovery.Value;

    /// <summary>Finds classes in pictures.</summary>
    public Segmenter Segmenter => segmenter.Value;

    /// <summary>The classes that were given; null if none were.</summary>
    public IReadOnlyList<string>? Classes => settings.Classes;

    /// <summary>How the classes' names are turned into sentences; the library's own way if null.</summary>
    public IReadOnlyList<string>? Templates => settings.Templates;

    /// <summary>Texts of the classes that are embedded so far, of how many.</summary>
    public (int Done, int All) ClassTexts =>
        (textsDone, (settings.Classes?.Count ?? 0) * (settings.Templates ?? PromptTemplates.Default).Count);

    /// <summary>What tells the given classes apart; null while their names are being embedded, which begins when first asked
    /// for.</summary>
    /// <exception cref="ClipLensException">The names cannot be embedded.</exception>
    public ZeroShotClassifier? Classifier
    {
        get
        {
            if (settings.Classes is null) return null;
            var task = classifier.Value;
            return task.IsCompleted ? task.GetAwaiter().GetResult() : null;
        }
    }

    /// <summary>The same, waited for.</summary>
    /// <exception cref="ClipLensException">No classes were given, or their names cannot be embedded.</exception>
    public ZeroShotClassifier WaitForClassifier() => settings.Classes is not null ? classifier.Value.GetAwaiter().GetResult()
        : throw new ClipLensException("No classes were given, so there is no mean of them; start the explorer with a list of classes.");

    /// <summary>Begins to make what pictures are looked at with, ahead of the first one; whoever opens their page asks for it. An error
    /// is told to who asks for what it hinders.</summary>
    public void BeginWarmUp()
    {
        if (Interlocked.Exchange(ref isBegun, 1) == 0) _ = Task.Run(WarmUp, closing.Token);
    }

    private void WarmUp()
    {
        _ = Lens;
        if (settings.Classes is not null) _ = classifier.Value;
        if (sources.Texts.Pool is not null) _ = Discovery;
        _ = Segmenter;
    }

    /// <summary>The unit direction of a class name: [d], of the caller.</summary>
    public Tensor DirectionOf(string name)
    {
        if (Classifier is { } known && known.Classes.ToList().IndexOf(name) is >= 0 and var place)
            return known.Weights.select(1, place).contiguous();
        using var own = ZeroShotClassifier.Create(Model, [name], Templates);
        return own.Weights.select(1, 0).clone();
    }

    /// <summary>The model's input for a picture: [1, 3, size, size], of the caller.</summary>
    public Tensor Input(RgbImage picture)
    {
        var preprocessor = Model.Preprocessor;
        float[] values = new float[preprocessor.InputLength];
        preprocessor.ToInput(picture, values);
        return tensor(values, [1, 3, preprocessor.Size, preprocessor.Size]);
    }

    public void Dispose()
    {
        closing.Cancel();
        if (classifier.IsValueCreated)
        {
            classifier.Value.ContinueWith(_ => { }, TaskScheduler.Default).Wait();
            if (classifier.Value.IsCompletedSuccessfully) classifier.Value.Result.Dispose();
        }
        if (segmenter.IsValueCreated) segmenter.Value.Dispose();
        if (discovery.IsValueCreated) discovery.Value.Dispose();
        if (described.IsValueCreated) described.Value.Dispose();
        if (model.IsValueCreated) model.Value.Dispose();
        closing.Dispose();
    }

    private ZeroShotClassifier MakeClassifier() => ZeroShotClassifier.Create(Model, settings.Classes!, settings.Templates,
        new Told(done => textsDone = done), cancellation: closing.Token);

    private Segmenter MakeSegmenter()
    {
        using var pool = sources.Texts.Pool is { } name ? sources.Run.PoolEmbeddings(name) : null;
        return new(Model, neurons: [.. sources.Run.Layers.Select(sources.Run.Neurons)], pool: pool);
    }

    private static Lazy<T> Once<T>(Func<T> make) => new(() => Kept(make), LazyThreadSafetyMode.ExecutionAndPublication);

    /// <summary>What is made in the middle of some request belongs to nobody's dispose scope.</summary>
    private static T Kept<T>(Func<T> make)
    {
        using var mode = inference_mode(false);
        return make();
    }

    private sealed class Told(Action<int> tell) : IProgress<int>
    {
        public void Report(int value) => tell(value);
    }
}
