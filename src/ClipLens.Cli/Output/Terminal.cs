using ClipLens.Compute;
using Spectre.Console;

namespace ClipLens.Cli.Output;

/// <summary>
/// Where a command writes: results to the output, messages and progress to the error output. Someone at a terminal gets bars and ruled
/// tables; a file or a pipe gets plain text without escape codes.
/// </summary>
internal sealed class Terminal
{
    private readonly IAnsiConsole? screen, errorScreen;

    /// <summary>Writes to two streams.</summary>
    /// <param name="output">Takes results.</param>
    /// <param name="error">Takes messages and progress.</param>
    /// <param name="outputIsScreen">Whether a person at a terminal reads the output.</param>
    /// <param name="errorIsScreen">Whether a person at a terminal reads the messages.</param>
    public Terminal(TextWriter output, TextWriter error, bool outputIsScreen = false, bool errorIsScreen = false)
    {
        (Output, ErrorOutput) = (output, error);
        if (outputIsScreen) screen = Screen(output);
        if (errorIsScreen) errorScreen = Screen(error);
    }

    public TextWriter Output { get; }

    public TextWriter ErrorOutput { get; }

    /// <summary>The streams of this process.</summary>
    public static Terminal OfProcess() =>
        new(Console.Out, Console.Error, !Console.IsOutputRedirected, !Console.IsErrorRedirected);

    /// <summary>Writes a line of a result.</summary>
    public void WriteLine(string line = "") => Output.WriteLine(Printable(line));

    /// <summary>Writes a message.</summary>
    public void Note(string message)
    {
        // Through the console that draws the bars, so that they make room.
        if (errorScreen is null) ErrorOutput.WriteLine(message);
        else errorScreen.WriteLine(Printable(message));
    }

    /// <summary>Writes a table.</summary>
    public void Write(ResultTable table)
    {
        if (screen is null) table.WritePlain(Output);
        else screen.Write(table.Ruled());
    }

    /// <summary>Does long work whose progress is shown.</summary>
    public void ShowProgress(Action<IProgress<WorkProgress>> work)
    {
        if (errorScreen is null) work(new ProgressLines(ErrorOutput, TimeProvider.System));
        else ProgressBars.Show(errorScreen, work);
    }

    /// <summary>A text from a file, safe to show: without characters that would steer a terminal.</summary>
    public static string Printable(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) && c != '\n' ? '\uFFFD' : c)) : text;

    private static IAnsiConsole Screen(TextWriter writer) =>
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
}
