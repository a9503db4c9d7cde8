using ClipLens.Cues;
using ClipLens.Models.Images;
using ClipLens.Runs;
using ClipLens.Runs.Storage;
using ClipLens.Statistics;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Runs;

public class ActsOnRunTests
{
    [Fact]
    public void A_run_says_what_neurons_act_on_the_same_whatever_the_workers_storage_and_memory()
    {
        using var tiny = new TinyRun();
        var run = tiny.Run().Run;
        var rows = run.Layers.SelectMany(layer => run.ActsOn(layer, "pool")!).ToList();
        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.True(row.Coefficient > 0));
        Assert.Equal(run.PoolTexts("pool")[rows[0].TextIndex], rows[0].Text);
        string other = tiny.File("other");
        tiny.Run(settings => settings with { Output = other, Workers = 1, MemoryBudget = 1 << 24 });
        Assert.All(run.Layers, layer => Assert.Equal(File.ReadAllBytes(RunFiles.ActsOn(tiny.Output, layer, "pool")),
            File.ReadAllBytes(RunFiles.ActsOn(other, layer, "pool"))));
    }

    [Fact]
    public void What_an_older_run_lacks_is_made_by_the_same_analysis_and_the_rest_stays()
    {
        using var tiny = new TinyRun();
        tiny.Run();
        var whole = TinyRun.Files(tiny.Output);
        File.Delete(RunFiles.Representations(tiny.Output));
        foreach (int layer in RunFiles.FinishedLayers(tiny.Output).ToList())
        {
            File.Delete(RunFiles.Behaviour(tiny.Output, layer));
            File.Delete(RunFiles.ActsOn(tiny.Output, layer, "pool"));
        }
        Assert.Null(RunDirectory.Open(tiny.Output).ActsOn(0, "pool"));
        tiny.Run();
        TinyRun.AssertSame(whole, TinyRun.Files(tiny.Output));
    }

    [Fact]
    public void Whether_a_neuron_writes_what_it_acts_on_is_the_correlation_of_both_over_the_images()
    {
        using var tiny = new TinyRun();
        var run = tiny.Run().Run;
        using var model = run.LoadModel();
        using var seen = SeenImages.Encode(model, ImageList.Find(tiny.Images));
        var agreement = run.Agreement(0, "pool")!;
        Assert.Equal(run.Neurons(0).Count, agreement.Count);
        Assert.All(agreement, value => Assert.True(float.IsNaN(value) || value is >= -1.001f and <= 1.001f));
        var told = run.ActsOn(0, "pool")!.GroupBy(text => text.Neuron).Where(texts => texts.Count() == 1).Select(texts => texts.First());
        using var embeddings = run.PoolEmbeddings("pool");
        var unit = nn.functional.normalize(embeddings, 2, -1);
        foreach (var text in told.Take(3))
        {
            // Of one text the coefficient and the deviation change nothing.
            float[] says = [.. seen.Representations.mv(unit[text.TextIndex] - unit.mean([0L])).data<float>()];
            float[] writes = [.. seen.Representations.mv(run.Neurons(0).DirectionTensor()[text.Neuron]).data<float>()];
            Assert.Equal(Correlation.Pearson(says, writes), agreement[text.Neuron], 1e-3);
        }
        int silent = Enumerable.Range(0, agreement.Count).First(neuron => run.ActsOn(0, "pool")!.All(text => text.Neuron != neuron));
        Assert.True(float.IsNaN(agreement[silent]));
        File.Delete(RunFiles.ActsOn(tiny.Output, 0, "pool"));
        Assert.Null(RunDirectory.Open(tiny.Output).Agreement(0, "pool"));
    }

    [Fact]
    public void A_neurons_two_descriptions_stand_beside_each_other_and_one_without_texts_says_so()
    {
        using var tiny = new TinyRun();
        var run = tiny.Run().Run;
        var acts = run.ActsOn(0, "pool")!.OrderBy(text => text.Rank).ToLookup(text => text.Neuron);
        var texts = new NeuronTexts(run, null);
        int told = Enumerable.Range(0, run.Neurons(0).Count).First(neuron => acts[neuron].Any());
        Assert.Equal([$"Acts on: {string.Join(", ", acts[told].Take(2).Select(text => text.Text))}",
            $"Writes: {texts.Line(new(0, told), 2)}"],
            texts.Lines(new(0, told), 2));
        foreach (int silent in Enumerable.Range(0, run.Neurons(0).Count).Where(neuron => !acts[neuron].Any()).Take(1))
            Assert.Equal("Acts on: (no text describes it)", texts.Lines(new(0, silent), 2)[0]);
        File.Delete(RunFiles.ActsOn(tiny.Output, 0, "pool"));
        var without = new NeuronTexts(RunDirectory.Open(tiny.Output), null);
        Assert.Equal([without.Line(new(0, told), 2)], without.Lines(new(0, told), 2));
    }
}
