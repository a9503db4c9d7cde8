using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using ClipLens.Cli.Commands;
using ClipLens.Cli.Commands.Analyzing;
using ClipLens.Cli.Commands.Cues;
using ClipLens.Cli.Commands.Demo;
using ClipLens.Cli.Commands.Discovery;
using ClipLens.Cli.Commands.Editing;
using ClipLens.Cli.Commands.Evaluation;
using ClipLens.Cli.Commands.Models;
using ClipLens.Cli.Commands.Neurons;
using ClipLens.Cli.Commands.Pages;
using ClipLens.Cli.Commands.Segmentation;
using ClipLens.Cli.Output;
using ClipLens.Files;

namespace ClipLens.Cli;

/// <summary>The command line as a function: arguments in, text and an exit code out.</summary>
internal static class CommandLine
{
    /// <summary>The commands in the order of the help. A new one is a class in Commands/ and a line here.</summary>
    private static readonly Func<CliCommand>[] Commands =
    [
        () => new DemoCommand(),
        () => new AnalyzeCommand(),
        () => new MergeCommand(),
        () => new SubmitCommand(),
        () => new ShowCommand(),
        () => new ExploreCommand(),
        () => new ReportCommand(),
        () => new EffectsCommand(),
        () => new EmbedCommand(),
        () => new DiscoverCommand(),
        () => new DiscoverEvalCommand(),
        () => new CuesCommand(),
        () => new AdversarialCommand(),
        () => new AblateCommand(),
        () => new CompareCommand(),
        () => new SensitivityCommand(),
        () => new DescribeEvalCommand(),
        () => new ReproduceCommand(),
        () => new SegmentCommand(),
        () => new SegmentEvalCommand(),
        () => new EditCommand(),
        () => new ModelsCommand(),
    ];

    /// <summary>Runs a command line.</summary>
    /// <param name="args">The words behind the program's name.</param>
    /// <param name="terminal">Where it writes.</param>
    /// <param name="stop">Stops it cleanly.</param>
    /// <returns>0: done; 1: the work failed or was stopped; 2: the command line or an input is wrong.</returns>
    public static int Run(IReadOnlyList<string> args, Terminal terminal, CancellationToken stop = default)
    {
        // A file whose name begins with @ is a file, not a list of further arguments.
        var parse = Root(terminal.Width).Parse(args.Count == 0 ? ["--help"]
            : args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        var command = parse.CommandResult.Command as CliCommand;
        try
        {
            if (parse.Action is ParseErrorAction) throw new ClipLensException(UsageError.Sentence(parse));
            if (parse.Action is not (null or CliCommand.OwnWork))
                return parse.Invoke(new InvocationConfiguration
                {
                    Output = terminal.Output,
                    Error = terminal.ErrorOutput,
                    EnableDefaultExceptionHandler = false
                });
            GivenPaths.Check(command!, parse);
            Run(command!, new Invocation(parse, terminal, stop));
            return 0;
        }
        catch (Exception error)
        {
            var (code, sentence) = Failure.Explain(error, command);
            terminal.Note(sentence);
            if (args.Contains(Verbose)) terminal.Note(error.ToString());
            return code;
        }
    }

    /// <summary>Does a command's work, and writes its tables where that was asked for.</summary>
    private static void Run(CliCommand command, Invocation call)
    {
        string? csv = command.Csv is { } option ? call.Find(option) : null;
        if (csv is not null) OutputFile.Prepare(csv);
        command.Run(call);
        if (csv is not null && call.Terminal.Tables.Count > 0)
            call.Terminal.WriteLine($"As tables: {string.Join(", ", TableFiles.Write(csv, call.Terminal.Tables))}.");
    }

    /// <summary>The whole tree of commands and options.</summary>
    /// <param name="width">Characters of a line of its help.</param>
    public static RootCommand Root(int width = 110)
    {
        var root = new RootCommand(
            "Tells what the neurons of a CLIP image model do, in words, pictures and numbers.")
        { HelpName = "cliplens" };
        root.Options.Clear();
        root.Add(new HelpOption("--help", "-h", "-?") { Description = "Show this help.", Action = new HelpPage(width) });
        root.Add(new VersionOption("--version") { Description = "Show the version." });
        root.Add(new Option<bool>(Verbose) { Description = "With an error, show where in the program it arose.", Recursive = true });
        foreach (var create in Commands) root.Add(create());
        return root;
    }

    private const string Verbose = "--verbose";
}
