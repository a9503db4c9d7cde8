using ClipLens.Neurons;

namespace ClipLens.Runs;

/// <summary>The texts of a run's neurons from one pool.</summary>
/// <param name="run">The run.</param>
/// <param name="pool">The pool's name; the run's first if null.</param>
/// <param name="size">Texts a neuron; the smallest there is if null: few texts say most.</param>
public sealed class NeuronTexts(RunDirectory run, string? pool, int? size = null)
{
    private readonly Dictionary<int, ILookup<int, NeuronText>> layers = [];

    /// <summary>The pool; null if the run has none.</summary>
    public string? Pool { get; } = pool ?? (run.Pools.Count > 0 ? run.Pools[0].Name : null);

    /// <summary>The texts of a neuron by rank; none if the run has none for its block.</summary>
    /// <exception cref="ClipLensException">The pool or the size that was asked for is not in the run.</exception>
    public IEnumerable<NeuronText> TextsOf(NeuronId neuron)
    {
        if (!layers.TryGetValue(neuron.Layer, out var texts)) layers[neuron.Layer] = texts = Read(neuron.Layer)
            .ToLookup(text => text.Neuron);
        return texts[neuron.Index].OrderBy(text => text.Rank);
    }

    /// <summary>The texts of what a neuron acts on, by rank; none if no text describes it, null if the run has no such table.</summary>
    public IReadOnlyList<NeuronText>? ActsOn(NeuronId neuron) => Pool is null ? null
        : run.ActsOn(neuron.Layer, Pool)?.Where(text => text.Neuron == neuron.Index).OrderBy(text => text.Rank).ToList();

    /// <summary>A neuron's first texts on a line; those that it speaks against carry a minus.</summary>
    public string Line(NeuronId neuron, int count) =>
        string.Join(", ", TextsOf(neuron).Take(count).Select(text => (text.Coefficient < 0 ? "\u2212" : "") + text.Text));

    /// <summary>Texts a neuron in the table that a block's texts are from; null if the run has none for it.</summary>
    public int? SizeOf(int layer) => Pool is null ? null : size ?? (run.Sizes(layer, Pool) is [var smallest, ..] ? smallest : null);

    private IReadOnlyList<NeuronText> Read(int layer) => SizeOf(layer) is { } wanted ? run.Texts(layer, Pool!, wanted) : [];
}
