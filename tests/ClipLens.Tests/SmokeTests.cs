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
}
