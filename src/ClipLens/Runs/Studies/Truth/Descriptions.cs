using ClipLens.Compute;
using ClipLens.Texts;
using ClipLens.Truth;
using static TorchSharp.torch;

namespace ClipLens.Runs.Studies.Truth;

/// <summary>The texts of a run's neurons in several sizes, and the directions that they reconstruct. Sizes that the run lacks are made, not
/// stored.</summary>
internal sealed class Descriptions : IDisposable
{
    private readonly RunDirectory run;
    private readonly WorkOptions options;
    private readonly Dictionary<(int Layer, int Size), IReadOnlyList<DescribingText>> texts = [];
    private readonly Dictionary<(int Layer, int Size), Tensor> directions = [];

    /// <summary>Opens a pool of a run.</summary>
    public Descriptions(RunDirectory run, string pool, IReadOnlyList<int>? sizes, WorkOptions options)
    {
        (this.run, this.options) = (run, options);
        Pool = pool;
        Dictionary = run.Dictionary(pool);
        Sizes = sizes ?? [.. run.Layers.SelectMany(layer => run.Sizes(layer, pool)).Distinct().Order()];
    }

    /// <summary>The pool's name.</summary>
    public string Pool { get; }

    /// <summary>The dictionary that the run was made with.</summary>
    public TextDictionary Dictionary { get; }

    /// <summary>Texts a neuron, ascending.</summary>
    public IReadOnlyList<int> Sizes { get; }

    /// <summary>A block's texts.</summary>
    public IReadOnlyList<DescribingText> Texts(int layer, int size)
    {
        Make(layer);
        return texts[(layer, size)];
    }

    /// <summary>The directions that a block's texts reconstruct; owned by this: [N, d].</summary>
    public Tensor Directions(int layer, int size)
    {
        Make(layer);
        return directions[(layer, size)];
    }

    public void Dispose()
    {
        foreach (var tensor in directions.Values) tensor.Dispose();
        Dictionary.Dispose();
    }

    private void Make(int layer)
    {
        if (Sizes.Count == 0 || directions.ContainsKey((layer, Sizes[0]))) return;
        var stored = run.Sizes(layer, Pool);
        foreach (int size in Sizes.Where(stored.Contains))
            Add(layer, size, [.. run.Texts(layer, Pool, size).Select(text =>
            new DescribingText(text.Neuron, text.Rank, text.TextIndex, text.Coefficient))]);
        int[] missing = [.. Sizes.Where(size => !stored.Contains(size))];
        if (missing.Length == 0) return;
        var neurons = run.Neurons(layer);
        using var own = neurons.DirectionTensor();
        var stage = new StageProgress(options.Progress, $"Texts of layer {layer}", neurons.Count);
        var codes = MatchingPursuit.Decompose(own, Dictionary, missing, stage, options.Workers, options.Cancellation);
        foreach (var (size, code) in missing.Zip(codes))
            Add(layer, size, [.. Enumerable.Range(0, neurons.Count).SelectMany(neuron => code.Ranked(neuron)
                .Select((text, rank) => new DescribingText(neuron, rank, text.Text, text.Coefficient)))]);
    }

    private void Add(int layer, int size, IReadOnlyList<DescribingText> own)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var sums = zeros(run.Neurons(layer).Count, Dictionary.Width);
        foreach (var part in own.Chunk(1 << 16))
        {
            using var inner = NewDisposeScope();
            var atoms = Dictionary.Atoms.index_select(0, tensor(part.Select(text => (long)text.Text).ToArray()));
            sums.index_add_(0, tensor(part.Select(text => (long)text.Neuron).ToArray()),
                atoms * tensor(part.Select(text => text.Coefficient).ToArray()).unsqueeze(1), 1);
        }
        texts[(layer, size)] = own;
        directions[(layer, size)] = sums.DetachFromDisposeScope();
    }
}
