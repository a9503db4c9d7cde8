using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Neurons;
using ClipLens.Texts;
using static TorchSharp.torch;

namespace ClipLens.Cues;

/// <summary>A text of the pool with its score and, when asked, all that made it.</summary>
internal sealed record CueWord(int Text, float Score, Func<IReadOnlyList<CueNeuron>> Neurons);

/// <summary>The sources of cue words: chosen neurons, and the score that their texts give every word.</summary>
internal static class CueWords
{
    /// <summary>Chooses neurons and scores words.</summary>
    /// <param name="model">The model.</param>
    /// <param name="neurons">The neurons.</param>
    /// <param name="pair">Names of the true class and the fooled one.</param>
    /// <param name="texts">Their texts: [2, d].</param>
    /// <param name="settings">How.</param>
    /// <param name="options">How it is run.</param>
    public static (IReadOnlyList<CueNeuron> Neurons, IReadOnlyList<CueWord> Words) Find(ClipModel model, DescribedNeurons neurons,
        (string True, string Fooled) pair, Tensor texts, CueSettings settings, WorkOptions options)
    {
        // v of the paper.
        var way = texts[1] - texts[0];
        return settings.Source switch
        {
            CueSource.Statistics => ClassStatistics.Find(model, neurons, pair, texts, settings, options),
            CueSource.MostSimilar => ([], Similar(neurons.Embeddings, texts[1])),
            CueSource.RandomWords => ([], Drawn(neurons.Pool.Count, settings.Seed)),
            CueSource.FirstOrder => Decomposed(neurons, [.. neurons.Ids], FirstOrderDirections(model.Image, neurons), way, settings,
                options),
            CueSource.Indirect => Indirect(model, neurons, way, settings, options),
            CueSource.RandomNeurons => Described(neurons, Random(neurons, way, settings)),
            _ => Described(neurons, Largest([.. neurons.Ids], neurons.Along(way), settings.Neurons)),
        };
    }

    /// <summary>The pool in an order by lot; the scores say nothing but that.</summary>
    private static List<CueWord> Drawn(int pool, ulong seed) =>
        [.. new SeededRandom(seed).Shuffled(pool).Select((text, place) => new CueWord(text, 1f - (float)place / pool, () => []))];

    private static CueNeuron[] Largest(IReadOnlyList<NeuronId> ids, float[] along, int count) =>
        [.. ids.Select((id, i) => new CueNeuron(id, along[i])).OrderByDescending(neuron => MathF.Abs(neuron.Contribution)).Take(count)];

    private static CueNeuron[] Random(DescribedNeurons neurons, Tensor way, CueSettings settings)
    {
        float[] along = neurons.Along(way);
        var ids = neurons.Ids.ToList();
        return [.. new SeededRandom(settings.Seed).Choose(ids.Count, settings.Neurons).Select(i => new CueNeuron(ids[i], along[i]))
            .OrderByDescending(neuron => MathF.Abs(neuron.Contribution))];
    }

    /// <summary>Scores from the texts that the neurons have.</summary>
    private static (IReadOnlyList<CueNeuron>, IReadOnlyList<CueWord>) Described(DescribedNeurons neurons, CueNeuron[] chosen) =>
        (chosen, Scores(chosen, (neuron, _) => neurons.TextsOf(neuron.Neuron)));

    private static (IReadOnlyList<CueNeuron>, IReadOnlyList<CueWord>) Indirect(ClipModel model, DescribedNeurons neurons, Tensor way,
        CueSettings settings, WorkOptions options)
    {
        if (settings.Images is null) throw new ClipLensException("Cues from indirect effects are measured on images; give those of the "
            + "run, or choose another source.");
        var ids = IndirectDirections.Draw([.. neurons.Ids], settings.IndirectNeurons, settings.Seed);
        using var directions = IndirectDirections.Measure(model, ids, settings.Images, settings.IndirectImages, settings.Seed, options);
        return Decomposed(neurons, ids, directions, way, settings, options);
    }

    /// <summary>Scores from other directions of neurons [n, d], whose texts are found for the chosen ones.</summary>
    private static (IReadOnlyList<CueNeuron>, IReadOnlyList<CueWord>) Decomposed(DescribedNeurons neurons, IReadOnlyList<NeuronId> ids,
        Tensor directions, Tensor way, CueSettings settings, WorkOptions options)
    {
        var chosen = Largest(ids, directions.mv(way).Floats().ToArray(), settings.Neurons);
        var places = ids.Select((id, i) => (id, i)).ToDictionary(pair => pair.id, pair => (long)pair.i);
        var own = directions.index_select(0, tensor(chosen.Select(neuron => places[neuron.Neuron]).ToArray()));
        int size = neurons.Layers.Max(layer => layer.Codes.Size);
        var codes = MatchingPursuit.Decompose(own, neurons.Dictionary, size, null, options.Workers, options.Cancellation);
        return (chosen, Scores(chosen, (_, i) => codes.Ranked(i)));
    }

    private static List<CueWord> Scores(CueNeuron[] chosen, Func<CueNeuron, int, IEnumerable<(int Text, float Coefficient)>> textsOf)
    {
        var behind = new Dictionary<int, List<CueNeuron>>();
        for (int i = 0; i < chosen.Length; i++)
        {
            foreach (var (text, coefficient) in textsOf(chosen[i], i))
            {
                if (!behind.TryGetValue(text, out var list)) behind[text] = list = [];
                list.Add(chosen[i] with { Contribution = coefficient * chosen[i].Contribution });
            }
        }
        return [.. behind.Select(pair => new CueWord(pair.Key, pair.Value.Sum(neuron => neuron.Contribution), () => pair.Value))];
    }

    private static List<CueWord> Similar(Tensor embeddings, Tensor fooled)
    {
        using var scope = NewDisposeScope();
        float[] cosines = nn.functional.normalize(embeddings, 2, -1).mv(fooled).Floats().ToArray();
        return [.. cosines.Select((cosine, text) => new CueWord(text, cosine, () => []))];
    }

    /// <summary>What a neuron writes to the class token, straight to the output; the direction is the same for every image: [all, d], unit
    /// length.</summary>
    private static Tensor FirstOrderDirections(ImageTower tower, DescribedNeurons neurons)
    {
        using var scope = NewDisposeScope();
        if (tower.Pool is not null) throw new ClipLensException("Nothing that a neuron of this model writes goes straight to the output, "
            + "because an attention pools the tokens; choose another source of cues than first-order effects.");
        var paths = OutputPaths.For(tower);
        var parts = neurons.Layers.Select(layer => tower.Blocks[layer.Neurons.Layer].Columns.t().matmul(paths.ProjectionAfterNorm.t())
            .ToHost());
        return nn.functional.normalize(cat([.. parts], 0), 2, -1).MoveToOuterDisposeScope();
    }
}
