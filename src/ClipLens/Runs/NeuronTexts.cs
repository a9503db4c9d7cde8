using System.Collections.Concurrent;
using ClipLens.Neurons;
using ClipLens.Runs.Storage;

namespace ClipLens.Runs;

/// <summary>Both descriptions of a run's neurons from one pool. A layer's tables are read once; any thread may ask.</summary>
/// <param name="run">The run.</param>
/// <param name="pool">The pool's name; the run's first if null.</param>
/// <param name="size">Texts a neuron; the smallest there is if null: few texts say most.</param>
public sealed class NeuronTexts(RunDirectory run, string? pool, int? size = null)
{
    private const string NoText = "(no text describes it)";
    private readonly ConcurrentDictionary<int, ILookup<int, NeuronText>> writes = [];
    private readonly ConcurrentDictionary<int, ILookup<int, NeuronText>?> acts = [];

    /// <summary>The pool; null if the run has none.</summary>
    public string? Pool { get; } = pool ?? run.FirstPool;

    /// <summary>Texts a neuron in the table that a layer's texts are from; null if the run has none for it.</summary>
    public int? SizeOf(int layer) => Pool is null ? null : size ?? (run.Sizes(layer, Pool) is [var smallest, ..] ? smallest : null);

    /// <summary>What a layer's neurons write, by neuron, each by rank; nothing if the run has no texts for it.</summary>
    /// <exception cref="ClipLensException">The pool or the size that was asked for is not in the run.</exception>
    public ILookup<int, NeuronText> Writes(int layer) =>
        writes.GetOrAdd(layer, wanted => ByNeuron(SizeOf(wanted) is { } texts ? run.Texts(wanted, Pool!, texts) : []));

    /// <summary>What a layer's neurons act on, by neuron, each by rank; null if the run has no such table.</summary>
    public ILookup<int, NeuronText>? ActsOn(int layer) =>
        acts.GetOrAdd(layer, wanted => Pool is not null && run.ActsOn(wanted, Pool) is { } texts ? ByNeuron(texts) : null);

    /// <summary>The texts of a neuron by rank; none if the run has none for its layer.</summary>
    /// <exception cref="ClipLensException">The pool or the size that was asked for is not in the run.</exception>
    public IEnumerable<NeuronText> TextsOf(NeuronId neuron) => Writes(neuron.Layer)[neuron.Index];

    /// <summary>A neuron's first texts on a line; those that it speaks against carry a minus.</summary>
    public string Line(NeuronId neuron, int count) =>
        string.Join(", ", TextsOf(neuron).Take(count).Select(text => (text.Coefficient < 0 ? "\u2212" : "") + text.Text));

    /// <summary>The first texts that a neuron acts on, on a line; a neuron that no text describes says so. Null if the run has no such
    /// table.</summary>
    public string? ActsLine(NeuronId neuron, int count) => ActsOn(neuron.Layer)?[neuron.Index] is not { } texts ? null
        : texts.Any() ? string.Join(", ", texts.Take(count).Select(text => text.Text)) : NoText;

    /// <summary>Both descriptions, a line each, with what they are; without a table of what neurons act on only what the neuron writes, and
    /// no line without texts.</summary>
    public IReadOnlyList<string> Lines(NeuronId neuron, int count)
    {
        string writes = Line(neuron, count);
        string?[] lines = ActsLine(neuron, count) is { } acts ? [$"Acts on: {acts}", writes.Length > 0 ? $"Writes: {writes}" : null]
            : [writes.Length > 0 ? writes : null];
        return [.. lines.OfType<string>()];
    }

    private static ILookup<int, NeuronText> ByNeuron(IReadOnlyList<NeuronText> texts) =>
        texts.OrderBy(text => text.Rank).ToLookup(text => text.Neuron);
}
