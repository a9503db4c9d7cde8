using ClipLens.Ablation;
using ClipLens.Compute;
using static TorchSharp.torch;

namespace ClipLens.Cli.Commands.Evaluation;

/// <summary>Ablations of some blocks of a run, and the scores of the descriptions that come out of the same pass.</summary>
internal sealed class AblationJob(EvaluationInputs inputs, IReadOnlyList<int> layers, string? pool, IReadOnlyList<int>? sizes)
{
    /// <summary>Name of the ablation that keeps the first component.</summary>
    public const string FirstComponent = "first_component";

    public bool IsJoint { get; init; }
    public bool WithReleased { get; init; }
    public int Batch { get; init; } = 16;
    public long MemoryBudget { get; init; } = new AblationSettings().MemoryBudget;
    public int Resamples { get; init; } = 2000;
    public ulong Seed { get; init; }

    /// <summary>Name of the ablation that keeps what so many texts say.</summary>
    public static string Sparse(int size) => $"sparse_text {size}";

    /// <summary>The same with the released code's projection.</summary>
    public static string Released(int size) => $"sparse_text_released {size}";

    public Result Run(IProgress<WorkProgress> progress, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        using var descriptions = pool is null ? null : new Descriptions(inputs.Run, pool, sizes, inputs.Workers, progress, stop);
        var own = layers.Select(layer => new AblationLayer(inputs.Run.Neurons(layer), Sets(layer, descriptions))).ToList();
        var settings = new AblationSettings { Batch = Batch, Workers = inputs.Workers, IsJoint = IsJoint, MemoryBudget = MemoryBudget };
        var outcome = LayerAblation.Run(inputs.Model.Image, inputs.Reader, inputs.Images.Labels, inputs.Classifier.Weights, own, settings, progress, stop);
        var figures = AblationSummary.Summarise(outcome, Resamples, Seed);
        return new(inputs, outcome, figures, descriptions?.Sizes ?? [], pool, Truths(outcome, own, descriptions, progress, stop));
    }

    private List<LayerTruth> Truths(AblationOutcome outcome, List<AblationLayer> own, Descriptions? descriptions, IProgress<WorkProgress> progress, CancellationToken stop)
    {
        var truths = new List<LayerTruth>();
        if (descriptions is null || descriptions.Sizes.Count == 0) return truths;
        using var scorer = new TruthScorer(inputs, descriptions, Seed);
        for (int i = 0; i < own.Count; i++)
        {
            progress.Report(new("Scores of the descriptions", i, own.Count));
            truths.AddRange(descriptions.Sizes.Select(size => scorer.Score(outcome, outcome.Layers[i].Neurons, own[i].Neurons, size, stop)));
        }
        progress.Report(new("Scores of the descriptions", own.Count, own.Count));
        return truths;
    }

    private List<DirectionSet> Sets(int layer, Descriptions? descriptions)
    {
        var sets = new List<DirectionSet> { new(FirstComponent, inputs.Run.Neurons(layer).DirectionTensor()) };
        foreach (int size in descriptions?.Sizes ?? [])
        {
            sets.Add(new(Sparse(size), descriptions!.Directions(layer, size)));
            if (WithReleased) sets.Add(new(Released(size), descriptions.Directions(layer, size), IsNormalised: false));
        }
        return sets;
    }

    /// <summary>What came out.</summary>
    /// <param name="Inputs">What went in.</param>
    /// <param name="Outcome">By image and neuron.</param>
    /// <param name="Figures">By block, all together last if asked for.</param>
    /// <param name="Sizes">Texts a neuron.</param>
    /// <param name="Pool">The pool of the texts.</param>
    /// <param name="Truths">Scores of the descriptions by block and size.</param>
    public sealed record Result(EvaluationInputs Inputs, AblationOutcome Outcome, IReadOnlyList<SubjectFigures> Figures, IReadOnlyList<int> Sizes, string? Pool,
        IReadOnlyList<LayerTruth> Truths) : IDisposable
    {
        /// <summary>Writes the JSON file, the plots and the tables.</summary>
        public void Write(string path)
        {
            AblationJson.Write(path, this);
            AblationPlots.Write(path, this);
            foreach (var truth in Truths) truth.Write(Inputs.Run, Pool!);
        }

        public void Dispose() => Outcome.Dispose();
    }
}
