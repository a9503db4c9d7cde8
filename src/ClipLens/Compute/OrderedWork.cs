using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace ClipLens.Compute;

/// <summary>
/// Runs numbered pieces of work on several threads and commits their results in the order of their numbers. Every thread lets libtorch
/// use one core: pieces side by side waste less than one piece spread over the cores, and a piece's bits do not depend on how many run.
/// </summary>
public static class OrderedWork
{
    /// <summary>Runs the pieces <paramref name="first"/> .. <paramref name="count"/> - 1.</summary>
    /// <param name="first">The first piece to do.</param>
    /// <param name="count">One past the last piece.</param>
    /// <param name="work">Does a piece; called on any thread, in inference mode and a dispose scope of its own.</param>
    /// <param name="commit">Takes a piece's result; called on the thread that did the work, one piece after the other, in the same scope.
    /// Tensors that it keeps it detaches from the scope.</param>
    /// <param name="workers">Number of threads; the number of cores if null.</param>
    /// <param name="cancellation">Stops between pieces; what was committed stays.</param>
    /// <exception cref="OperationCanceledException">The work was stopped. What a piece throws is thrown on, after the pieces before
    /// it.</exception>
    public static void Run<T>(int first, int count, Func<int, T> work, Action<int, T> commit, int? workers, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(commit);
        var queue = new Queue(first, count);
        int number = WorkThreads.Number(workers, count - first);
        using var _ = TorchThreads.One();
        using var counted = WorkThreads.Count(number);
        var threads = Enumerable.Range(0, number)
            .Select(_ => new Thread(() => Work(queue, work, commit, cancellation)) { IsBackground = true }).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        queue.Failure?.Throw();
        cancellation.ThrowIfCancellationRequested();
    }

    private static void Work<T>(Queue queue, Func<int, T> work, Action<int, T> commit, CancellationToken cancellation)
    {
        set_num_threads(1);
        try
        {
            using var _ = inference_mode();
            while (!cancellation.IsCancellationRequested && queue.Take() is int piece)
            {
                using var scope = NewDisposeScope();
                var result = work(piece);
                if (!queue.WaitForTurn(piece)) return;
                commit(piece, result);
                queue.PassTurn();
            }
        }
        catch (Exception failure)
        {
            queue.Fail(ExceptionDispatchInfo.Capture(failure));
        }
        finally
        {
            // A thread that stops early leaves a gap that the others must not wait for.
            if (cancellation.IsCancellationRequested) queue.Stop();
        }
    }

    private sealed class Queue(int next, int count)
    {
        private readonly Lock gate = new();
        private readonly object turnGate = new();
        private int next = next, turn = next;
        private bool stopped;

        public ExceptionDispatchInfo? Failure { get; private set; }

        public int? Take()
        {
            lock (gate) return stopped || next >= count ? null : next++;
        }

        public bool WaitForTurn(int piece)
        {
            lock (turnGate)
            {
                while (turn != piece && !stopped) Monitor.Wait(turnGate);
                return turn == piece && Failure is null;
            }
        }

        public void PassTurn()
        {
            lock (turnGate)
            {
                turn++;
                Monitor.PulseAll(turnGate);
            }
        }

        public void Fail(ExceptionDispatchInfo failure)
        {
            lock (turnGate) Failure ??= failure;
            Stop();
        }

        public void Stop()
        {
            lock (turnGate)
            {
                stopped = true;
                Monitor.PulseAll(turnGate);
            }
        }
    }
}
