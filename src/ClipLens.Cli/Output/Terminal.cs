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
    private readonly List<ResultTable> tables = [];

    /// <summary>Writes to two streams.</summary>
    /// <param name="output">Takes results.</param>
    /// <param name="error">Takes messages and progress.</param>
    /// <param name="outputIsScreen">Whether a person at a terminal reads the output.</param>
    /// <param name="errorIsScreen">Whether a person at a terminal reads the messages.</param>
    /// <param name="width">Characters of a line of the terminal; unknown if null.</param>
    public Terminal(TextWriter output, TextWriter error, bool outputIsScreen = false, bool errorIsScreen = false, int? width = null)
    {
        (Output, ErrorOutput, Width) = (output, error, Math.Clamp(width ?? Widest, 20, Widest));
        if (outputIsScreen) screen = Screen(output, width);
        if (errorIsScreen) errorScreen = Screen(error, width);
    }

    private const int Widest = 110;

    /// <summary>Characters of a line of text: those of the terminal, but not more than can be read well.</summary>
    public int Width { get; }

    /// <summary>The tables that were written.</summary>
    public IReadOnlyList<ResultTable> Tables => tables;

    public TextWriter Output { get; }

    public TextWriter ErrorOutput { get; }

    /// <summary>The streams of this process.</summary>
    public static Terminal OfProcess() =>
        new(ProcessStreams.Output, ProcessStreams.Error, !Console.IsOutputRedirected, !Console.IsErrorRedirected,
            WindowWidth());

    /// <summary>Writes a line of a result.</summary>
    public void WriteLine(string line = "")
    {
        string text = Printable(line);
        if (screen is null) Output.WriteLine(text);
        else foreach (string part in TextLines.Wrap(text, screen.Profile.Width)) Output.WriteLine(part);
    }

    /// <summary>Writes a command to be typed next, on a line of its own, which is never broken.</summary>
    public void WriteCommand(string lead, string command)
    {
        WriteLine(lead);
        Output.WriteLine("  " + Printable(command));
    }

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
        tables.Add(table);
        if (screen is null) table.WritePlain(Output);
        else if (table.Ruled(screen.Profile.Width) is { } ruled) screen.Write(ruled);
        else table.WriteList(Output, screen.Profile.Width);
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

    private static IAnsiConsole Screen(TextWriter writer, int? width)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        if (width is > 0) console.Profile.Width = width.Value;
        return console;
    }

    private static int? WindowWidth()
    {
        try
        {
            return Console.IsOutputRedirected || Console.WindowWidth <= 0 ? null : Console.WindowWidth;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
