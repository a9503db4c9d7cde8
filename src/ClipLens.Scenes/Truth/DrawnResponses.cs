using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using ClipLens.Runs;
using ClipLens.Scenes.Language;
using static TorchSharp.torch;

namespace ClipLens.Scenes.Truth;

/// <summary>How much more a neuron acts on pictures drawn from a text than on controls.</summary>
/// <param name="AreaUnderCurve">The chance that it acts more strongly on a drawn picture than on a control; 0.5 for nothing.</param>
/// <param name="Difference">The difference of the means in standard deviations over the controls.</param>
public readonly record struct DrawnResponse(double AreaUnderCurve, double Difference)
{
    /// <summary>What a neuron without a text gets: nothing is said of it.</summary>
    public static DrawnResponse None { get; } = new(0.5, 0);
}

/// <summary>
/// The generative test of CoSy (Kopf and others, NeurIPS 2024) with a known truth: pictures are not generated but drawn. Each is a scene of
/// the world without planted correlations, changed so that a text is true of it; controls are such scenes unchanged. What counts is the
/// norm of the neuron's centred effect.
/// </summary>
public sealed class DrawnResponses
{
    private const int Batch = 32, Size = 64;
    private const ulong Apart = 1_000_000;

    private readonly Dictionary<int, float[][]> norms;
    private readonly ILookup<int, int> pictures;
    private readonly int[] concepts;

    private DrawnResponses(Dictionary<int, float[][]> norms, ILookup<int, int> pictures, int[] concepts) =>
        (this.norms, this.pictures, this.concepts) = (norms, pictures, concepts);

    /// <summary>Draws pictures of every concept of the world's pool and measures all neurons of a run on them.</summary>
    /// <param name="model">The world's model.</param>
    /// <param name="run">A run of it.</param>
    /// <param name="each">Pictures a concept.</param>
    /// <param name="controls">Controls.</param>
    /// <param name="seed">Decides what the texts leave open.</param>
    /// <param name="progress">Pictures done.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public static DrawnResponses Measure(ClipModel model, RunDirectory run, int each, int controls, ulong seed = 0,
        IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(run);
        int[] concepts = [.. WorldPool.Texts.Select(text => FirstLike(text.Claims))];
        var scenes = new SceneGenerator(seed, new SceneSettings(CueStrength: 0));
        var drawn = Enumerable.Range(0, controls).Select(i => (Text: -1, Scene: scenes.Create((ulong)i))).Concat(
            concepts.Distinct().SelectMany(text => Enumerable.Range(0, each).Select(i => (Text: text,
                Scene: Changed(scenes.Create(Apart * (ulong)(text + 1) + (ulong)i), WorldPool.Texts[text].Claims))))).ToList();
        var layers = run.Layers.Select(run.Neurons).ToList();
        var norms = layers.ToDictionary(layer => layer.Layer, layer => new float[drawn.Count][]);
        var stage = new StageProgress(progress, "Drawing from descriptions", drawn.Count);
        var lens = new NeuronLens(model);
        var request = lens.SecondOrderRequest(run.Layers);
        for (int first = 0; first < drawn.Count; first += Batch)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var mode = inference_mode();
            var part = drawn.Skip(first).Take(Batch).Select(own => own.Scene).ToList();
            var trace = lens.Trace(Input(model, part), request);
            foreach (var layer in layers)
            {
                var own = linalg.vector_norm(lens.SecondOrder(trace, layer.Layer).cpu() - layer.MeanTensor(), 2, [2L])
                    .to(ScalarType.Float32)
                    .contiguous().data<float>().ToArray();
                for (int i = 0; i < part.Count; i++) norms[layer.Layer][first + i] = own[(i * layer.Count)..((i + 1) * layer.Count)];
            }
            stage.Report(first + part.Count);
        }
        return new(norms, drawn.Index().ToLookup(own => own.Item.Text, own => own.Index), concepts);
    }

    /// <summary>How a neuron answers to pictures of a text of the pool.</summary>
    /// <param name="neuron">The neuron, of a layer of the run.</param>
    /// <param name="text">The text's place in the pool; null for none.</param>
    public DrawnResponse Score(NeuronId neuron, int? text)
    {
        if (text is not { } wanted) return DrawnResponse.None;
        var values = norms[neuron.Layer];
        float[] own = [.. pictures[concepts[wanted]].Select(i => values[i][neuron.Index])];
        float[] other = [.. pictures[-1].Select(i => values[i][neuron.Index])];
        double above = own.Sum(value => other.Sum(control => value > control ? 1 : value == control ? 0.5 : 0));
        double mean = other.Average(), deviation = Math.Sqrt(other.Average(value => (value - mean) * (value - mean)));
        return new(above / ((double)own.Length * other.Length), deviation > 0 ? (own.Average() - mean) / deviation : 0);
    }

    private static Tensor Input(ClipModel model, List<Scene> scenes)
    {
        var (side, length) = (model.Preprocessor.Size, model.Preprocessor.InputLength);
        var pixels = new float[scenes.Count * length];
        Parallel.For(0, scenes.Count, i => model.Preprocessor.ToInput(new RgbImage(Size, Size,
            SceneRenderer.Render(scenes[i], Size).Rgb.ToArray()), pixels.AsSpan(i * length, length)));
        return tensor(pixels, [scenes.Count, 3, side, side]);
    }

    /// <summary>The scene with what a text says of it: its background, or its main object's kind, colour or pattern.</summary>
    private static Scene Changed(Scene scene, CaptionClaims claims)
    {
        if (claims.Background is { } background) return scene with { Background = background };
        var (main, own) = (scene.Objects[0], claims.Objects[0]);
        if (own.Kind is { } kind)
            return SceneComposer.Compose(new CaptionClaims([new(kind, main.Colour)], scene.Background), scene.Seed);
        return scene with
        {
            Objects = [main with { Colour = own.Colour ?? main.Colour, Pattern = own.Pattern ?? main.Pattern }, .. scene.Objects.Skip(1)]
        };
    }

    /// <summary>The first text of the pool that claims the same: synonyms share their pictures.</summary>
    private static int FirstLike(CaptionClaims claims) => WorldPool.Texts.Index().First(text =>
        text.Item.Claims.Background == claims.Background && text.Item.Claims.Objects.SequenceEqual(claims.Objects)).Index;
}
