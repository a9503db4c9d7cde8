using System.CommandLine;
using System.Text.RegularExpressions;
using ClipLens.Cli;
using ClipLens.Cli.Commands;
using ClipLens.Cli.Output;

namespace ClipLens.Tests.Cli;

/// <summary>
/// docs/cli.md holds the help of every command as it is printed, between the marks <c>&lt;!-- help NAME --&gt;</c> and <c>&lt;!-- end
/// --&gt;</c>. After a change of the help, run these tests with UPDATE_DOCS=1 in the environment and look at what it changed.
/// </summary>
public partial class DocumentationTests
{
    public static TheoryData<string> Commands => [.. CommandLine.Root().Subcommands.SelectMany(Names)];

    private static string DocumentPath => Path.Combine(Repository.Root, "docs", "cli.md");

    [Fact]
    public void The_list_of_commands_in_the_documentation_is_the_help() => CheckHelp("cliplens", CliCall.Run("--help").Output);

    [Theory, MemberData(nameof(Commands))]
    public void The_page_of_a_command_in_the_documentation_is_its_help(string command) =>
        CheckHelp(command, CliCall.Run([.. command.Split(' '), "--help"]).Output);

    [Theory, MemberData(nameof(Commands))]
    public void The_examples_of_a_command_are_understood(string name)
    {
        Command found = CommandLine.Root();
        foreach (string word in name.Split(' ')) found = found.Subcommands.Single(command => command.Name == word);
        var command = (CliCommand)found;
        Assert.NotEmpty(command.Examples);
        foreach (var example in command.Examples)
        {
            string line = example.Line.Replace("\\\n", " ");
            Assert.StartsWith($"cliplens {name}", line);
            Assert.Empty(CommandLine.Root().Parse(line["cliplens ".Length..]).Errors);
        }
    }

    /// <summary>Commands in the blocks of the pages and of README, as they would be pasted.</summary>
    [Fact]
    public void The_commands_in_the_pages_are_understood()
    {
        string[] pages = [Path.Combine(Repository.Root, "README.md"), .. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md")];
        int found = 0;
        var wrong = new List<string>();
        foreach (string page in pages)
            foreach (Match block in Block().Matches(File.ReadAllText(page)))
                foreach (Match command in Pasted().Matches(block.Value.Replace("\\\n", " ", StringComparison.Ordinal)))
                {
                    // Usage lines, and a page's shell variables, which stand for several words.
                    if (command.Groups["words"].Value.AsSpan().ContainsAny('$', '[')) continue;
                    found++;
                    var errors = CommandLine.Root().Parse(command.Groups["words"].Value).Errors;
                    if (errors.Count > 0) wrong.Add($"{Path.GetFileName(page)}: {command.Value}: {string.Join(' ', errors)}");
                }
        Assert.Empty(wrong);
        Assert.InRange(found, 100, 1000);
    }

    [GeneratedRegex(@"^```[^\n]*\n.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    // Up to a remark, a pipe or a redirection.
    [GeneratedRegex(@"^\s*(?:\$ )?(?:time )?(?:\./)?cliplens (?<words>[^#|<>\n]*?)\s*(?=\s#|[|<>]|2>|;|&|$)", RegexOptions.Multiline)]
    private static partial Regex Pasted();

    /// <summary>docs/terminal.md shows two widths.</summary>
    [Fact]
    public void The_captures_in_the_documentation_are_those_of_this_program()
    {
        string path = Path.Combine(Repository.Root, "docs", "terminal.md"), page = File.ReadAllText(path), mark = "<!-- captures -->\n";
        string before = page[..(page.IndexOf(mark, StringComparison.Ordinal) + mark.Length)], captures = string.Concat(
            new[] { 80, 40 }.Select(width => $"""

                ## {width} columns

                The commands, the help of one of them, and a table:

                ```text
                $ cliplens --help
                {CliCall.Help(width).TrimEnd()}

                $ cliplens discover --help
                {CliCall.Help(width, "discover").TrimEnd()}

                {Example(width)}
                ```

                """.ReplaceLineEndings("\n")));
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1") File.WriteAllText(path, before + captures);
        else Assert.Equal(before + captures, page);
    }

    private static string Example(int width)
    {
        using StringWriter output = new() { NewLine = "\n" }, error = new();
        var table = new ResultTable(">Layer", ">Explained", "Most selective", "Texts of that neuron");
        table.Add("8", "41.0 %", "8:374", "dogs; a terrier in the grass; \u2212an empty street");
        table.Add("9", "52.5 %", "9:391", "a wheel; cars in a row; a bicycle that leans against a wall");
        new Terminal(output, error, outputIsScreen: true, width: width).Write(table);
        return string.Join('\n', output.ToString().TrimEnd().Split('\n').Select(line => line.TrimEnd()));
    }

    private static IEnumerable<string> Names(Command command) => command.Subcommands.SelectMany(Names)
        .Select(name => $"{command.Name} {name}").Prepend(command.Name);

    private static void CheckHelp(string name, string help)
    {
        string text = File.ReadAllText(DocumentPath), start = $"<!-- help {name} -->\n```text\n", end = "```\n<!-- end -->";
        int from = text.IndexOf(start, StringComparison.Ordinal) + start.Length;
        Assert.True(from >= start.Length, $"{DocumentPath} has no place for the help of '{name}': add the lines\n{start}{end}");
        int to = text.IndexOf(end, from, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1") File.WriteAllText(DocumentPath, text[..from] + help + text[to..]);
        else Assert.Equal(help, text[from..to]);
    }
}
