using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipLens.Compute;

/// <summary>
/// Where a model computes, and in numbers of which type its forward pass is. Weights and activations are of this type; what is read off
/// them (norms' statistics, attention, effects, directions, embeddings) is float32 or float64 always.
/// </summary>
public sealed record Placement
{
    private const string Guide = "docs/gpu.md";

    /// <summary>Batches at once: one computes, one comes, one goes. More would only fill the card's memory.</summary>
    private const int BatchesAtOnce = 3;

    private const long UnknownMemory = 8L << 30;
    private static readonly SemaphoreSlim Turns = new(BatchesAtOnce);

    internal Placement(DeviceType kind, int index, ScalarType type) => (Kind, Index, Type) = (kind, index, type);

    /// <summary>The processor, in float32.</summary>
    public static Placement Cpu { get; } = new(DeviceType.CPU, -1, ScalarType.Float32);

    /// <summary>The device.</summary>
    public Device Device => Index < 0 ? new(Kind) : new(Kind, Index);

    /// <summary>The type of weights and activations.</summary>
    public ScalarType Type { get; }

    /// <summary>The device's name: "cpu", "cuda:0", "mps".</summary>
    public string DeviceName => Kind.ToString().ToLowerInvariant() + (Index < 0 ? "" : ":" + Index.ToString(CultureInfo.InvariantCulture));

    /// <summary>The type's name: "float32", "float16", "bfloat16".</summary>
    public string TypeName => Type.ToString().ToLowerInvariant();

    /// <summary>Whether the forward pass is less precise than float32.</summary>
    public bool IsHalf => Type != ScalarType.Float32;

    /// <summary>Whether it is the processor.</summary>
    public bool IsProcessor => Kind == DeviceType.CPU;

    private DeviceType Kind { get; }
    private int Index { get; }

    /// <summary>The place of these names, if it is there.</summary>
    /// <param name="device">"cpu", "cuda" (the first card), "cuda:1", "mps", or "auto": the first card, else Apple's GPU, else the
    /// processor.</param>
    /// <param name="type">"float32", "float16" or "bfloat16".</param>
    /// <exception cref="ClipLensException">There is no such device or type, or this build or machine does not have it.</exception>
    public static Placement Find(string device = "auto", string type = "float32")
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(type);
        var numbers = type switch
        {
            "float32" => ScalarType.Float32,
            "float16" => ScalarType.Float16,
            "bfloat16" => ScalarType.BFloat16,
            _ => throw new SettingException("Type", $"There is no type of numbers '{type}' for a forward pass; take float32, float16 or "
                + "bfloat16."),
        };
        return device switch
        {
            "cpu" => new(DeviceType.CPU, -1, numbers),
            "auto" => cuda.is_available() ? OnCard(0, numbers) : mps_is_available() ? OnApple(numbers) : new(DeviceType.CPU, -1, numbers),
            "mps" => OnApple(numbers),
            "cuda" => OnCard(0, numbers),
            _ when device.StartsWith("cuda:", StringComparison.Ordinal)
                && int.TryParse(device.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int card) => OnCard(card, numbers),
            _ => throw new SettingException("Device", $"There is no device '{device}'; take cpu, cuda, cuda:1 (and so on), mps or auto."),
        };
    }

    /// <summary>Waits until the device has done what it was given; for whoever reads a clock.</summary>
    public void Synchronize()
    {
        if (Kind == DeviceType.CUDA) cuda.synchronize(Device);
    }

    /// <summary>Waits for a turn on a card, which the result ends: while a few threads have theirs, the others read and decode. Whoever has
    /// one must not ask for another. On the processor there is no waiting.</summary>
    internal IDisposable? Turn()
    {
        if (IsProcessor) return null;
        Turns.Wait();
        return new TurnEnd();
    }

    /// <summary>Bytes that are free on a card; a careful guess where the driver cannot be asked.</summary>
    internal long FreeMemory()
    {
        foreach (string name in new[] { "libcudart.so.12", "libcudart.so.13", "cudart64_12", "cudart64_13" })
        {
            if (Kind != DeviceType.CUDA || !NativeLibrary.TryLoad(name, typeof(torch).Assembly, null, out nint library)
                || !NativeLibrary.TryGetExport(library, "cudaMemGetInfo", out nint address)) continue;
            if (Marshal.GetDelegateForFunctionPointer<MemoryInfo>(address)(out nuint free, out _) == 0) return (long)free;
        }
        return UnknownMemory;
    }

    /// <summary>A weight, where and as it is to be; takes the place of the one given, which is disposed if it is another.</summary>
    internal Tensor Place(Tensor weight) => Move(weight, Type);

    /// <summary>The same in float32, for what is read off the model rather than passed through it.</summary>
    internal Tensor PlaceSingle(Tensor weight) => Move(weight, ScalarType.Float32);

    private Tensor Move(Tensor weight, ScalarType type)
    {
        if (Kind == DeviceType.CPU && weight.dtype == type) return weight;
        var placed = weight.to(type, Device);
        weight.Dispose();
        return placed;
    }

    private static Placement OnCard(int card, ScalarType type) => OnCard(card, type, CardDriver.Own);

    /// <summary>A card of this number, if it is there and can be used.</summary>
    /// <exception cref="SettingException">It is not there, or cannot be used; why, and what to do.</exception>
    internal static Placement OnCard(int card, ScalarType type, CardDriver driver)
    {
        if (!driver.IsAvailable) throw new SettingException("Device", driver.HasLibrary
            ? $"There is no card that CUDA can use here, or its driver is too old for this libtorch; take the device cpu, or see {Guide}."
            : $"This build has the CPU's libtorch, which knows no CUDA; build it with CUDA's ({Guide}), or take the device cpu.");
        int cards = driver.Cards;
        if (card >= cards) throw new SettingException("Device", $"There is no card cuda:{card}; the machine has "
            + (cards == 1 ? "one, cuda:0." : $"{cards}, cuda:0 to cuda:{cards - 1}."));
        if (driver.Fault(card) is { } fault) throw new SettingException("Device", $"The card cuda:{card} is there but cannot be used "
            + $"({fault}); see whether other programs have taken its memory, or whether its driver fits this libtorch ({Guide}), or take "
            + "the device cpu.");
        // Float32 is to be float32: by default convolutions of a card round their factors to 10 bits.
        backends.cudnn.allow_tf32 = false;
        backends.cuda.matmul.allow_tf32 = false;
        backends.cuda.matmul.allow_fp16_reduced_precision_reduction = false;
        return new(DeviceType.CUDA, card, type);
    }

    private static Placement OnApple(ScalarType type) => mps_is_available() ? new(DeviceType.MPS, -1, type)
        : throw new SettingException("Device", "The device mps is Apple's own GPU, which this machine does not have; take the device "
            + "cpu.");

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int MemoryInfo(out nuint free, out nuint total);

    private sealed class TurnEnd : IDisposable
    {
        private int isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref isOver, 1) == 0) Turns.Release();
        }
    }
}
