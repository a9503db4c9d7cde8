using ClipLens.Compute;
using ClipLens.Editing.Measuring;
using ClipLens.Editing.Units;
using ClipLens.Labels;
using ClipLens.Models;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace ClipLens.Editing.AgainstCues;

/// <summary>
/// Fits a factor for every neuron and head of the last layers, so that images are taken for what they are: by gradient descent (Adam) on
/// the cross entropy, through the true forward pass of these layers, with a pull of every factor towards 1 that leaves most at 1 where
/// little is won (soft thresholds). The stream that enters the layers is computed once.
/// </summary>
internal sealed class FactorFit : IDisposable
{
    /// <summary>Images of a step.</summary>
    public const int Batch = 96;

    private const int Layers = 3;
    private const double Rate = 0.02, Scale = 100, Pull = 0.1, Least = 0.01, Largest = 2;
    private readonly ImageTower tower;
    private readonly ZeroShotClassifier classifier;
    private readonly int first;
    private readonly Tensor[] neuronMeans, headMeans;
    private readonly Parameter[] neurons, heads;
    private Tensor[]? kept;

    /// <summary>Begins with all factors at 1.</summary>
    public FactorFit(ImageTower tower, UnitMeans means, EditMean mean, ZeroShotClassifier classifier)
    {
        (this.tower, this.classifier) = (tower, classifier);
        var config = tower.Config;
        first = Math.Max(0, config.Layers - Layers);
        int[] own = [.. Enumerable.Range(first, config.Layers - first)];
        Tensor Mean(int layer, bool areHeads) => tensor(means[layer].Choose(areHeads, mean)).to(ScalarType.Float32)
            .DetachFromDisposeScope();
        neuronMeans = [.. own.Select(layer => Mean(layer, false))];
        headMeans = [.. own.Select(layer => Mean(layer, true))];
        neurons = [.. own.Select(_ => new Parameter(zeros(config.MlpWidth)))];
        heads = [.. own.Select(_ => new Parameter(zeros(config.Heads)))];
    }

    /// <summary>The edits along the way of the descent.</summary>
    /// <param name="images">The images, one set after another.</param>
    /// <param name="labels">Their classes, in the same order.</param>
    /// <param name="edits">How many edits.</param>
    /// <param name="every">Steps before each.</param>
    /// <param name="most">Units at most: a first descent of as many steps finds those whose factors move most, and the edits are of these
    /// alone, fitted on; any number if null.</param>
    /// <param name="seed">Seed of the order of the images.</param>
    /// <param name="how">How it is run.</param>
    public IEnumerable<IReadOnlyList<UnitChange>> Run(IReadOnlyList<SearchImages> images, IReadOnlyList<int> labels, int edits, int every,
        int? most, ulong seed, WorkOptions how)
    {
        using var streams = Streams(images, how);
        using var targets = tensor(labels.Select(label => (long)label).ToArray());
        var random = new SeededRandom(seed);
        if (most is { } few)
        {
            foreach (int _ in Steps("Looking for the units that move most")) { }
            KeepMostMoved(few);
        }
        foreach (int step in Steps("Fitting factors"))
            if (step % every == 0) yield return [.. Changes(neurons, false), .. Changes(heads, true)];

        IEnumerable<int> Steps(string stage)
        {
            using var descent = optim.Adam(neurons.Concat(heads), Rate);
            for (int step = 1; step <= edits * every; step++)
            {
                how.Cancellation.ThrowIfCancellationRequested();
                Descend(descent, streams, targets, [.. Enumerable.Range(0, Math.Min(Batch, labels.Count)).Select(_ =>
                    (long)random.Below(labels.Count))]);
                how.Progress?.Report(new(stage, step, edits * every, 0));
                yield return step;
            }
        }
    }

    public void Dispose()
    {
        foreach (var tensor in neuronMeans.Concat(headMeans).Concat(neurons).Concat(heads).Concat(kept ?? [])) tensor.Dispose();
    }

    private void Descend(optim.Optimizer descent, Tensor streams, Tensor targets, long[] chosen)
    {
        using var scope = NewDisposeScope();
        var own = tensor(chosen);
        using (enable_grad())
        {
            var loss = nn.functional.cross_entropy(Logits(streams.index_select(0, own)), targets.index_select(0, own));
            descent.zero_grad();
            loss.backward();
            descent.step();
        }
        using var _ = no_grad();
        foreach (var (delta, i) in neurons.Concat(heads).Select((delta, i) => (delta, i)))
        {
            delta.copy_((delta.sign() * (delta.abs() - Rate * Pull).clamp_min(0)).clamp(-1, Largest - 1));
            if (kept is not null) delta.mul_(kept[i]);
        }
    }

    /// <summary>Leaves the units free whose factors have moved most; all others are at 1 from now on.</summary>
    private void KeepMostMoved(int most)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        Parameter[] all = [.. neurons, .. heads];
        var moved = cat([.. all.Select(delta => delta.detach().abs())], 0);
        var mask = zeros(moved.shape[0]);
        mask.index_fill_(0, moved.topk((int)Math.Min(most, moved.shape[0])).indexes, 1);
        kept = [.. mask.split([.. all.Select(delta => delta.shape[0])]).Select(part => part.clone().DetachFromDisposeScope())];
        foreach (var (delta, own) in all.Zip(kept)) delta.mul_(own);
    }

    private Tensor Logits(Tensor stream)
    {
        for (int i = 0; i < neurons.Length; i++)
        {
            var block = tower.Blocks[first + i];
            var (query, key, value) = block.Project(block.Norm1(stream));
            var mixed = TransformerBlock.Attend(query, key, value);
            var wide = heads[i].repeat_interleave(tower.Config.Width / tower.Config.Heads);
            var middle = block.Out(mixed + (mixed - headMeans[i]) * wide) + stream;
            var acts = block.Neurons(middle);
            stream = block.Write(acts + (acts - neuronMeans[i]) * neurons[i]) + middle;
        }
        return nn.functional.normalize(tower.ReadOut(stream), 2, -1).matmul(classifier.Weights) * Scale;
    }

    private Tensor Streams(IReadOnlyList<SearchImages> images, WorkOptions how)
    {
        var rows = new List<Tensor>();
        var request = new TraceRequest { ResidPre = [first] };
        foreach (var own in images)
            own.Run(16, (pixels, _) =>
            {
                using var scope = NewDisposeScope();
                return tower.Trace(pixels, request).ResidPre[first].clone().DetachFromDisposeScope();
            }, rows.Add, how);
        var all = cat(rows, 0);
        foreach (var row in rows) row.Dispose();
        return all;
    }

    private IEnumerable<UnitChange> Changes(Parameter[] deltas, bool areHeads) => deltas.SelectMany((delta, i) =>
        delta.detach().data<float>().ToArray().Select((value, n) => (Value: value, Unit: new ModelUnit(first + i, n, areHeads))))
        .Where(pair => Math.Abs(pair.Value) >= Least).Select(pair => new UnitChange(pair.Unit, Math.Round(1 + pair.Value, 3)));
}
