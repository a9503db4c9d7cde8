using System.Diagnostics;
using System.Text.Json;
using ClipLens.Runs;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Runs;

/// <summary>Runs in another process, which is killed without warning or still at work.</summary>
[Trait("Tier", "Process")]
public class KilledRunTests
{
    private const string Order = "CLIPLENS_TEST_CHILD";

    [Fact]
    public void Killed_anywhere_it_ends_with_the_same_bytes()
    {
        using var world = new TinyRun();
        world.Run();
        var expected = TinyRun.Files(world.Output);
        Directory.Delete(world.Output, recursive: true);
        foreach (int report in new[] { 5, 5, 20 })
        {
            using var child = Start(world, report);
            OtherProcess.WaitFor(child, world.File("reached"));
            OtherProcess.End(child);
            File.Delete(world.File("reached"));
        }
        world.Run();
        TinyRun.AssertSame(expected, TinyRun.Files(world.Output));
    }

    [Fact]
    public void A_run_on_which_another_process_works_is_refused()
    {
        using var world = new TinyRun();
        using var child = Start(world, 5);
        OtherProcess.WaitFor(child, world.File("reached"));
        Assert.Contains("Another process is working on the run", world.Refusal(), StringComparison.Ordinal);
        Assert.Contains("Another process is working on the run", world.Refusal(settings => settings with { Overwrite = true }),
            StringComparison.Ordinal);
        OtherProcess.End(child);
        Assert.Equal([0, 1, 2], world.Run().NewLayers);
    }

    /// <summary>What the other process does: it works until it has reported so many times, says so, and stands still.</summary>
    [Fact(Explicit = true)]
    public void Child()
    {
        var order = JsonSerializer.Deserialize<ChildOrder>(Environment.GetEnvironmentVariable(Order)!)!;
        int reports = 0;
        Analysis.Run(TinyRun.SettingsFor(order.Model, order.Images, order.Output, order.Pool), new Watch(_ =>
        {
            if (++reports < order.Reports) return;
            File.WriteAllText(order.Reached, "");
            Thread.Sleep(Timeout.Infinite);
        }), TestContext.Current.CancellationToken);
    }

    private static Process Start(TinyRun world, int reports) => OtherProcess.Test(typeof(KilledRunTests), nameof(Child), Order,
        JsonSerializer.Serialize(new ChildOrder(world.Model, world.Images, world.Output, world.Pool, world.File("reached"), reports)));

    private sealed record ChildOrder(string Model, string Images, string Output, string Pool, string Reached, int Reports);
}
