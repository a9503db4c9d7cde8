using System.Runtime.InteropServices;
using ClipLens.Cli;
using ClipLens.Cli.Commands;

namespace ClipLens.Tests.Cli;

public class FailureTests
{
    [Fact]
    public void Wrong_input_is_code_2_and_everything_else_code_1()
    {
        Assert.Equal((2, "The picture a.jpg is damaged."), Of(new ClipLensException("The picture a.jpg is damaged.")));
        Assert.Equal((2, "x"), Of(new AggregateException(new ClipLensException("x"))));
        Assert.Equal((1, "Stopped; nothing was written."), Of(new OperationCanceledException()));
        Assert.Equal((1, "The memory ran out; a smaller --batch or fewer --workers need less."), Of(new InsufficientMemoryException()));
        Assert.Equal((1, "The memory ran out; a smaller --batch or fewer --workers need less."),
            Of(Assert.ThrowsAny<ExternalException>(() => TorchSharp.torch.empty(1L << 50))));
        Assert.Equal((1, "The work failed with InvalidOperationException: a; --verbose shows where."), Of(new InvalidOperationException("a.\nb")));
    }

    [Fact]
    public void A_full_disk_is_not_a_wrong_input()
    {
        var full = new IOException("No space left on device : 'out'", OperatingSystem.IsWindows() ? unchecked((int)0x80070070) : 28);
        Assert.Equal((1, "out could not be written: No space left on device"),
            Of(new ClipLensException("out could not be written: No space left on device", full)));
        Assert.Equal((1, "A file could not be read or written: No space left on device : 'out'; --verbose shows where."), Of(full));
        Assert.Equal(2, Of(new ClipLensException("out could not be written", new IOException("Access denied"))).Code);
    }

    [Fact]
    public void The_system_s_own_full_disk_is_recognised()
    {
        if (!File.Exists("/dev/full")) return;
        var error = Assert.ThrowsAny<IOException>(() => File.WriteAllText("/dev/full", "x"));
        Assert.Equal(1, Of(new ClipLensException("x", error)).Code);
    }

    private static (int Code, string Sentence) Of(Exception error) => Failure.Of(error, new EmbedCommand());
}
