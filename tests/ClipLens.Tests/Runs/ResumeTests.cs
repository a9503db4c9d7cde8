using ClipLens.Runs.Settings;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Runs;

/// <summary>An interrupted run, given the same call again, ends with the bytes of one that was not interrupted.</summary>
public class ResumeTests
{
    [Fact]
    public void Cancelled_anywhere_it_ends_with_the_same_bytes()
    {
        using var world = new TinyRun();
        var settings = world.Settings with { Sizes = [3, 6] };
        var stages = new List<string>();
        world.Run(_ => settings, new Watch(report => stages.Add(report.Stage)));
        var expected = TinyRun.Files(world.Output);
        int reports = stages.Count;

        // Cut off at every third report in turn, each call going on from where the one before was.
        Directory.Delete(world.Output, recursive: true);
        int calls = 0;
        for (int limit = 1; limit <= reports; limit += 3, calls++)
        {
            using var stop = new CancellationTokenSource();
            int seen = 0;
            var watch = new Watch(_ => { if (++seen >= limit) stop.Cancel(); });
            try
            {
                world.Run(_ => settings, watch, stop.Token);
                break;
            }
            catch (OperationCanceledException)
            {
                Assert.NotEmpty(Directory.EnumerateFiles(world.Output));
            }
        }
        Assert.InRange(calls, 3, reports);
        world.Run(_ => settings);
        TinyRun.AssertSame(expected, TinyRun.Files(world.Output));
    }

    [Fact]
    public void A_failure_at_any_point_is_made_good_by_the_next_call()
    {
        using var world = new TinyRun();
        var reports = new List<string>();
        world.Run(progress: new Watch(report => reports.Add(report.Stage)));
        var expected = TinyRun.Files(world.Output);
        for (int limit = 2; limit < reports.Count; limit += 5)
        {
            int seen = 0;
            Directory.Delete(world.Output, recursive: true);
            Assert.Throws<InvalidOperationException>(() =>
                world.Run(progress: new Watch(_ => { if (++seen >= limit) throw new InvalidOperationException(); })));
            world.Run();
            TinyRun.AssertSame(expected, TinyRun.Files(world.Output));
        }
    }

    [Fact]
    public void Work_that_was_done_is_not_done_again()
    {
        using var world = new TinyRun();
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => world.Run(
            progress: new Watch(report => { if (report is { Stage: "Forward pass", Done: >= 16 }) stop.Cancel(); }),
            cancellation: stop.Token));
        int first = -1;
        world.Run(progress: new Watch(report => { if (first < 0 && report.Stage == "Forward pass") first = report.Done; }));
        Assert.InRange(first, 16, TinyRun.Pictures);
    }

    [Fact]
    public void Interrupted_between_layers_the_finished_ones_are_kept()
    {
        using var world = new TinyRun();
        world.Run();
        var expected = TinyRun.Files(world.Output);
        Directory.Delete(world.Output, recursive: true);

        using var stop = new CancellationTokenSource();
        string first = Path.Combine(world.Output, "layer-00", "neurons.safetensors");
        Assert.Throws<OperationCanceledException>(() => world.Run(
            progress: new Watch(_ => { if (File.Exists(first)) stop.Cancel(); }), cancellation: stop.Token));
        Assert.False(File.Exists(Path.Combine(world.Output, "layer-02", "neurons.safetensors")));
        var written = File.GetLastWriteTimeUtc(first);
        var stages = new HashSet<string>();
        var result = world.Run(progress: new Watch(report => { if (report.Done < report.Total) stages.Add(report.Stage); }));
        Assert.Equal(written, File.GetLastWriteTimeUtc(first));
        Assert.DoesNotContain("Forward pass", stages);
        Assert.Equal([1, 2], result.NewLayers);
        TinyRun.AssertSame(expected, TinyRun.Files(world.Output));
    }

    [Fact]
    public void An_image_that_changes_while_a_run_is_interrupted_is_named()
    {
        using var world = new TinyRun();
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => world.Run(
            progress: new Watch(report => { if (report is { Stage: "Forward pass", Done: >= 16 }) stop.Cancel(); }),
            cancellation: stop.Token));
        TinyModel.WritePicture(Path.Combine(world.Images, "003.png"), 999);
        Assert.Contains("003.png has changed", world.Refusal(), StringComparison.Ordinal);
        Assert.Contains("the number of top images was 5 and is 6 now",
            world.Refusal(settings => settings with { Top = TopCount.Parse("6") }), StringComparison.Ordinal);
        world.Run(settings => settings with { Overwrite = true });
    }

    [Fact]
    public void Coefficients_that_got_lost_are_computed_again()
    {
        using var world = new TinyRun();
        world.Run();
        var expected = TinyRun.Files(world.Output);
        Directory.Delete(world.Output, recursive: true);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => world.Run(
            progress: new Watch(report => { if (report is { Stage: "Forward pass", Done: >= 16 }) stop.Cancel(); }),
            cancellation: stop.Token));
        string coefficients = Directory.EnumerateFiles(world.Output, "kept-01.0", SearchOption.AllDirectories).Single();
        using (var file = File.OpenWrite(coefficients)) file.SetLength(file.Length / 2);
        world.Run();
        TinyRun.AssertSame(expected, TinyRun.Files(world.Output));
    }
}
