using System.Runtime.ExceptionServices;
using ClipLens.Models.Checkpoints;
using static TorchSharp.torch;

namespace ClipLens.Scenes.Training;

/// <summary>
/// Gradients of a batch, its halves side by side on two threads with one core each: that wastes less than one computation spread
/// over both, and the sum of the two does not depend on how many cores there are. The loss couples the halves through
/// their vectors alone: each half takes those of the other as given, which is exact for its own weights' share.
/// </summary>
internal sealed class GradientWorkers : IDisposable
{
    private readonly WorldParameters weights;
    private readonly Thread[] threads;
    private readonly Barrier begin = new(3), exchange = new(2), end = new(3);
    private readonly Vectors[] vectors = new Vectors[2];
    private readonly Dictionary<string, Tensor>[] gradients = [[], []];
    private readonly double[] losses = new double[2];
    private TrainingBatch? batch;
    private ExceptionDispatchInfo? failure;

    private readonly ScalarType precision;

    public GradientWorkers(WorldParameters weights, ScalarType precision)
    {
        (this.weights, this.precision) = (weights, precision);
        threads = [.. Enumerable.Range(0, 2).Select(half => new Thread(() => Work(half)) { IsBackground = true })];
        foreach (var thread in threads) thread.Start();
    }

    /// <summary>The loss of a batch and its gradients by name; the caller owns them.</summary>
    public (double Loss, Dictionary<string, Tensor> Gradients) Compute(TrainingBatch batch)
    {
        this.batch = batch;
        begin.SignalAndWait();
        end.SignalAndWait();
        foreach (var vectors in vectors) vectors.Dispose();
        failure?.Throw();
        foreach (string name in weights.Names)
        {
            // The scale is part of the whole loss in either half.
            if (name != CanonicalTensors.LogitScale) gradients[0][name].add_(gradients[1][name]);
            gradients[1][name].Dispose();
        }
        return (losses[0], gradients[0]);
    }

    public void Dispose()
    {
        batch = null;
        begin.SignalAndWait();
        foreach (var thread in threads) thread.Join();
        foreach (var barrier in new[] { begin, exchange, end }) barrier.Dispose();
    }

    private void Work(int half)
    {
        set_num_threads(1);
        while (true)
        {
            begin.SignalAndWait();
            if (this.batch is not { } batch) return;
            using var scope = NewDisposeScope();
            var weights = this.weights.Leaves(precision);
            Vectors mine = default;
            Guard(() =>
            {
                mine = Encode(weights, half == 0 ? batch.First : batch.Second);
                vectors[half] = mine.Shared();
            });
            exchange.SignalAndWait();
            Guard(() => Differentiate(half, batch, weights, mine));
            end.SignalAndWait();
        }
    }

    // A half that fails goes on to the next meeting point, or the other one would wait for ever.
    private void Guard(Action action)
    {
        if (failure is not null) return;
        try
        {
            action();
        }
        catch (Exception error)
        {
            failure ??= ExceptionDispatchInfo.Capture(error);
        }
    }

    private void Differentiate(int half, TrainingBatch batch, WorldParameters weights, Vectors mine)
    {
        var other = vectors[1 - half];
        Tensor Join(Tensor own, Tensor given) => half == 0 ? cat([own, given], 0) : cat([given, own], 0);
        long size = batch.First.Count + batch.Second.Count;
        var loss = ContrastiveLoss.Compute(Join(mine.Pictures, other.Pictures), Join(mine.Texts, other.Texts),
            weights[CanonicalTensors.LogitScale],
            tensor(batch.AlsoTrue, [size, size]));
        loss.backward();
        losses[half] = loss.item<float>();
        gradients[half] = this.weights.Names.ToDictionary(name => name, name => weights[name].grad!.DetachFromDisposeScope());
    }

    private readonly record struct Vectors(Tensor Pictures, Tensor Texts)
    {
        /// <summary>The same without a graph, for the other thread.</summary>
        public Vectors Shared() => new(Pictures.detach().DetachFromDisposeScope(), Texts.detach().DetachFromDisposeScope());

        public void Dispose()
        {
            Pictures?.Dispose();
            Texts?.Dispose();
        }
    }

    private static Vectors Encode(WorldParameters weights, TrainingHalf part)
    {
        var config = weights.Config.Vision;
        long values = 3L * config.PatchSize * config.PatchSize, kept = part.Patches.Length / part.Count / values;
        var patches = tensor(part.Patches, [part.Count, kept, values]);
        var places = part.Places is null ? null : tensor(part.Places, [part.Count, kept]);
        var tokens = tensor(part.Tokens, [part.Count, part.Tokens.Length / part.Count]);
        return new(Towers.EncodePictures(weights, patches, places), Towers.EncodeTexts(weights, tokens, tensor(part.Ends)));
    }
}
