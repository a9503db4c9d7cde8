using ClipLens.Tests.Support;

namespace ClipLens.Tests.Runs;

/// <summary>A full disk, by way of the device on which every write finds no space.</summary>
public class FullDiskTests
{
    [Theory]
    [InlineData("work/pass/state.safetensors.partial")]
    [InlineData("run.json.partial")]
    [InlineData("layer-01/neurons.safetensors.partial")]
    [InlineData("images.parquet.partial")]
    [InlineData("layer-02/texts-pool-6.parquet.partial")]
    public void A_full_disk_is_told_in_a_sentence_and_the_next_call_goes_on(string file)
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        using var world = new TinyRun();
        world.Run();
        var expected = TinyRun.Files(world.Output);
        Directory.Delete(world.Output, recursive: true);

        string path = Path.Combine(world.Output, file);
        bool placed = false;
        var error = Assert.ThrowsAny<IOException>(() => world.Run(progress: new Watch(report =>
        {
            // When the pass is a few batches old.
            if (placed || report is not { Stage: "Forward pass", Done: >= 8 }) return;
            placed = true;
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Delete(path);
            File.CreateSymbolicLink(path, "/dev/full");
        })));
        Assert.Contains("because the disk is full; free some space and give the same command again.", error.Message,
            StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        File.Delete(path);
        world.Run();
        TinyRun.AssertSame(expected, TinyRun.Files(world.Output));
    }

    [Fact]
    public void A_disk_that_fills_up_with_bias_shares_is_told_in_a_sentence_and_the_next_call_goes_on()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        using var world = new TinyRun();
        world.Run();
        var expected = TinyRun.Files(world.Output);
        Directory.Delete(world.Output, recursive: true);

        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => world.Run(
            progress: new Watch(report => { if (report is { Stage: "Forward pass", Done: >= 8 }) stop.Cancel(); }),
            cancellation: stop.Token));
        // The second block's file: of the first one's the batch is written already when the disk is found full.
        string path = Path.Combine(world.Output, "work", "pass", "bias-01.bin"), kept = world.File("kept.bin");
        var error = Assert.ThrowsAny<IOException>(() => world.Run(progress: new Watch(report =>
        {
            // A link that is there before the run is taken up is refused.
            if (report is not { Stage: "Checking the weights", Done: 1 }) return;
            File.Move(path, kept);
            File.CreateSymbolicLink(path, "/dev/full");
        })));
        Assert.Contains("bias-01.bin could not be written because the disk is full", error.Message, StringComparison.Ordinal);
        File.Move(kept, path, overwrite: true);
        world.Run();
        TinyRun.AssertSame(expected, TinyRun.Files(world.Output));
    }
}
