using System.Runtime.CompilerServices;

namespace ClipLens.Tests.Support;

/// <summary>Tests run side by side in one process, and MKL's number of threads is the process's: with one for all, bits can be
/// compared.</summary>
internal static class OneThread
{
    [ModuleInitializer]
    internal static void Set() => TorchSharp.torch.set_num_threads(1);
}
