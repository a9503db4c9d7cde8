using ClipLens.Compute;
using static TorchSharp.torch;

namespace ClipLens.Neurons;

/// <summary>
/// A sum in float64 that is where its summands are while they come, on a card with the model or in the processor's memory, and comes home
/// when somebody reads it. What is on a <see cref="Grid"/> adds up to the same bits in either place.
/// </summary>
/// <param name="shape">Its shape; zero at first.</param>
internal sealed class TravellingSum(params long[] shape) : IDisposable
{
    private Tensor sum = zeros(shape, dtype: ScalarType.Float64, device: CPU).DetachFromDisposeScope();

    /// <summary>The sum in the processor's memory, until it travels again.</summary>
    public Tensor AtHome => Move(CPU);

    /// <summary>The sum where another tensor is, to be added to.</summary>
    public Tensor With(Tensor other) => Move(other.device);

    public void Dispose() => sum.Dispose();

    private Tensor Move(Device device)
    {
        // It is added to in and out of inference mode, and so must not be tied to it.
        using var mode = inference_mode(false);
        var there = sum.On(device);
        if (ReferenceEquals(there, sum)) return sum;
        sum.Dispose();
        return sum = there.DetachFromDisposeScope();
    }
}
