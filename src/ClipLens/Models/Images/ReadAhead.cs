using System.Runtime.ExceptionServices;

namespace ClipLens.Models;

/// <summary>
/// One pass over a dataset: threads take picture after picture in order and put each into its place of the batch it belongs to; a batch that is
/// complete waits to be taken. No thread begins a batch that lies too far ahead of the one to be taken next.
/// </summary>
internal sealed class ReadAhead : IDisposable
{
    private readonly ImageLoader loader;
    private readonly IReadOnlyList<ImageEntry> entries;
    private readonly int batch;
    private readonly Thread[] threads;

    // All that follows is touched only under this lock; waiting and waking go through it too.
    private readonly object guard = new();
    private readonly Queue<PendingBatch> pending = new();
    private readonly Stack<float[]> free = new();
    private PendingBatch? open;
    private int next;
    private bool stopped;
    private Exception? fault;

    public ReadAhead(ImageLoader loader, IReadOnlyList<ImageEntry> entries, int batch, int start)
    {
        (this.loader, this.entries, this.batch, next) = (loader, entries, batch, start);
        threads = new Thread[Math.Min(loader.Threads, entries.Count - start)];
        for (int i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(Work) { IsBackground = true, Name = "image loader" };
            threads[i].Start();
        }
    }

    /// <summary>Threads at work or waiting for it.</summary>
    public int Running => threads.Count(thread => thread.IsAlive);

    /// <summary>The next batch in order, or null behind the last.</summary>
    public ImageBatch? Take(CancellationToken cancel)
    {
        lock (guard)
        {
            while (true)
            {
                cancel.ThrowIfCancellationRequested();
                if (fault is not null) ExceptionDispatchInfo.Throw(fault);
                if (pending.TryPeek(out PendingBatch? first) && first.Missing == 0) break;
                if (pending.Count == 0 && next >= entries.Count) return null;
                Monitor.Wait(guard);
            }
            PendingBatch taken = pending.Dequeue();
            Monitor.PulseAll(guard);
            return taken.Close(loader.Preprocessor.InputLength, GiveBack);
        }
    }

    /// <summary>Tells the threads to end after the picture each has in hand.</summary>
    public void Stop()
    {
        lock (guard)
        {
            stopped = true;
            Monitor.PulseAll(guard);
        }
    }

    public void Dispose()
    {
        Stop();
        foreach (Thread thread in threads) thread.Join();
    }

    private void Work()
    {
        try
        {
            using var reader = new PictureReader(loader.Preprocessor);
            while (Claim() is (PendingBatch target, int index))
            {
                reader.Read(entries[index], target, index);
                lock (guard)
                {
                    target.Missing--;
                    Monitor.PulseAll(guard);
                }
            }
        }
        catch (Exception error)
        {
            // Not a picture's fault, which is recorded, but ours or the machine's: whoever takes the batches must see it.
            lock (guard)
            {
                fault ??= error;
                stopped = true;
                Monitor.PulseAll(guard);
            }
        }
    }

    /// <summary>The next picture to read and its batch; null when there is none left.</summary>
    private (PendingBatch Target, int Index)? Claim()
    {
        lock (guard)
        {
            while (!stopped && next < entries.Count)
            {
                if (open is not null && next < open.End) return (open, next++);
                if (pending.Count < loader.Ahead)
                {
                    float[] pixels = free.Count > 0 ? free.Pop() : GC.AllocateUninitializedArray<float>(batch * loader.Preprocessor.InputLength, pinned: true);
                    open = new PendingBatch(next, Math.Min(batch, entries.Count - next), pixels);
                    pending.Enqueue(open);
                }
                else
                {
                    Monitor.Wait(guard);
                }
            }
            return null;
        }
    }

    private void GiveBack(float[] pixels)
    {
        lock (guard) free.Push(pixels);
    }
}
