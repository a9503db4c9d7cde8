using System.Diagnostics;
using System.Reflection;

namespace ClipLens.Tests;

public class SmokeTests
{
    [Fact]
    public void Libtorch_loads_and_multiplies()
    {
        using var a = TorchSharp.torch.ones(2, 3);
        using var b = TorchSharp.torch.ones(3, 2);
        using var c = a.mm(b);
        Assert.Equal(3f, c[0, 1].item<float>());
    }

    [Fact]
    public void Torchsharp_holds_the_numbers_that_libtorch_is_reading()
    {
        // build/TorchSharpLifetimes.targets says why.
        var debugging = typeof(TorchSharp.torch).Assembly.GetCustomAttribute<DebuggableAttribute>();
        Assert.True(debugging!.IsJITOptimizerDisabled);
    }
}
