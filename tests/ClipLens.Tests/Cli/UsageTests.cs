namespace ClipLens.Tests.Cli;

public class UsageTests
{
    [Theory]
    [InlineData("There is no command 'embd', perhaps 'embed' was meant; 'cliplens --help' lists the commands.", "embd")]
    [InlineData("There is no command 'photos'; 'cliplens --help' lists the commands.", "photos")]
    [InlineData("Option '--model' is required; 'cliplens embed --help' lists the options.", "embed")]
    [InlineData("There is no option '--modle', perhaps '--model' was meant; 'cliplens embed --help' lists the options.", "embed",
        "--modle", "x")]
    [InlineData("There is no argument 'x'; 'cliplens embed --help' lists the options.", "embed", "x", "--model", "m", "--output", "o")]
    [InlineData("Required argument missing for option: '--model'; 'cliplens embed --help' lists the options.", "embed", "--output", "o",
        "--model")]
    [InlineData("--batch takes a whole number of at least 1, not '0'; 'cliplens embed --help' lists the options.",
        "embed", "--model", "m", "--output", "o", "--batch", "0")]
    [InlineData("--resamples takes a whole number from 100 to 100000, not '100000000'; 'cliplens ablate --help' lists the options.",
        "ablate", "--run", "r", "--images", "i", "--output", "o", "--resamples", "100000000")]
    [InlineData("--workers takes a whole number of at least 1, not 'two'; 'cliplens embed --help' lists the options.",
        "embed", "--model", "m", "--output", "o", "--workers", "two")]
    [InlineData("Option '--model' expects a single argument but 2 were provided; 'cliplens embed --help' lists the options.",
        "embed", "--model", "m", "--model", "n", "--output", "o")]
    [InlineData("Option '--caption' is required; 'cliplens demo draw --help' lists the options.", "demo", "draw", "--output", "o.png")]
    [InlineData("There is no command 'drow', perhaps 'draw' was meant; 'cliplens demo --help' lists the options.", "demo", "drow",
        "--caption", "a ship", "--output", "o.png")]
    [InlineData("There is no command 'darw', perhaps 'draw' was meant; 'cliplens demo --help' lists the options.", "demo", "darw")]
    [InlineData("There is no command 'trian', perhaps 'train' was meant; 'cliplens demo --help' lists the options.", "demo", "trian")]
    [InlineData("'cliplens embed' takes either --images or --texts; give one of them.", "embed", "--model", "m", "--output", "o")]
    [InlineData("'cliplens embed' takes either --images or --texts; give one of them.",
        "embed", "--model", "m", "--output", "o", "--texts", "t", "--images", "i")]
    public void What_is_wrong_with_a_command_line_is_said_in_one_sentence(string sentence, params string[] args) =>
    CliCall.Refused(sentence, args);

    [Fact]
    public void Without_arguments_the_help_is_shown()
    {
        var call = CliCall.Run();
        Assert.Equal((0, ""), (call.Code, call.Error));
        Assert.Equal(CliCall.Run("--help").Output, call.Output);
    }

    [Fact]
    public void The_version_is_that_of_the_build() =>
        Assert.Matches(@"^\d+\.\d+\.\d+\S*\n$", CliCall.Run("--version").Output);

    [Fact]
    public void Verbose_adds_where_an_error_arose()
    {
        var call = CliCall.Run("embed", "--model", "/no/model", "--texts", "/no/texts", "--output", Path.GetTempPath(), "--verbose");
        Assert.Equal(2, call.Code);
        Assert.Contains("   at ClipLens.Cli.Commands.", call.Error);
    }
}
