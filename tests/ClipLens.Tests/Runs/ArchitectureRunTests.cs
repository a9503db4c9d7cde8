using ClipLens.Models;
using ClipLens.Runs;
using ClipLens.Runs.Settings;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Runs;

/// <summary>Whole runs on the architectures in use: analyzed, and its neurons those of the effects computed the plain way.</summary>
public class ArchitectureRunTests
{
    private const int Pictures = 12, Top = 4;

    [SharedTheory]
    [InlineData("siglip_openclip"), InlineData("siglip2_hf"), InlineData("pe_core_openclip"), InlineData("eva02_openclip")]
    [InlineData("clipa_openclip"), InlineData("coca_openclip")]
    public void A_run_holds_the_effects_of_every_layer_that_writes(string name)
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        string images = TinyModel.WritePictures(folder.File("images"), Pictures);
        var run = Analysis.Run(new AnalysisSettings
        {
            Model = GoldenArchitecture.Copy(name, folder.File("model")),
            Images = images,
            TextFiles = [TinyModel.WriteTexts(folder.File("words.txt"), 40)],
            Output = folder.File("run"),
            Layers = LayerSelection.All,
            Top = TopCount.Parse("4"),
            Sizes = [4],
            Batch = 5,
        }, cancellation: TestContext.Current.CancellationToken).Run;
        using var model = ClipModel.Load(folder.File("model"));
        Assert.Equal(Enumerable.Range(0, model.Config.Vision.WritingLayers), run.Layers);
        Assert.Equal(run.Layers, LayerSelection.All.Resolve(run.Manifest.Model.Blocks, run.Manifest.Model.WritingBlocks));

        using var _ = inference_mode();
        using var reader = new ClipLens.Models.Images.ImageBatchReader(model.Preprocessor, ClipLens.Models.Images.ImageList.Find(images));
        var lens = new ClipLens.Effects.NeuronLens(model);
        int layer = run.Layers[^1];
        var effects = lens.SecondOrder(lens.Trace(reader.Read(0, Pictures).Pixels, lens.SecondOrderRequest(layer)), layer);
        var neurons = run.Neurons(layer);
        var mean = effects.mean([0]);
        Assert.InRange(Golden.RelativeError(neurons.MeanTensor(), mean), 0, 1e-4);
        var norms = linalg.vector_norm(effects - mean, 2, [2]).t().topk(Top).values;
        Assert.InRange(Golden.RelativeError(tensor(neurons.TopNorms.ToArray(), norms.shape), norms), 0, 1e-4);
    }

    [SharedTheory]
    [InlineData("siglip2_openclip"), InlineData("pe_core_openclip"), InlineData("eva02_openclip"), InlineData("clipa_openclip")]
    public void Every_study_of_a_run_goes_through(string name)
    {
        using var folder = new ScratchFolder();
        string model = GoldenArchitecture.Copy(name, folder.File("model")), run = folder.File("run");
        string images = TinyModel.WritePictures(folder.File("images"), Pictures), picture = Path.Combine(images, "003.png");
        string texts = TinyModel.WriteTexts(folder.File("words.txt"), 40);
        string classes = folder.Write("classes.txt", "red box\nblue sky\n");
        string labels = folder.Write("labels.csv", "file,label\n" + string.Concat(Enumerable.Range(0, Pictures)
            .Select(i => $"{i:000}.png,{i % 2}\n")));
        string[] labelled = ["--images", images, "--labels", labels, "--classes", classes];
        Call("analyze", "--model", model, "--images", images, "--texts", texts, "--layers", "all", "--top", "4", "--size", "4", "--output",
            run);
        Call("show", "--run", run, "--neuron", "0:5", "--output", folder.File("neuron.png"));
        Call(["ablate", "--run", run, .. labelled, "--size", "4", "--resamples", "100", "--output", folder.File("ablation.json")]);
        Call(["compare", "--run", run, .. labelled, "--layers", "0", "--neurons", "2", "--sample", "10", "--top", "3", "--resamples", "100",
            "--output", folder.File("compare.json")]);
        Call("segment", "--run", run, "--image", picture, "--class", "red box", "--output", folder.File("heat.png"));
        Call("discover", "--run", run, "--image", picture, "--count", "2", "--output", folder.File("concepts.json"));
        Call("effects", "--model", model, "--images", images, "--layers", "0", "--output", folder.File("effects.safetensors"));

        static void Call(params string[] args)
        {
            var call = Cli.CliCall.Run(args);
            Assert.True(call.Code == 0, $"{args[0]}: {call.Error}");
        }
    }
}
