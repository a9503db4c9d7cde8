using ClipLens.Ablation;
using ClipLens.Compute;
using ClipLens.Statistics;
using static TorchSharp.torch;

namespace ClipLens.Truth;

/// <summary>
/// How well a neuron's description tells on which images the neuron is significant: areas under the ROC curve of the images' similarity,
/// 0.5 for a description that tells nothing; NaN for a neuron that is significant on no image, or on all.
/// </summary>
/// <param name="Neuron">The neuron.</param>
/// <param name="Significant">Images on which it is significant.</param>
/// <param name="Direction">Similarity to the neuron's direction: what a description of it could reach at best.</param>
/// <param name="Description">Similarity to the direction as the texts reconstruct it.</param>
/// <param name="Random">Similarity to the description of another neuron of the block, drawn at random.</param>
public sealed record NeuronTruth(int Neuron, int Significant, double Direction, double Description, double Random);

/// <summary>The same for one text of a neuron; a text with a negative coefficient counts as its opposite.</summary>
/// <param name="Neuron">The neuron.</param>
/// <param name="Rank">The text's rank among the neuron's.</param>
/// <param name="Text">The text's place in the pool.</param>
/// <param name="Similarity">Similarity to the text.</param>
/// <param name="Random">Similarity to the text of the same rank of another neuron.</param>
public sealed record TextTruth(int Neuron, int Rank, int Text, double Similarity, double Random);

/// <summary>A text of a neuron.</summary>
/// <param name="Neuron">The neuron.</param>
/// <param name="Rank">Its rank by absolute coefficient, from 0.</param>
/// <param name="Text">Its place in the pool.</param>
/// <param name="Coefficient">Its coefficient.</param>
internal sealed record DescribingText(int Neuron, int Rank, int Text, float Coefficient);

/// <summary>
/// Is a description true? On images that the description was not made from, the description says where the neuron should be significant,
/// and the norm of the neuron's effect says where it is. (The paper has no such score.)
/// </summary>
internal static class DescriptionTruth
{
    private const int Chunk = 512;

    /// <summary>Scores whole descriptions.</summary>
    /// <param name="outcome">Ablations of the block on held-out images.</param>
    /// <param name="neurons">The block's activity in it.</param>
    /// <param name="directions">The neurons' directions: [N, d].</param>
    /// <param name="descriptions">The directions as the texts reconstruct them: [N, d].</param>
    /// <param name="seed">Seed of the random partners.</param>
    /// <param name="workers">Threads; the number of cores if null.</param>
    public static IReadOnlyList<NeuronTruth> OfNeurons(AblationOutcome outcome, NeuronActivity neurons, Tensor directions,
        Tensor descriptions, ulong seed = 0, int? workers = null)
    {
        using var _ = inference_mode();
        using var scope = NewDisposeScope();
        var images = Readable(outcome);
        var positive = Positions(outcome, neurons);
        int count = neurons.Count;
        // The partner's description is scored for its own neuron and for the one that draws it.
        int[] drawnBy = new SeededRandom(seed).Derangement(count);
        var own = Areas(images, directions, neuron => [(neuron, positive[neuron])], null, workers);
        var described = Areas(images, descriptions, neuron =>
            [(neuron, positive[neuron]), (count + drawnBy[neuron], positive[drawnBy[neuron]])], 2 * count, workers);
        return [.. Enumerable.Range(0, count)
            .Select(i => new NeuronTruth(i, positive[i].Length, own[i], described[i], described[count + i]))];
    }

