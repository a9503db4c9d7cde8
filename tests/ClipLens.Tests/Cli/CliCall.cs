using ClipLens.Cli;
using ClipLens.Cli.Output;

namespace ClipLens.Tests.Cli;

/// <summary>One call of the command line inside this process, and what came of it.</summary>
internal sealed record CliCall(int Code, string Output, string Error)
{
    public static CliCall Run(params string[] args) => Run(TestContext.Current.CancellationToken, args);

    public static CliCall Run(CancellationToken stop, params string[] args)
    {
        using StringWriter output = new(), error = new();
        int code = CommandLine.Run(args, new Terminal(output, error), stop);
        return new(code, output.ToString().ReplaceLineEndings("\n"), error.ToString().ReplaceLineEndings("\n"));
    }

    /// <summary>The help of a command, or of all, on a terminal of so many columns.</summary>
    public static string Help(int width, params string[] command)
    {
        using StringWriter output = new(), error = new();
        Assert.Equal(0, CommandLine.Run([.. command, "--help"], new Terminal(output, error, width: width)));
        return output.ToString().ReplaceLineEndings("\n");
    }

    /// <summary>The call must end with exit code 2 and this one sentence, and have written nothing else.</summary>
    public static void Refused(string sentence, params string[] args)
    {
        var call = Run(args);
        Assert.Equal(sentence + "\n", call.Error);
        Assert.Equal("", call.Output);
        Assert.Equal(2, call.Code);
    }
}
