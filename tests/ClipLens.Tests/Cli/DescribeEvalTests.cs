using System.Text.Json.Nodes;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Cli;

public sealed class DescribeEvalTests : IDisposable
{
    private readonly TinyInputs inputs = new(pictures: 30);

    public DescribeEvalTests() => Assert.Equal(0, CliCall.Run(inputs.Analyze("0,1")).Code);

    public void Dispose() => inputs.Dispose();

    [Fact]
    public void All_methods_are_scored_on_the_pictures_that_the_run_has_not_seen()
    {
        string others = TinyModel.WritePictures(inputs.File("others"), 45), output = inputs.File("scores.json");
        var call = CliCall.Run("describe-eval", "--run", inputs.Run, "--images", others, "--layers", "1", "--output", output);
        Assert.Equal(0, call.Code);
        var root = JsonNode.Parse(File.ReadAllText(output))!;
        // The first thirty are the run's own.
        Assert.Equal((15, 30), ((int)root["images"]!, (int)root["seen"]!));
        var methods = root["layers"]!["1"]!["methods"]!.AsObject();
        Assert.Equal(["acts_on", "acts_on_1", "acts_on_4", "acts_on_8", "writes", "direction", "difference", "mean_top_images",
            "clip_dissect", "random", "other_neuron", "linear_readout"],
            methods.Select(method => method.Key));
        foreach (var (name, method) in methods)
        {
            Assert.InRange((double)method!["auroc"]!, 0, 1);
            Assert.InRange((double)method["average_precision"]!, 0, 1);
            Assert.InRange((double)method["pearson"]!, -1, 1);
            Assert.Equal(name is "direction" or "linear_readout", method["texts"] is null);
            Assert.Contains($"\n{name} ", call.Output);
        }
        Assert.Equal(1, (double)methods["clip_dissect"]!["texts"]!);
        Assert.Contains("30 images left out because the run has seen them.\n", call.Output);
        Assert.Contains("\nRank  Acts on", CliCall.Run("show", "--run", inputs.Run, "--neuron", "1:3").Output);
    }

    [Fact]
    public void Pictures_that_the_run_has_seen_alone_are_refused()
    {
        var call = CliCall.Run("describe-eval", "--run", inputs.Run, "--images", inputs.Images, "--output", inputs.File("scores.json"));
        Assert.Equal(2, call.Code);
        Assert.EndsWith($"30 of the images were seen by the run {inputs.Run} and cannot tell whether its descriptions are true, which "
            + $"leaves 0; give at least 10 others.\n", call.Error);
        Assert.False(File.Exists(inputs.File("scores.json")));
    }
}
