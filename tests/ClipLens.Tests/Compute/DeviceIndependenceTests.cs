using ClipLens.Models;
using ClipLens.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipLens.Tests.Compute;

/// <summary>Tests that change libtorch's default device, which all threads share: they run alone.</summary>
[CollectionDefinition(nameof(DefaultDevice), DisableParallelization = true)]
public sealed class DefaultDevice;

/// <summary>
/// No tensor is made on a device by accident, shown without a GPU. The default device is "meta", whose tensors have shapes and no values,
/// and the models' is the processor: a tensor that is made without naming the model's device has no values, and what is computed with it
/// has none either, or fails.
/// </summary>
[Collection(nameof(DefaultDevice))]
public sealed class DeviceIndependenceTests : IDisposable
{
    public static TheoryData<string> Architectures => GoldenArchitecture.Names;

    public void Dispose() => set_default_device(CPU);

    [Fact]
    public void A_tensor_of_the_default_device_would_be_found()
    {
        using var scope = NewDisposeScope();
        var own = ones([2, 2], device: CPU);
        set_default_device(META);
        Assert.ThrowsAny<Exception>(() => LensResults.Values(own + zeros(2, 2)));
        Assert.ThrowsAny<Exception>(() => LensResults.Values(own.matmul(zeros(2, 2))));
        Assert.ThrowsAny<Exception>(() => LensResults.Values(own.index_select(0, tensor(new long[] { 1 }))));
        Assert.Equal([1f, 1f, 1f, 1f], LensResults.Values(own));
    }

    [SharedTheory, MemberData(nameof(Architectures))]
    public void Every_tensor_of_every_architecture_is_made_on_the_models_device(string name)
    {
        using var _ = inference_mode();
        using var scope = NewDisposeScope();
        using var golden = new GoldenArchitecture(name);
        using var model = ClipModel.Load(golden.Folder);
        var (pixels, tokens, vision) = (golden["pixel_values"], golden["input_ids"], model.Config.Vision);
        var directions = randn(2, model.Config.EmbedDim, generator: new Generator(3, CPU));
        var mean = randn(vision.Tokens, vision.MlpWidth, generator: new Generator(4, CPU));
        var finer = randn([1, 3, vision.ImageSize + vision.PatchSize, vision.ImageSize], generator: new Generator(5, CPU));
        var expected = LensResults.All(model, pixels, tokens, finer, directions, mean);
        using var again = ClipModel.Load(golden.Folder);
        Assert.Equal((DeviceType.CPU, DeviceType.CPU), (again.Image.Device.type, ((ITower)again.Text).Placement.Device.type));
        set_default_device(META);
        var found = LensResults.All(again, pixels, tokens, finer, directions, mean);
        set_default_device(CPU);
        Assert.Equal(expected.Count, found.Count);
        foreach (var (one, other) in expected.Zip(found)) Assert.Equal(LensResults.Values(one), LensResults.Values(other));
    }
}
