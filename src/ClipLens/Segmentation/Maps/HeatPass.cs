using ClipLens.Compute;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Models.Configuration;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Segmentation.Maps;

/// <summary>The heat maps of some methods for square images; methods on the same grid share a forward pass. Safe to use from several
/// threads.</summary>
internal sealed class HeatPass : IDisposable
{
    private readonly ClipModel model;
    private readonly IHeatSource[] sources;
    private readonly Tensor? common;
    private readonly List<IDisposable> owned = [];
    private readonly List<(ImagePreprocessor Preprocessor, int[] Places, TraceRequest Request)> grids;

    /// <param name="model">The model.</param>
    /// <param name="methods">The methods.</param>
    /// <param name="settings">Their settings.</param>
    /// <param name="neurons">The neurons that the paper's rule chooses from; may be empty where it is not asked for.</param>
    /// <param name="common">What all texts have in common [d]: taken off the directions, but for the paper's rule; null for
    /// nothing.</param>
    public HeatPass(ClipModel model, IReadOnlyList<SegmentationMethod> methods, SegmentationSettings settings,
        IReadOnlyList<LayerNeurons> neurons, Tensor? common = null)
    {
        (this.model, Methods, this.common) = (model, methods, common);
        sources = [.. methods.Select(method => Spread(method, Source(method, settings, neurons)))];
        grids = [.. Enumerable.Range(0, methods.Count).GroupBy(place => GridOf(methods[place])).Select(group => (
            new ImagePreprocessor(group.Key * model.Config.Vision.PatchSize, model.Config.Preprocess),
            group.ToArray(), TraceRequest.Union([.. group.Select(place => sources[place].Request)])))];
    }

    public IReadOnlyList<SegmentationMethod> Methods { get; }

    /// <summary>Patches along a side of a method's map.</summary>
    public int GridOf(SegmentationMethod method) => (int)Math.Round(model.Config.Vision.Grid * method.Detail);

    /// <summary>The maps of the square in the middle of an image: for every method [C, grid, grid].</summary>
    /// <param name="picture">The image.</param>
    /// <param name="directions">C directions of unit length: [C, d].</param>
    public Tensor[] Maps(RgbImage picture, Tensor directions)
    {
        using var scope = NewDisposeScope();
        var own = ClassDirections.Less(directions, common);
        var maps = new Tensor[Methods.Count];
        foreach (var (preprocessor, places, request) in grids)
        {
            using var inner = NewDisposeScope();
            var trace = model.Image.Trace(Input(preprocessor, picture), request);
            foreach (int place in places)
            {
                int grid = GridOf(Methods[place]);
                var read = Methods[place].Kind == HeatKind.NeuronMean ? directions : own;
                maps[place] = sources[place].Maps(trace, read).view(-1, grid, grid).ToHost().MoveToOuterDisposeScope()
                    .MoveToOuterDisposeScope();
            }
        }
        return maps;
    }

    /// <summary>A forward pass that keeps the neurons of some blocks, on the grid of a method, with the way from the method's heat back to
    /// the tokens.</summary>
    public ExplainedPass Explain(RgbImage picture, SegmentationMethod method, IReadOnlyCollection<int> layers)
    {
        int place = Enumerable.Range(0, Methods.Count).First(i => Methods[i] == method);
        var request = new TraceRequest
        {
            MlpPost = [.. layers],
            Attention = model.Image.ReadersFrom(layers.Min() + 1),
        };
        var preprocessor = grids.First(grid => grid.Places.Contains(place)).Preprocessor;
        var trace = model.Image.Trace(Input(preprocessor, picture), TraceRequest.Union([request, sources[place].Request]));
        return new ExplainedPass(trace, sources[place] as AttentionSpread, GridOf(method), model.Config.Vision.FirstPatch);
    }

    public void Dispose() => owned.ForEach(source => source.Dispose());

    /// <summary>The square in the middle of an image as network input: [1, 3, size, size].</summary>
    public static Tensor Input(ImagePreprocessor preprocessor, RgbImage picture)
    {
        var pixels = empty(1, 3, preprocessor.Size, preprocessor.Size);
        preprocessor.ToInput(picture, pixels.Floats());
        return pixels;
    }

    private IHeatSource Source(SegmentationMethod method, SegmentationSettings settings, IReadOnlyList<LayerNeurons> neurons)
    {
        model.Image.CheckLayers(settings.Layers ?? []);
        IHeatSource source = method.Kind switch
        {
            HeatKind.NeuronMean => PaperMap(settings, neurons),
            HeatKind.SecondOrder => new SecondOrderMap(model.Image, settings.Layers),
            HeatKind.FirstOrder => new FirstOrderMap(model.Image, settings.Layers, biases: true),
            HeatKind.FirstOrderContent => new FirstOrderMap(model.Image, settings.Layers),
            HeatKind.RawAttention => new RawAttentionMap(model.Image, settings.Layers),
            HeatKind.Rollout => new RolloutMap(model.Image),
            _ => GradCam(),
        };
        if (source is IDisposable disposable) owned.Add(disposable);
        return source;
    }

    private IHeatSource Spread(SegmentationMethod method, IHeatSource source) =>
        method.SpreadSteps > 0 ? new AttentionSpread(model.Image, source, method.SpreadSteps) : source;

    // Its gradient is written out for the towers of CLIP's own models.
    private GradCamMap GradCam() => model.Placement.IsHalf ? throw new SettingException("Type", "The method grad_cam takes gradients, for "
        + "which half precision is too coarse; take float32, or another method.")
        : model.Config.Vision is { Pooling: VisionPooling.ClassToken, Block: BlockKind.PreNorm, Rotary: null }
        && model.Config.Vision.Activation != Activation.GeluTanh ? new GradCamMap(model.Image)
        : throw new ClipLensException("The method grad_cam is there for CLIP's own image towers only; choose another one for this model.");

    private NeuronMeanMap PaperMap(SegmentationSettings settings, IReadOnlyList<LayerNeurons> neurons)
    {
        // The paper takes 8 to 10 of 12 blocks.
        List<LayerNeurons> late = [.. neurons.Where(layer => 3 * layer.Layer >= 2 * model.Config.Vision.Layers)];
        List<LayerNeurons> chosen = settings.Layers is { } asked ? [.. neurons.Where(layer => asked.Contains(layer.Layer))]
            : late.Count > 0 ? late : [.. neurons];
        if (chosen.Count == 0)
            throw new ClipLensException("The method paper needs analyzed neurons of the layers asked for; add them to the run with the "
            + "command analyze.");
        return new NeuronMeanMap(model.Image, chosen, settings.Neurons
            ?? Math.Min(SegmentationSettings.PaperNeurons, chosen.Sum(layer => layer.Count)));
    }
}
