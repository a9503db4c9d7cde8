using ClipLens.Runs;
using ClipLens.Tests.Support;

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
}
