using System.CommandLine;
using System.CommandLine.Invocation;
using ClipLens.Cli.Commands;
using ClipLens.Cli.Output;

namespace ClipLens.Cli;

/// <summary>The help of a command: what it does, its options with their defaults, and examples, as wide as the terminal.</summary>
/// <param name="width">Characters of a line.</param>
internal sealed class HelpPage(int width) : SynchronousCommandLineAction
{
    private const int Indent = 2, ExampleIndent = 4, Narrow = 60;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var (output, command) = (parseResult.InvocationConfiguration.Output, parseResult.CommandResult.Command);
        Section(output, "Description:", TextLines.Wrap(command.Description ?? "", width - Indent));
        string subcommand = command.Subcommands.Count > 0 ? " [command]" : "";
        string arguments = string.Concat(command.Arguments.Select(argument => $" {argument.Name}"));
        Section(output, "Usage:", TextLines.Wrap($"{PathOf(command)}{subcommand}{arguments} [options]", width - Indent));
        if (command.Arguments.Count > 0)
            Section(output, "Arguments:", Table([.. command.Arguments.Select(argument => (argument.Name, argument.Description ?? ""))]));
        Section(output, "Options:", Table([.. Options(command).Select(option => (Names(option), TextOf(option)))]));
        if (command.Subcommands.Count > 0)
            Section(output, "Commands:", Table([.. command.Subcommands.Select(sub => (sub.Name, sub.Description ?? ""))]));
        if (command is CliCommand { Examples: var examples }) Section(output, "Examples:", [.. examples.SelectMany(Lines)]);
        return 0;
    }

    /// <summary>The words that call a command: "cliplens demo draw".</summary>
    public static string PathOf(Command command) => command is RootCommand ? "cliplens"
        : $"{PathOf(command.Parents.OfType<Command>().First())} {command.Name}";

    private static void Section(TextWriter output, string heading, IReadOnlyList<string> lines)
    {
        if (heading != "Description:") output.WriteLine();
        output.WriteLine(heading);
        foreach (string line in lines) output.WriteLine((new string(' ', Indent) + line).TrimEnd());
    }

    /// <summary>The command's own options, then those that every command has.</summary>
    private static IEnumerable<Option> Options(Command command) =>
        command.Options.Concat(command.Parents.OfType<Command>().SelectMany(Options).Where(option => option.Recursive))
            .Where(option => !option.Hidden).Distinct();

    private static string Names(Option option)
    {
        string names = string.Join(", ", option.Aliases.Order(StringComparer.Ordinal).Append(option.Name));
        return names + (option.HelpName is { } value ? $" <{value}>" : "") + (option.Required ? " (REQUIRED)" : "");
    }

    private static string TextOf(Option option) =>
        option.HasDefaultValue && option.HelpName is not null ? $"{option.Description} [default: {option.GetDefaultValue()}]"
            : option.Description ?? "";

    /// <summary>Names and texts in two columns. Where a name leaves no room, its text begins beneath it.</summary>
    private List<string> Table(IReadOnlyList<(string Name, string Text)> rows)
    {
        int room = width - Indent, most = (int)(room * 0.45);
        int column = room < Narrow ? ExampleIndent : rows.Select(row => row.Name.Length).Where(length => length <= most).DefaultIfEmpty(8)
            .Max()
            + Indent;
        return [.. rows.SelectMany(row => Row(row.Name, TextLines.Wrap(row.Text, room - column), column, room))];
    }

    private static IEnumerable<string> Row(string name, IReadOnlyList<string> text, int column, int room)
    {
        bool isBeside = name.Length + Indent <= column;
        if (!isBeside) foreach (string line in NameLines(name, room)) yield return line;
        for (int i = 0; i < text.Count; i++) yield return (i == 0 && isBeside ? name : "").PadRight(column) + text[i];
    }

    /// <summary>A long list of values is broken between them.</summary>
    private static List<string> NameLines(string name, int room)
    {
        if (name.Length <= room) return [name];
        string[] values = name.Split('|');
        var pieces = values.SelectMany((value, i) => (i < values.Length - 1 ? value + "|" : value).Split(' ')).ToList();
        List<string> lines = [pieces[0]];
        foreach (string piece in pieces.Skip(1))
        {
            string joined = lines[^1] + (lines[^1].EndsWith('|') ? "" : " ") + piece;
            if (joined.Length <= room) lines[^1] = joined;
            else lines.Add(new string(' ', Indent) + piece);
        }
        return lines;
    }

    /// <summary>What an example does and its line, broken as a shell takes it: never between an option and its value.</summary>
    private IEnumerable<string> Lines(Example example)
    {
        foreach (string line in TextLines.Wrap(example.What + ":", width - Indent)) yield return line;
        int room = width - Indent - 2 * Indent;
        string[] given = example.Line.Split(" \\\n");
        var lines = given.All(line => line.Trim().Length <= room - 2) ? [.. given.Select(line => line.Trim())]
            : TextLines.Pack(Pieces(example.Line.Replace(" \\\n", " "), room - ExampleIndent), room - ExampleIndent);
        for (int i = 0; i < lines.Count; i++)
            yield return new string(' ', i == 0 ? Indent : ExampleIndent) + lines[i] + (i < lines.Count - 1 ? " \\" : "");
    }

    /// <summary>Where a command line may be broken: before options, and before an argument where it and the command are too long.</summary>
    private static string[] Pieces(string line, int room)
    {
        string[] words = [.. line.Split(" --").Select((part, i) => (i == 0 ? part : "--" + part).Trim())];
        int last = words[0].Length > room ? words[0].LastIndexOf(' ') : -1;
        return last < 0 ? words : [words[0][..last], words[0][(last + 1)..], .. words[1..]];
    }
}
