using System.Collections.Concurrent;
using ClipLens.Runs;
using ClipLens.Runs.Storage;

namespace ClipLens.Explorer.Meaning;

/// <summary>Both descriptions of a run's neurons from its first pool, as places in it. Read when first asked for; any thread may
/// ask.</summary>
internal sealed class PageTexts(RunDirectory run)
{
    private readonly ConcurrentDictionary<int, Lazy<TextPlaces>> writes = [];
    private readonly ConcurrentDictionary<int, Lazy<TextPlaces?>> acts = [];
    private readonly Lazy<IReadOnlyList<string>> words = new(() => run.FirstPool is { } pool ? run.PoolTexts(pool) : []);

    /// <summary>The pool; null if the run has none.</summary>
    public string? Pool => run.FirstPool;

    /// <summary>The texts of the pool.</summary>
    public IReadOnlyList<string> Words => words.Value;

    /// <summary>Texts a neuron in the table that a layer's texts are from, the smallest: few texts say most; null if there is
    /// none.</summary>
    public int? SizeOf(int layer) => Pool is not null && run.Sizes(layer, Pool) is [var smallest, ..] ? smallest : null;

    /// <summary>What a layer's neurons write; nothing if the run has no texts for it.</summary>
    public TextPlaces Writes(int layer) => writes.GetOrAdd(layer, wanted => new(() =>
        SizeOf(wanted) is { } size ? run.TextsAsPlaces(wanted, Pool!, size) : TextPlaces.None(run.Manifest.Model.Neurons))).Value;

    /// <summary>What a layer's neurons act on; null if the run has no such table.</summary>
    public TextPlaces? ActsOn(int layer) =>
        acts.GetOrAdd(layer, wanted => new(() => Pool is null ? null : run.ActsOnAsPlaces(wanted, Pool))).Value;
}
