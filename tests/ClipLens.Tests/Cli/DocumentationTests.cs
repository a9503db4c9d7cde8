using System.CommandLine;
using ClipLens.Cli;
using ClipLens.Cli.Commands;

namespace ClipLens.Tests.Cli;

/// <summary>
/// docs/cli.md holds the help of every command as it is printed, between the marks <c>&lt;!-- help NAME --&gt;</c> and <c>&lt;!-- end
/// --&gt;</c>. After a change of the help, run these tests with UPDATE_DOCS=1 in the environment and look at what it changed.
/// </summary>
public class DocumentationTests
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
