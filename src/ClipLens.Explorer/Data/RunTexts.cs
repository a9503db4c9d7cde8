using System.Collections.Concurrent;
using ClipLens.Runs;

namespace ClipLens.Explorer.Data;

/// <summary>Both descriptions of a run's neurons, from its first pool.</summary>
internal sealed class RunTexts(RunDirectory run)
{
    private readonly ConcurrentDictionary<int, ILookup<int, NeuronText>> writes = [];
    private readonly ConcurrentDictionary<int, ILookup<int, NeuronText>?> acts = [];

    /// <summary>The pool's name; null where the run has none.</summary>
    public string? Pool { get; } = run.Pools.Count > 0 ? run.Pools[0].Name : null;

    /// <summary>Texts a neuron in the table that is read, the smallest: few texts say most. Null where a block has none.</summary>
    public int? Size(int layer) => Pool is not null && run.Sizes(layer, Pool) is [var smallest, ..] ? smallest : null;

    /// <summary>What a block's neurons write, by neuron, each by rank.</summary>
    public ILookup<int, NeuronText> Writes(int layer) =>
        writes.GetOrAdd(layer, wanted => ByNeuron(Size(wanted) is { } size ? run.Texts(wanted, Pool!, size) : []));

    /// <summary>What a block's neurons act on, by neuron, each by rank; null where the run has no such table.</summary>
    public ILookup<int, NeuronText>? ActsOn(int layer) =>
        acts.GetOrAdd(layer, wanted => Pool is not null && run.ActsOn(wanted, Pool) is { } texts ? ByNeuron(texts) : null);

    private static ILookup<int, NeuronText> ByNeuron(IReadOnlyList<NeuronText> texts) =>
        texts.OrderBy(text => text.Rank).ToLookup(text => text.Neuron);
}
