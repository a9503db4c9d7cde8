using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipLens.Compute;

/// <summary>What this build and machine say of NVIDIA's cards.</summary>
/// <param name="IsAvailable">Whether libtorch can use one.</param>
/// <param name="HasLibrary">Whether libtorch has its part for CUDA at all.</param>
/// <param name="Cards">How many there are.</param>
/// <param name="Fault">What goes wrong when a card is used for the first time, in the driver's words; null if nothing does.</param>
internal sealed record CardDriver(bool IsAvailable, bool HasLibrary, int Cards, Func<int, string?> Fault)
{
    /// <summary>Those of this machine.</summary>
    public static CardDriver Own => new(cuda.is_available(),
        NativeLibrary.TryLoad("torch_cuda", typeof(torch).Assembly, null, out _), cuda.is_available() ? cuda.device_count() : 0, FirstUse);

    /// <summary>A product of two small matrices needs all that a model needs: a context, memory, the library of products.</summary>
    private static string? FirstUse(int card)
    {
        try
        {
            using var scope = NewDisposeScope();
            var one = ones(8, 8, device: new Device(DeviceType.CUDA, card));
            return one.matmul(one).sum().cpu().item<float>() == 512 ? null : "it computes wrongly";
        }
        catch (ExternalException error)
        {
            return FirstLine(error.Message);
        }
    }

    /// <summary>Libtorch's messages carry a stack trace behind their first line.</summary>
    public static string FirstLine(string message) => message.Split('\n', 2)[0].Trim().TrimEnd('.');
}
