using static TorchSharp.torch;

namespace ClipLens.Compute;

/// <summary>
/// Keeps libtorch on one thread until it is disposed. Many small operations gain nothing from more, and the threads of a pool that spin
/// between them take the cores from whoever works beside. MKL has one number of threads for the whole process, and sums come to other
/// bits with another number: so the number goes back to what it was only when the last holder is gone.
/// </summary>
public sealed class TorchThreads : IDisposable
{
    private static readonly Lock Gate = new();
    private static int holders;
    private static int before;
    private bool isDisposed;

    private TorchThreads()
    {
    }

    /// <summary>Holds libtorch to one thread until the result is disposed; holders may overlap.</summary>
    public static TorchThreads One()
    {
        lock (Gate)
        {
            if (holders++ == 0) before = get_num_threads();
            set_num_threads(1);
        }
        return new();
    }

    /// <summary>Lets go; the last holder puts the number back.</summary>
    public void Dispose()
    {
        lock (Gate)
        {
            if (isDisposed) return;
            isDisposed = true;
            if (--holders == 0) set_num_threads(before);
        }
    }
}
