using System.Diagnostics;
using ClipLens.Ablation;
using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using ClipLens.Texts;
using ClipLens.Texts.ActsOn;
using ClipLens.Truth;
using static TorchSharp.torch;

namespace ClipLens.Runs.Studies.Truth;

/// <summary>
/// How true what several methods say of a run's neurons is, on images that none of them has seen: all methods on the same neurons, images
/// and texts, with another neuron's texts and a random text as floor and a linear read-out as ceiling.
/// </summary>
public static class DescriptionStudy
{
    /// <summary>Scores the descriptions of a run's neurons.</summary>
    /// <param name="run">The run.</param>
    /// <param name="model">Its model.</param>
    /// <param name="heldOut">Images that the run has not seen; those that it has are left out and counted.</param>
    /// <param name="settings">What is scored and how.</param>
    /// <param name="progress">How far the present stage is.</param>
    /// <param name="cancellation">Stops between batches and methods.</param>
    /// <exception cref="ClipLensException">The run has no texts or too few images, its images have changed, or too few held-out images are
    /// left.</exception>
    public static DescriptionStudyResult Run(RunDirectory run, ClipModel model, IReadOnlyList<ImageEntry> heldOut,
        DescriptionStudySettings? settings = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(heldOut);
        settings ??= new();
        return new Work(run, model, heldOut, settings, new()
        {
            Workers = settings.Workers,
            Progress = progress,
            Cancellation = cancellation
        }).Run();
    }

    private sealed class Work(RunDirectory run, ClipModel model, IReadOnlyList<ImageEntry> heldOut, DescriptionStudySettings settings,
        WorkOptions options)
    {
        private readonly AblationSettings passes = new() { Batch = settings.Batch, MemoryBudget = settings.MemoryBudget };

        public DescriptionStudyResult Run()
        {
            using var threads = TorchThreads.One();
            using var mode = inference_mode();
            using var scope = NewDisposeScope();
            string pool = settings.Pool ?? run.FirstPool
                ?? throw new ClipLensException($"The run {run.Path} has no texts; analyze it again with texts.");
            var layers = run.Resolve(settings.Layers).Select(run.Neurons).ToList();
            using var texts = Pool(pool);
            var held = HeldOutImages.Observe(run, model, heldOut, layers, passes, options);
            var seen = RunBehaviour.Observe(run, model, layers, passes, options);
            var results = new List<LayerDescriptionScores>();
            foreach (var layer in layers)
            {
                options.Progress?.Report(new("Scores of the descriptions", results.Count, layers.Count));
                results.Add(new(layer.Layer, Score(layer, pool, texts, seen, held)));
            }
            options.Progress?.Report(new("Scores of the descriptions", layers.Count, layers.Count));
            return new(pool, held.Indices.Count, held.Seen, held.Failures, results);
        }

        private List<MethodScores> Score(LayerNeurons layer, string pool, DescribingPool texts, RunBehaviour seen, HeldOutImages held)
        {
            using var scope = NewDisposeScope();
            var methods = new DescriptionMethods(layer, seen.Moments[layer.Layer], seen.Representations,
                texts, Writes(layer, pool), settings.Seed, options.Workers);
            var scores = new DescriptionScores(held.Representations, held.Norms[layer.Layer], layer.Threshold.ToArray());
            var results = new List<MethodScores>();
            foreach (var (name, describe) in methods.All.Where(method => settings.Methods is null
                || settings.Methods.Contains(method.Name)))
            {
                options.Cancellation.ThrowIfCancellationRequested();
                var clock = Stopwatch.StartNew();
                var own = describe(options.Cancellation);
                double seconds = clock.Elapsed.TotalSeconds + own.SharedSeconds;
                var said = scores.Say(own.Directions);
                NeuronScore[] scored = new NeuronScore[layer.Count];
                WorkThreads.ForEach(layer.Count, options.Workers, neuron => scored[neuron] = scores.Score(neuron, said[neuron]));
                results.Add(new(name, scored, own.Texts, seconds, name == DescriptionMethods.ActsOn ? Sanity(scores, said, scored) : null));
            }
            return results;
        }

        /// <summary>For which share of the neurons each score falls when half of what the description claims is taken away, and when as
        /// much is claimed falsely.</summary>
        private SanityShares Sanity(DescriptionScores scores, float[][] said, NeuronScore[] own)
        {
            int[] neurons = [.. Enumerable.Range(0, said.Length).Where(neuron => !double.IsNaN(own[neuron].Auroc)
                && said[neuron].Distinct().Count() > 1)];
            var random = new SeededRandom(settings.Seed);
            var without = neurons.Select(neuron => scores.Score(neuron, SanityTests.WithoutHalf(said[neuron], random))).ToArray();
            var added = neurons.Select(neuron => scores.Score(neuron, SanityTests.WithFalse(said[neuron], random))).ToArray();
            return new(Falls(without), Falls(added));

            Dictionary<string, double> Falls(NeuronScore[] changed) => NeuronScore.Names.Index().ToDictionary(score => score.Item,
                score => neurons.Length == 0 ? double.NaN : neurons.Index().Average(neuron =>
                    changed[neuron.Index].Values[score.Index] < own[neuron.Item].Values[score.Index] ? 1.0 : 0));
        }

        /// <summary>What the run says that the neurons write, in its smallest table of at least eight texts; null if it has none for the
        /// block.</summary>
        private MethodDescriptions? Writes(LayerNeurons layer, string pool)
        {
            var sizes = run.Sizes(layer.Layer, pool);
            if (sizes.Count == 0) return null;
            int size = settings.Size ?? sizes.FirstOrDefault(size => size >= 8, sizes[^1]);
            using var dictionary = run.Dictionary(pool);
            var codes = run.Codes(layer.Layer, pool, size, dictionary);
            return new(codes.Reconstruct(dictionary).to(ScalarType.Float64),
                [.. Enumerable.Range(0, codes.Neurons).Select(neuron => codes.Ranked(neuron).Count)]);
        }

        private DescribingPool Pool(string name)
        {
            using var embeddings = run.PoolEmbeddings(name);
            return new(TextDictionary.Create(embeddings, DictionaryScaling.Unit), nn.functional.normalize(embeddings, 2, 1),
                VisibleTexts.Among(run.PoolTexts(name)));
        }
    }
}
