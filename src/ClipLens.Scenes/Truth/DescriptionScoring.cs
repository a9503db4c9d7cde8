using ClipLens.Neurons;
using ClipLens.Runs;
using ClipLens.Runs.Storage;

namespace ClipLens.Scenes.Truth;

/// <summary>How often texts of neurons name what is really over-represented in the neurons' top images.</summary>
/// <param name="Neurons">Neurons scored: those whose first text is one that they speak for.</param>
/// <param name="First">Of their first texts, in percent.</param>
/// <param name="FirstFour">Of their first four texts, in percent.</param>
/// <param name="RandomFirst">Of as many texts drawn at random, in percent: the baseline.</param>
public sealed record DescriptionScore(int Neurons, double First, double FirstFour, double RandomFirst);

/// <summary>What the first text of a neuron says, and whether it is so.</summary>
/// <param name="Neuron">The neuron.</param>
/// <param name="Text">Its first text that it speaks for.</param>
/// <param name="Rate">Share of its top images of which the text is true.</param>
/// <param name="BaseRate">Share of all images of which it is true.</param>
/// <param name="IsTrue">Whether that is more than chance would give.</param>
public sealed record DescribedNeuron(NeuronId Neuron, string Text, double Rate, double BaseRate, bool IsTrue);

/// <summary>Scores the descriptions of neurons against the facts of the drawn pictures.</summary>
public static class DescriptionScoring
{
    private const int FirstTexts = 4;

    /// <summary>Scores the texts that neurons speak for (of positive coefficient), in order of rank. A neuron without texts, or whose
    /// first text it speaks against, does not count.</summary>
    /// <param name="run">The run over the drawn pictures, with the world's pool.</param>
    /// <param name="neurons">The neurons to score.</param>
    /// <param name="textsOf">Their texts by rank: what they act on, or what they write.</param>
    /// <param name="excess">The facts.</param>
    /// <param name="seed">Draws the random texts.</param>
    public static (DescriptionScore Score, IReadOnlyList<DescribedNeuron> Neurons) Score(RunDirectory run, IReadOnlyList<NeuronId> neurons,
        Func<NeuronId, IEnumerable<NeuronText>> textsOf, ConceptExcess excess, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(neurons);
        ArgumentNullException.ThrowIfNull(textsOf);
        ArgumentNullException.ThrowIfNull(excess);
        var random = new SceneRandom(seed);
        var described = new List<DescribedNeuron>();
        int four = 0, fourAsked = 0, blind = 0;
        foreach (var neuron in neurons)
        {
            NeuronText[] all = [.. textsOf(neuron)];
            // What a neuron speaks against most is not to be seen in its top images.
            if (all.Length == 0 || all[0].Coefficient < 0) continue;
            NeuronText[] spoken = [.. all.Where(text => text.Coefficient > 0).Take(FirstTexts)];
            var top = run.Neurons(neuron.Layer).TopImagesOf(neuron.Index);
            int first = spoken[0].TextIndex;
            described.Add(new(neuron, spoken[0].Text, excess.Rate(first, top), excess.BaseRate(first),
                excess.IsOverRepresented(first, top)));
            foreach (var text in spoken)
            {
                if (excess.IsOverRepresented(text.TextIndex, top)) four++;
                fourAsked++;
            }
            if (excess.IsOverRepresented(random.Below(excess.Texts), top)) blind++;
        }
        int count = Math.Max(1, described.Count);
        return (new(described.Count, 100.0 * described.Count(n => n.IsTrue) / count, 100.0 * four / Math.Max(1, fourAsked),
            100.0 * blind / count), described);
    }
}
