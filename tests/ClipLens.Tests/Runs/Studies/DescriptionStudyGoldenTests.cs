using ClipLens.Models.Images;
using ClipLens.Runs;
using ClipLens.Runs.Settings;
using ClipLens.Runs.Studies.Truth;
using ClipLens.Statistics;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Runs;

public class DescriptionStudyGoldenTests
{
    /// <summary>The design's figures for layer 8 on the 300 held-out images, within what the choice of regularisation moves.</summary>
    [SharedFact]
    public void Held_out_photographs_are_told_by_what_neurons_act_on_and_not_by_another_neurons_texts()
    {
        using var folder = new ScratchFolder();
        var stop = TestContext.Current.CancellationToken;
        var run = Analysis.Run(new()
        {
            Model = SharedData.Path("models", "vit-tiny-lit"),
            Images = SharedData.Path("data", "photos"),
            TextFiles = [SharedData.Path("data", "imagenet-classes.txt")],
            Layers = LayerSelection.Parse("8"),
            Sizes = [8],
            Top = TopCount.Parse("100"),
            Output = folder.File("run"),
        }, null, stop).Run;
        using var model = run.LoadModel();
        var result = DescriptionStudy.Run(run, model, ImageList.Find(SharedData.Path("data", "validation")), new()
        {
            Layers = LayerSelection.FromLayers(8),
            Methods = ["acts_on", "acts_on_8", "other_neuron", "linear_readout"],
        }, cancellation: stop);
        Assert.Equal((300, 0), (result.Images, result.Seen));
        Assert.InRange(Median("acts_on_8").Auroc, 0.77, 0.80);
        Assert.InRange(Median("acts_on_8").Pearson, 0.32, 0.37);
        Assert.True(Median("acts_on").Auroc > 0.72);
        Assert.InRange(Median("other_neuron").Auroc, 0.47, 0.53);
        Assert.InRange(Median("linear_readout").Auroc, 0.815, 0.845);
        var texts = result.Layers[0].Methods[0].Texts!;
        Assert.InRange(Quantiles.Describe(texts.Select(count => (double)count))!.Median, 2, 4);
        // What is scored is what the run says.
        var rows = run.ActsOn(8, "imagenet-classes")!.ToLookup(text => text.Neuron);
        Assert.Equal(768, Enumerable.Range(0, 768).Count(neuron => rows[neuron].Count() == texts[neuron]));

        (double Auroc, double Pearson) Median(string method)
        {
            var scores = result.Layers[0].Methods.First(own => own.Name == method).Scores;
            return (Quantiles.Describe(scores.Select(score => score.Auroc))!.Median,
                Quantiles.Describe(scores.Select(score => score.Pearson))!.Median);
        }
    }
}
