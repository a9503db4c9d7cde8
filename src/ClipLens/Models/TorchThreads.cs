using static TorchSharp.torch;

namespace ClipLens.Models;

/// <summary>
/// Keeps libtorch on one thread until it is disposed. Many small operations gain nothing from more, and the threads of a pool that spin
/// between them take the cores from whoever works beside.
/// </summary>
internal sealed class TorchThreads : IDisposable
{
    private readonly int before = get_num_threads();

    private TorchThreads() => set_num_threads(1);

    public static TorchThreads One() => new();

    public void Dispose() => set_num_threads(before);
}
