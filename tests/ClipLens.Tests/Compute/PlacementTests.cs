using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Compute;

/// <summary>Names of devices and types, and the forward pass in half precision on the processor.</summary>
public class PlacementTests
{
    [Theory]
    [InlineData("gpu", "float32", "There is no device 'gpu'; take cpu, cuda, cuda:1 (and so on), mps or auto.")]
    [InlineData("cuda:x", "float32", "There is no device 'cuda:x'; take cpu, cuda, cuda:1 (and so on), mps or auto.")]
    [InlineData("cpu", "half", "There is no type of numbers 'half' for a forward pass; take float32, float16 or bfloat16.")]
    public void Unknown_names_are_refused_in_a_sentence(string device, string type, string message) =>
        Assert.Equal(message, Assert.Throws<SettingException>(() => Placement.Find(device, type)).Message);

    [Fact]
    public void A_device_that_is_not_there_is_refused_with_the_way_to_it()
    {
        if (cuda.is_available()) Assert.Equal($"There is no card cuda:99; the machine has {(cuda.device_count() == 1 ? "one, cuda:0."
            : $"{cuda.device_count()}, cuda:0 to cuda:{cuda.device_count() - 1}.")}", Refusal("cuda:99"));
        else Assert.Equal("This build has the CPU's libtorch, which knows no CUDA; build it with CUDA's (docs/gpu.md), or take the "
            + "device cpu.",
            Refusal("cuda:1"));
        if (!mps_is_available()) Assert.Equal("The device mps is Apple's own GPU, which this machine does not have; take the device cpu.",
            Refusal("mps"));

        static string Refusal(string device) => Assert.Throws<SettingException>(() => Placement.Find(device)).Message;
    }

    [Theory]
    [InlineData("This build has the CPU's libtorch, which knows no CUDA; build it with CUDA's (docs/gpu.md), or take the device cpu.",
        false, false, 0, 0, null)]
    [InlineData("There is no card that CUDA can use here, or its driver is too old for this libtorch; take the device cpu, or see "
        + "docs/gpu.md.", false, true, 0, 0, null)]
    [InlineData("There is no card cuda:7; the machine has one, cuda:0.", true, true, 1, 7, null)]
    [InlineData("There is no card cuda:2; the machine has 2, cuda:0 to cuda:1.", true, true, 2, 2, null)]
    [InlineData("The card cuda:1 is there but cannot be used (CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`); "
        + "see whether other programs have taken its memory, or whether its driver fits this libtorch (docs/gpu.md), or take the device "
        + "cpu.", true, true, 2, 1, "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`.\nException raised from x")]
    public void A_card_that_cannot_be_used_is_refused_in_a_sentence(string message, bool isAvailable, bool hasLibrary, int cards, int card,
        string? fault)
    {
        var driver = new CardDriver(isAvailable, hasLibrary, cards, _ => fault is null ? null : CardDriver.FirstLine(fault));
        var error = Assert.Throws<SettingException>(() => Placement.OnCard(card, ScalarType.Float32, driver));
        Assert.Equal(("Device", message), (error.Setting, error.Message));
    }

    [Fact]
    public void Auto_takes_the_processor_where_there_is_nothing_else()
    {
        if (cuda.is_available() || mps_is_available()) return;
        Assert.Equal(("cpu", "bfloat16", true), (Placement.Find("auto", "bfloat16").DeviceName, Placement.Find("auto", "bfloat16").TypeName,
            Placement.Find("auto", "bfloat16").IsHalf));
    }

    public static TheoryData<string> Architectures => GoldenArchitecture.Names;

    [SharedTheory, MemberData(nameof(Architectures))]
    public void Half_precision_is_close_and_what_is_read_off_it_is_float32(string name)
    {
        using var _ = inference_mode();
        using var scope = NewDisposeScope();
        using var golden = new GoldenArchitecture(name);
        using var whole = ClipModel.Load(golden.Folder);
        using var half = ClipModel.Load(golden.Folder, Placement.Find("cpu", "bfloat16"));
        int layer = whole.Config.Vision.WritingLayers - 1;
        var (one, other) = (Read(whole), Read(half));
        foreach (var (exact, coarse) in one.Zip(other))
        {
            Assert.Equal(ScalarType.Float32, coarse.dtype);
            // bfloat16 has 8 bits; two towers of a few layers lose some of them. It must differ, or it was not half.
            Assert.InRange(Golden.RelativeError(coarse, exact), 1e-5, 0.15);
        }
        Assert.Contains("take float32", Assert.Throws<SettingException>(() => new NeuronLens(half).PrepareIndirect(layer, [1],
            zeros(half.Config.Vision.Tokens, half.Config.Vision.MlpWidth))).Message);

        Tensor[] Read(ClipModel model)
        {
            var lens = new NeuronLens(model);
            var trace = lens.Trace(golden["pixel_values"], TraceRequest.Union(lens.SecondOrderRequest(layer),
                NeuronLens.FirstOrderRequest));
            var second = lens.SecondOrder(trace, layer);
            // The parts add up to the output of the same pass, in whatever type it was.
            return [trace.Representation, trace.MlpPost[layer], second, lens.FirstOrder(trace).Heads,
                model.Text.Encode(golden["input_ids"])];
        }
    }
}
