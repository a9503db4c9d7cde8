using System.Text.Json;
using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Runs;
using ClipLens.Runs.Settings;
using ClipLens.Tests.Neurons;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Compute;

/// <summary>
/// What a device computes, against golden files and against the processor: <c>CLIPLENS_DEVICE=cuda ... -class
/// ClipLens.Tests.Compute.DeviceTests</c>. Skipped where no device is named.
/// </summary>
public class DeviceTests
{
    private const int Photographs = 120, Top = 10;

    public static TheoryData<string> Architectures => GoldenArchitecture.Names;

    [DeviceTheory, MemberData(nameof(Architectures))]
    public void Embeddings_are_those_of_the_reference_code(string name)
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        using var golden = new GoldenArchitecture(name);
        using var model = ClipModel.Load(golden.Folder, TestDevice.Place());
        Near(golden["image.embedding"], model.Image.Encode(golden["pixel_values"]));
        Near(golden["text.embedding"], model.Text.Encode(golden["input_ids"]));
    }

    [DeviceTheory, MemberData(nameof(Architectures))]
    public void All_results_of_the_lens_are_on_the_device_and_those_of_the_processor(string name)
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        using var golden = new GoldenArchitecture(name);
        using var here = ClipModel.Load(golden.Folder);
        using var there = ClipModel.Load(golden.Folder, TestDevice.Place());
        var vision = here.Config.Vision;
        var directions = randn(2, here.Config.EmbedDim, generator: new Generator(3, CPU));
        var mean = randn(vision.Tokens, vision.MlpWidth, generator: new Generator(4, CPU));
        var finer = randn([1, 3, vision.ImageSize + vision.PatchSize, vision.ImageSize], generator: new Generator(5, CPU));
        var expected = LensResults.All(here, golden["pixel_values"], golden["input_ids"], finer, directions, mean);
        var found = LensResults.All(there, golden["pixel_values"], golden["input_ids"], finer, directions, mean);
        // The first two are embeddings, which come back to the processor.
        Assert.All(found.Skip(2), own => Assert.Equal(there.Placement.Device.type, own.device_type));
        foreach (var (one, other) in expected.Zip(found))
            if (one.numel() > 0 && one.abs().max().item<float>() > 0) Near(one, other.cpu());
    }

    [DeviceTheory, InlineData(5), InlineData(9), InlineData(10)]
    public void Effects_are_those_of_the_released_code(int layer)
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        using var model = ClipModel.Load(Golden.ModelPath, TestDevice.Place());
        var lens = new NeuronLens(model);
        var trace = lens.Trace(Golden.FourPhotos(), lens.SecondOrderRequest(layer));
        Near(Golden.Load("effects", $"effects.layer{layer}"), lens.SecondOrder(trace, layer).cpu());
    }

    [DeviceFact]
    public void Sums_of_a_pass_are_those_of_the_processor()
    {
        using var inputs = new TinyInputs(pictures: 90);
        using var here = ClipModel.Load(inputs.Model);
        using var there = ClipModel.Load(inputs.Model, TestDevice.Place());
        ExactTopTests.AssertSameSums(inputs, here, there, onDevice: null);
    }

    [DeviceFact]
    public void A_run_has_the_top_images_and_directions_that_it_has_on_the_processor()
    {
        using var folder = new ScratchFolder();
        var here = Analyze(folder, "here", Placement.Cpu);
        var there = Analyze(folder, "there", TestDevice.Place());
        Assert.Equal(TestDevice.Place().IsProcessor ? null : TestDevice.Place().DeviceName, there.Manifest.Settings.Device);
        foreach (int layer in here.Layers)
        {
            Assert.InRange(SameTop(here, there, layer), 0.999, 1);
            Assert.InRange(Cosines(here, there, layer)[0], 0.9999f, 1.0001f);
        }
    }

    [DeviceTheory, InlineData("float16", 0.97, 0.999f), InlineData("bfloat16", 0.85, 0.99f)]
    public void Half_precision_finds_nearly_the_same(string type, double sameTop, float cosine)
    {
        using var folder = new ScratchFolder();
        var here = Analyze(folder, "here", Placement.Cpu);
        var there = Analyze(folder, "there", TestDevice.Place(type));
        Assert.Equal(type, there.Manifest.Settings.Type);
        foreach (int layer in here.Layers)
        {
            Assert.InRange(SameTop(here, there, layer), sameTop, 1);
            float[] cosines = Cosines(here, there, layer);
            Assert.InRange(cosines[cosines.Length / 2], cosine, 1.0001f);
        }
    }

    [DeviceFact]
    public void Every_command_works_and_scores_are_those_of_the_processor()
    {
        using var study = new TinyStudy();
        var settings = study.Settings;
        string[] labelled = ["--run", study.Run.Path, "--images", settings.Images, "--labels", settings.Labels!, "--classes",
            settings.Classes!];
        string picture = Path.Combine(settings.Images, "003.png");
        Call(["ablate", .. labelled, "--size", "6", "--resamples", "100", "--output", study.File("here.json")]);
        Device(["ablate", .. labelled, "--size", "6", "--resamples", "100", "--output", study.File("there.json")]);
        AssertNear(study.File("here.json"), study.File("there.json"));
        Device(["compare", .. labelled, "--layers", "0", "--neurons", "2", "--sample", "10", "--top", "3", "--resamples", "100", "--output",
            study.File("compare.json")]);
        Device(["describe-eval", "--run", study.Run.Path, "--images", settings.Images, "--output", study.File("d.json")]);
        Device(["cues", "--run", study.Run.Path, "--true", "red", "--fooled", "blue", "--output", study.File("cues.json")]);
        Device(["show", "--run", study.Run.Path, "--neuron", "0:5", "--output", study.File("neuron.png")]);
        Device(["segment", "--run", study.Run.Path, "--image", picture, "--class", "red", "--output", study.File("heat.png")]);
        Device(["discover", "--run", study.Run.Path, "--image", picture, "--count", "2", "--output", study.File("concepts.json")]);
        Device(["embed", "--model", study.Run.Manifest.Model.Path, "--images", settings.Images, "--output", study.File("e.safetensors")]);
        Device(["effects", "--model", study.Run.Manifest.Model.Path, "--images", settings.Images, "--layers", "0", "--output",
            study.File("f.safetensors")]);
        Device(["edit", "--run", study.Run.Path, "--output", study.File("edited"), "--ablate", "1:3", "--mean", "none"]);
        Device(["report", "--run", study.Run.Path, "--output", study.File("report")]);

        static void Device(string[] args) => Call([.. args, .. TestDevice.Options()]);

        static void Call(string[] args)
        {
            var call = Cli.CliCall.Run(args);
            Assert.True(call.Code == 0, $"{args[0]}: {call.Error}");
        }
    }

    private static RunDirectory Analyze(ScratchFolder folder, string name, Placement placement)
    {
        string list = folder.File("photos.txt");
        if (!File.Exists(list)) File.WriteAllLines(list, ImageList.Find(SharedData.Path("data", "photos")).Take(Photographs)
            .Select(own => own.Path));
        return Analysis.Run(new()
        {
            Model = Golden.ModelPath,
            Images = list,
            Output = folder.File(name),
            TextFiles = [TinyModel.WriteTexts(folder.File("words.txt"), 40)],
            Layers = LayerSelection.Parse("3,9,10"),
            Top = TopCount.Parse($"{Top}"),
            Sizes = [4],
            Placement = placement,
        }, cancellation: TestContext.Current.CancellationToken).Run;
    }

    /// <summary>Share of the neurons' top images that another run has among its own.</summary>
    private static double SameTop(RunDirectory one, RunDirectory other, int layer)
    {
        var (a, b) = (one.Neurons(layer), other.Neurons(layer));
        return Enumerable.Range(0, a.Count).Average(neuron =>
            a.TopImagesOf(neuron).ToArray().Intersect(b.TopImagesOf(neuron).ToArray()).Count() / (double)Top);
    }

    /// <summary>Cosines of the neurons' directions in two runs, ascending.</summary>
    private static float[] Cosines(RunDirectory one, RunDirectory other, int layer)
    {
        using var scope = NewDisposeScope();
        return [.. (one.Neurons(layer).DirectionTensor() * other.Neurons(layer).DirectionTensor()).sum(1).data<float>().ToArray().Order()];
    }

    private static void AssertNear(string one, string other)
    {
        double[] a = [.. Numbers(one)], b = [.. Numbers(other)];
        Assert.Equal(a.Length, b.Length);
        for (int i = 0; i < a.Length; i++) Assert.Equal(a[i], b[i], 1e-3 * (1 + Math.Abs(a[i])));

        static IEnumerable<double> Numbers(string file)
        {
            using var json = JsonDocument.Parse(File.ReadAllText(file));
            var open = new Stack<JsonElement>([json.RootElement]);
            var found = new List<double>();
            while (open.TryPop(out var element))
            {
                if (element.ValueKind == JsonValueKind.Number) found.Add(element.GetDouble());
                else if (element.ValueKind == JsonValueKind.Array) foreach (var own in element.EnumerateArray()) open.Push(own);
                else if (element.ValueKind == JsonValueKind.Object)
                    foreach (var own in element.EnumerateObject().Where(own => own.Name is not ("seconds" or "timings"))) open.Push(
                    own.Value);
            }
            return found;
        }
    }

    private static void Near(Tensor expected, Tensor actual) => Assert.InRange(Golden.RelativeError(actual, expected), 0, 1e-4);
}