    /// <summary>Scores single texts.</summary>
    /// <param name="outcome">Ablations of the block on held-out images.</param>
    /// <param name="neurons">The block's activity in it.</param>
    /// <param name="texts">The neurons' texts.</param>
    /// <param name="embeddings">Embeddings of the pool: [M, d].</param>
    /// <param name="seed">Seed of the random partners.</param>
    /// <param name="workers">Threads; the number of cores if null.</param>
    public static IReadOnlyList<TextTruth> OfTexts(AblationOutcome outcome, NeuronActivity neurons, IReadOnlyList<DescribingText> texts,
        Tensor embeddings, ulong seed = 0, int? workers = null)
    {
        using var _ = inference_mode();
        using var scope = NewDisposeScope();
        var unit = nn.functional.normalize(embeddings, 2, 1);
        var centred = unit - unit.mean([0], keepdim: true);
        var positive = Positions(outcome, neurons);
        int[] partner = new SeededRandom(seed).Derangement(neurons.Count);
        var byPlace = texts.Select((text, i) => (text, i)).ToDictionary(pair => (pair.text.Neuron, pair.text.Rank), pair => pair.i);
        // A text's ranks serve every neuron that has it, as its own text or as the random one.
        var uses = new Dictionary<int, List<(int Slot, int[] Positive)>>();
        for (int i = 0; i < texts.Count; i++)
        {
            Use(texts[i].Text, i, positive[texts[i].Neuron]);
            if (byPlace.TryGetValue((partner[texts[i].Neuron], texts[i].Rank), out int other)) Use(texts[other].Text, texts.Count + i,
                positive[texts[i].Neuron]);
        }
        int[] wanted = [.. uses.Keys.Order()];
        var areas = Areas(Readable(outcome), centred.index_select(0, tensor(wanted.Select(text => (long)text).ToArray())), column =>
            uses[wanted[column]], 2 * texts.Count, workers);
        return [.. texts.Select((text, i) => new TextTruth(text.Neuron, text.Rank, text.Text, Signed(areas[i], text),
            byPlace.TryGetValue((partner[text.Neuron], text.Rank), out int other) ? Signed(areas[texts.Count + i], texts[other])
            : double.NaN))];

        void Use(int text, int slot, int[] images)
        {
            if (!uses.TryGetValue(text, out var list)) uses[text] = list = [];
            list.Add((slot, images));
        }
    }

    private static double Signed(double area, DescribingText text) => text.Coefficient < 0 ? 1 - area : area;

    /// <summary>Areas under the curve of the images' similarity to each of some vectors, for the sets of positive images that each is used
    /// for.</summary>
    private static double[] Areas(Tensor images, Tensor vectors, Func<int, IEnumerable<(int Slot, int[] Positive)>> uses, int? slots = null,
        int? workers = null)
    {
        int count = (int)vectors.shape[0], width = (int)images.shape[0];
        double[] areas = [.. Enumerable.Repeat(double.NaN, slots ?? count)];
        for (int first = 0; first < count; first += Chunk)
        {
            using var scope = NewDisposeScope();
            int size = Math.Min(Chunk, count - first), start = first;
            float[] similarities = vectors.narrow(0, first, size).matmul(images.t()).contiguous().Floats().ToArray();
            WorkThreads.ForEach(size, workers, column =>
            {
                float[] ranks = Ranking.Ranks(similarities.AsSpan(column * width, width));
                foreach (var (slot, positive) in uses(start + column)) areas[slot] = Ranking.AreaUnderCurve(ranks, positive);
            });
        }
        return areas;
    }

    /// <summary>The representations of the images that could be read: [n, d].</summary>
    private static Tensor Readable(AblationOutcome outcome) =>
        outcome.Representations.index_select(0, tensor(outcome.Indices.Select(index => (long)index).ToArray()));

    /// <summary>By neuron, the places of its significant images among those that could be read.</summary>
    private static int[][] Positions(AblationOutcome outcome, NeuronActivity neurons)
    {
        var places = outcome.Indices.Select((image, place) => (image, place)).ToDictionary(pair => pair.image, pair => pair.place);
        return [.. Enumerable.Range(0, neurons.Count).Select(neuron => neurons.SignificantImages(neuron).Select(image => places[image])
            .ToArray())];
    }
}
