using ClipLens.Ablation;
using ClipLens.Compute;
using ClipLens.Runs.Storage;
using ClipLens.Runs.Studies.Truth;
using static TorchSharp.torch;

namespace ClipLens.Runs.Studies.Ablation;

/// <summary>
/// How much of a model the second-order effects of a run's neurons, their directions and their texts explain (paper, Section 3.3 and
/// Figures 3 and 4), and how well the texts tell on which of these images a neuron is significant. One forward pass an image for all
/// layers.
/// </summary>
public static class AblationStudy
{
    /// <summary>Runs the ablations.</summary>
    /// <param name="inputs">The run and labelled images.</param>
    /// <param name="settings">What to do; all layers one by one if null.</param>
    /// <param name="progress">How far the present stage is.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="ClipLensException">The run lacks a layer or the pool, or no image can be read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static AblationResult Run(StudyInputs inputs, AblationStudySettings? settings = null, IProgress<WorkProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return new Work(inputs, settings ?? new(), new() { Workers = inputs.Workers, Progress = progress, Cancellation = cancellation })
            .Run();
    }

    private sealed class Work(StudyInputs inputs, AblationStudySettings settings, WorkOptions options)
    {
        public AblationResult Run()
        {
            // The scores go into the run; better to know now that they cannot.
            using var held = RunLock.Take(inputs.Run.Path);
            using var scope = NewDisposeScope();
            var layers = inputs.Run.Resolve(settings.Layers);
            string? pool = settings.Pool ?? inputs.Run.FirstPool;
            using var descriptions = pool is null ? null : new Descriptions(inputs.Run, pool, settings.Sizes, options);
            var own = layers.Select(layer => new AblationLayer(inputs.Run.Neurons(layer), Sets(layer, descriptions))).ToList();
            using var outcome = LayerAblation.Run(inputs.Model.Image, inputs.Reader, inputs.Images.Labels, inputs.Classifier.Weights, own,
                new() { Batch = settings.Batch, IsJoint = settings.IsJoint, MemoryBudget = settings.MemoryBudget }, options);
            return new()
            {
                Run = inputs.Run,
                Images = outcome.Indices.Count,
                Failures = outcome.Failures,
                Unlabelled = inputs.Images.Unlabelled,
                Classes = inputs.Classifier.Classes.Count,
                Pool = pool,
                Sizes = descriptions?.Sizes ?? [],
                Figures = AblationSummary.Summarise(outcome, settings.Resamples, settings.Seed),
                Activities = [.. outcome.Layers.Select(layer => Activity(outcome, layer))],
                Truths = Truths(outcome, own, descriptions),
            };
        }

        private List<DirectionSet> Sets(int layer, Descriptions? descriptions)
        {
            var sets = new List<DirectionSet> { new(AblationNames.FirstComponent, inputs.Run.Neurons(layer).DirectionTensor()) };
            foreach (int size in descriptions?.Sizes ?? [])
            {
                sets.Add(new(AblationNames.SparseText(size), descriptions!.Directions(layer, size)));
                if (settings.WithReleasedProjection)
                    sets.Add(new(AblationNames.SparseTextReleased(size), descriptions.Directions(layer, size), IsNormalised: false));
            }
            return sets;
        }

        private static LayerActivity Activity(AblationOutcome outcome, LayerOutcome layer) =>
            new(layer.Layer, AblationSummary.SignificantShare(outcome, layer),
            [.. layer.Neurons.Sets.Select((name, set) => new ExplainedShare(name,
                100 * layer.Neurons.Explained(set, onSignificant: false), 100 * layer.Neurons.Explained(set, onSignificant: true)))]);

        private List<LayerTruth> Truths(AblationOutcome outcome, List<AblationLayer> own, Descriptions? descriptions)
        {
            const string stage = "Scores of the descriptions";
            var truths = new List<LayerTruth>();
            if (descriptions is null || descriptions.Sizes.Count == 0) return truths;
            using var scorer = new TruthScorer(inputs, descriptions, settings.Seed);
            for (int i = 0; i < own.Count; i++)
            {
                options.Progress?.Report(new(stage, i, own.Count));
                truths.AddRange(descriptions.Sizes.Select(size =>
                    scorer.Score(outcome, outcome.Layers[i].Neurons, own[i].Neurons, size, options.Cancellation)));
            }
            options.Progress?.Report(new(stage, own.Count, own.Count));
            return truths;
        }
    }
}
