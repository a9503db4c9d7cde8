using ClipLens.Runs.Parts;
using ClipLens.Runs.Settings;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Runs;

/// <summary>Parts of a dataset, analyzed apart and merged, are the bytes of one run.</summary>
public class ShardTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, InlineData(2), InlineData(3), InlineData(7)]
    public void Merged_parts_are_to_the_byte_what_one_machine_makes(int parts)
    {
        using var world = new TinyRun();
        world.Run();
        var expected = TinyRun.Files(world.Output);
        Directory.Delete(world.Output, recursive: true);

        // Another machine has the images elsewhere.
        string elsewhere = world.File("elsewhere");
        Directory.CreateDirectory(elsewhere);
        foreach (string picture in Directory.EnumerateFiles(world.Images)) File.Copy(picture,
            Path.Combine(elsewhere, Path.GetFileName(picture)));
        int images = 0;
        for (int part = parts; part >= 1; part--)
        {
            var settings = part % 2 == 0 ? world.Settings : world.Settings with { Images = elsewhere, Workers = 1 };
            if (part == parts) StopMidway(settings, part, parts);
            var result = ShardedAnalysis.RunPart(settings, Shard.Parse($"{part}/{parts}"), cancellation: Token);
            Assert.False(result.WasComplete);
            images += result.Images;
        }
        Assert.Equal(TinyRun.Pictures, images);
        Assert.True(ShardedAnalysis.RunPart(world.Settings, Shard.Parse($"1/{parts}"), cancellation: Token).WasComplete);
        ShardedAnalysis.Merge(new() { Run = world.Output, Images = world.Images }, cancellation: Token);
        TinyRun.AssertSame(expected, TinyRun.Files(world.Output));
    }

    [Fact]
    public void A_merge_that_was_stopped_goes_on()
    {
        using var world = new TinyRun();
        world.Run();
        var expected = TinyRun.Files(world.Output);
        Directory.Delete(world.Output, recursive: true);
        foreach (int part in new[] { 1, 2 }) ShardedAnalysis.RunPart(world.Settings, Shard.Parse($"{part}/2"), cancellation: Token);
        using var stop = new CancellationTokenSource();
        string first = Path.Combine(world.Output, "layer-00", "neurons.safetensors");
        Assert.Throws<OperationCanceledException>(() => ShardedAnalysis.Merge(new() { Run = world.Output },
            new Watch(_ => { if (File.Exists(first)) stop.Cancel(); }), stop.Token));
        ShardedAnalysis.Merge(new() { Run = world.Output }, cancellation: Token);
        TinyRun.AssertSame(expected, TinyRun.Files(world.Output));
    }

    [Fact]
    public void A_part_that_is_missing_half_done_or_of_something_else_is_named()
    {
        using var world = new TinyRun();
        string Refusal() => Assert.ThrowsAny<ClipLensException>(() => ShardedAnalysis.Merge(new() { Run = world.Output },
            cancellation: Token)).Message;
        void RunPart(string shard, Func<AnalysisSettings, AnalysisSettings>? change = null) => ShardedAnalysis.RunPart(
            change is null ? world.Settings : change(world.Settings), Shard.Parse(shard), cancellation: Token);

        Assert.Contains("There is no folder", Refusal(), StringComparison.Ordinal);
        RunPart("1/3");
        RunPart("3/3");
        Assert.Contains("Part 2 of 3 of the run", Refusal(), StringComparison.Ordinal);
        StopMidway(world.Settings, 2, 3);
        Assert.Contains("Part 2 of 3 of the run", Refusal(), StringComparison.Ordinal);
        Assert.Contains("is not done", Refusal(), StringComparison.Ordinal);
        Assert.Contains("its settings are others", Assert.ThrowsAny<ClipLensException>(() => RunPart("2/3", settings => settings with
        {
            Top = TopCount.Parse("4")
        })).Message, StringComparison.Ordinal);
        RunPart("2/3", settings => settings with { Top = TopCount.Parse("4"), Overwrite = true });
        Assert.Contains("Part 2", Refusal(), StringComparison.Ordinal);
        Assert.Contains("does not belong to the others: its settings are others", Refusal(), StringComparison.Ordinal);
        RunPart("2/3", settings => settings with { Overwrite = true });
        RunPart("2/5");
        Assert.Contains("it is one of 5 parts, not of 3", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Parts_are_written_as_number_and_count()
    {
        Assert.Equal((3, 16), (Shard.Parse("3/16").Number, Shard.Parse("3/16").Count));
        foreach (string wrong in new[] { "0/3", "4/3", "3", "a/b", "-1/3", "1/2/3" }) Assert.Throws<ClipLensException>(() =>
            Shard.Parse(wrong));
    }

    private static void StopMidway(AnalysisSettings settings, int part, int parts)
    {
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => ShardedAnalysis.RunPart(settings, Shard.Parse($"{part}/{parts}"),
            new Watch(report => { if (report is { Stage: "Forward pass", Done: >= 4 }) stop.Cancel(); }), stop.Token));
    }
}
