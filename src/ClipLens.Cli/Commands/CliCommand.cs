using System.CommandLine;
using System.CommandLine.Invocation;

namespace ClipLens.Cli.Commands;

/// <summary>A command line that shows what a command is good for.</summary>
/// <param name="What">What it does, as the beginning of a sentence.</param>
/// <param name="Line">The line to type.</param>
internal sealed record Example(string What, string Line);

/// <summary>A command: options, examples for its help, and the work.</summary>
internal abstract class CliCommand : Command
{
    protected CliCommand(string name, string description) : base(name, description) => Action = new OwnWork();

    /// <summary>Examples for the help, the plainest first.</summary>
    public abstract IReadOnlyList<Example> Examples { get; }

    /// <summary>Where its tables are to be written as CSV, for a command that prints some.</summary>
    public Option<string>? Csv { get; private set; }

    /// <summary>Where the model computes and in which numbers, for a command that runs one.</summary>
    public (Option<string> Device, Option<string> Type)? Placement { get; private set; }

    /// <summary>What is said when Ctrl-C stopped the command.</summary>
    public virtual string WhenStopped => "Stopped; nothing was written.";

    /// <summary>Does the work; an exception says that it failed.</summary>
    public abstract void Run(Invocation call);

    /// <summary>Adds an option and hands it back, so that a field can be declared and added in one line.</summary>
    protected Option<T> Has<T>(Option<T> option)
    {
        Add(option);
        return option;
    }

    /// <summary>Adds the option that writes the command's tables to files.</summary>
    protected void HasTables() => Csv = Has(CommonOptions.Text("--csv", "T.csv", "Also write the printed table as CSV; further tables go "
        + "beside it, their names added to its."));

    /// <summary>Adds the options that say where the model computes, in every command that runs one.</summary>
    protected void HasPlacement() => Placement = (Has(CommonOptions.Device()), Has(CommonOptions.Type()));

    /// <summary>Tells the parser that the command works without a subcommand; the work itself is <see cref="Run"/>.</summary>
    internal sealed class OwnWork : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult) => 0;
    }
}
