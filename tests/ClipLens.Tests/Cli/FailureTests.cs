using System.Runtime.InteropServices;
using ClipLens.Cli;
using ClipLens.Cli.Commands.Analyzing;
using ClipLens.Cli.Commands.Neurons;
using ClipLens.Files;
using ClipLens.Tests.Support;

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
        Assert.Equal((1, "The work failed with InvalidOperationException: a; --verbose shows where."),
            Of(new InvalidOperationException("a.\nb")));
    }

    [Fact]
    public void A_setting_is_named_as_the_command_calls_it()
    {
        Assert.Equal((2, "A batch of 0 images is not possible; give at least 1 (--batch)."),
            Of(new SettingException("Batch", "A batch of 0 images is not possible; give at least 1.")));
        Assert.Equal((2, "Too many; ask for fewer."), Of(new SettingException("Top", "Too many; ask for fewer.")));
        Assert.Equal("Give at least 1 (--size).", Failure.Explain(new SettingException("Sizes", "Give at least 1."), new AnalyzeCommand())
            .Sentence);
        Assert.Equal("Give more (--memory).", Failure.Explain(new SettingException("MemoryBudget", "Give more."), new AnalyzeCommand())
            .Sentence);
    }

    [Fact]
    public void A_full_disk_is_no_wrong_input()
    {
        if (!File.Exists("/dev/full")) return;
        using var folder = new ScratchFolder();
        string path = folder.File("out");
        File.CreateSymbolicLink(path + ".partial", "/dev/full");
        var error = Assert.ThrowsAny<Exception>(() => SafeTensorsWriter.Save(path, [SafeTensorData.From("x", new float[100_000])]));
        Assert.Equal((1, $"{path} could not be written because the disk is full; free some space and give the same command again."),
            Of(error));
    }

    [Theory]
    [InlineData("The card's memory ran out; a smaller --batch or --dtype float16 needs less.",
        "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.1 GiB\nException raised from malloc")]
    [InlineData("The card's memory ran out; a smaller --batch or --dtype float16 needs less.",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`")]
    [InlineData("The card failed: CUDA error: an illegal memory access was encountered; give the same command again, or take --device cpu.",
        "CUDA error: an illegal memory access was encountered\nCUDA kernel errors might be asynchronously reported")]
    public void What_a_card_says_becomes_a_sentence(string sentence, string message) =>
        Assert.Equal((1, sentence), Of(new CardException(message)));

    [Fact]
    public void A_disk_that_fails_is_told_in_the_system_s_words() =>
        Assert.Equal((1, "A file could not be read or written: Input/output error; --verbose shows where."),
        Of(new IOException("Input/output error")));

    private sealed class CardException(string message) : ExternalException(message);

    private static (int Code, string Sentence) Of(Exception error) => Failure.Explain(error, new EmbedCommand());
}
