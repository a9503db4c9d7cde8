using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using ClipLens.Cli.Commands;

namespace ClipLens.Cli;

/// <summary>The help of a command: what it does, its options with their defaults, and examples.</summary>
internal sealed class HelpPage : SynchronousCommandLineAction
{
    private readonly HelpAction standard = new() { MaxWidth = 110 };

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var output = parseResult.InvocationConfiguration.Output;
        using var text = new StringWriter();
        parseResult.InvocationConfiguration.Output = text;
        standard.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output = output;
        // The standard page pads its lines and ends in empty ones.
        foreach (string line in text.ToString().TrimEnd().Split('\n')) output.WriteLine(line.TrimEnd());
        if (parseResult.CommandResult.Command is CliCommand command) WriteExamples(output, command.Examples);
        return 0;
    }

    private static void WriteExamples(TextWriter output, IReadOnlyList<Example> examples)
    {
        output.WriteLine();
        output.WriteLine("Examples:");
        foreach (var example in examples)
        {
            output.WriteLine($"  {example.What}:");
            output.WriteLine($"    {example.Line.ReplaceLineEndings(Environment.NewLine + "      ")}");
        }
    }
}
