using System.Runtime.ExceptionServices;
using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Scenes.Training;

/// <summary>
/// Gradients of a batch, its halves side by side on two threads with one core each: that wastes less than one computation spread
/// over both, and the sum of the two does not depend on how many cores there are. The loss couples the halves through
/// their vectors alone: each half takes those of the other as given, which is exact for its own weights' share.
/// </summary>
internal sealed class GradientWorkers : IDisposable
{
    private readonly WorldParameters _weights;
    private readonly Thread[] _threads;
    private readonly Barrier _begin = new(3), _exchange = new(2), _end = new(3);
    private readonly Vectors[] _vectors = new Vectors[2];
    private readonly Dictionary<string, Tensor>[] _gradients = [[], []];
    private readonly double[] _losses = new double[2];
    private TrainingBatch? _batch;
    private ExceptionDispatchInfo? _failure;

    private readonly ScalarType _precision;

    public GradientWorkers(WorldParameters weights, ScalarType precision)
    {
        (_weights, _precision) = (weights, precision);
        _threads = [.. Enumerable.Range(0, 2).Select(half => new Thread(() => Work(half)) { IsBackground = true })];
        foreach (var thread in _threads) thread.Start();
    }

    /// <summary>The loss of a batch and its gradients by name; the caller owns them.</summary>
    public (double Loss, Dictionary<string, Tensor> Gradients) Compute(TrainingBatch batch)
    {
        _batch = batch;
        _begin.SignalAndWait();
        _end.SignalAndWait();
        foreach (var vectors in _vectors) vectors.Dispose();
        _failure?.Throw();
        foreach (string name in _weights.Names)
        {
            // The scale is part of the whole loss in either half.
            if (name != CanonicalTensors.LogitScale) _gradients[0][name].add_(_gradients[1][name]);
            _gradients[1][name].Dispose();
        }
        return (_losses[0], _gradients[0]);
    }

    public void Dispose()
    {
        _batch = null;
        _begin.SignalAndWait();
        foreach (var thread in _threads) thread.Join();
        foreach (var barrier in new[] { _begin, _exchange, _end }) barrier.Dispose();
    }

    private void Work(int half)
    {
        set_num_threads(1);
        while (true)
        {
            _begin.SignalAndWait();
            if (_batch is not { } batch) return;
            using var scope = NewDisposeScope();
            var weights = _weights.Leaves(_precision);
            Vectors mine = default;
            Guard(() =>
            {
                mine = Encode(weights, half == 0 ? batch.First : batch.Second);
                _vectors[half] = mine.Shared();
            });
            _exchange.SignalAndWait();
            Guard(() => Differentiate(half, batch, weights, mine));
            _end.SignalAndWait();
        }
    }

    // A half that fails goes on to the next meeting point, or the other one would wait for ever.
    private void Guard(Action action)
    {
        if (_failure is not null) return;
        try
        {
            action();
        }
        catch (Exception error)
        {
            _failure ??= ExceptionDispatchInfo.Capture(error);
        }
    }

    private void Differentiate(int half, TrainingBatch batch, WorldParameters weights, Vectors mine)
    {
        var other = _vectors[1 - half];
        Tensor Join(Tensor own, Tensor given) => half == 0 ? cat([own, given], 0) : cat([given, own], 0);
        long size = batch.First.Count + batch.Second.Count;
        var loss = ContrastiveLoss.Of(Join(mine.Pictures, other.Pictures), Join(mine.Texts, other.Texts), weights[CanonicalTensors.LogitScale],
            tensor(batch.AlsoTrue, [size, size]));
        loss.backward();
        _losses[half] = loss.item<float>();
        _gradients[half] = _weights.Names.ToDictionary(name => name, name => weights[name].grad!.DetachFromDisposeScope());
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
