using System.CommandLine;
using ClipLens.Files;

namespace ClipLens.Cli;

/// <summary>What is wrong with a command line, in one sentence.</summary>
internal static class UsageError
{
    /// <summary>The first thing that is wrong, with the likely intention where a word is misspelt.</summary>
    public static string Sentence(ParseResult parse)
    {
        var command = parse.CommandResult.Command;
        string help = command is RootCommand ? "'cliplens --help' lists the commands"
            : $"'{HelpPage.PathOf(command)} --help' lists the options";
        if (parse.UnmatchedTokens is [var unknown, ..])
        {
            string? meant = NearestNames.Find(unknown, Names(command)) is [var near] ? near : null;
            string what = unknown.StartsWith('-') ? "option"
                : command is RootCommand || command.Subcommands.Any(sub => sub.Name == meant) ? "command" : "argument";
            return $"There is no {what} '{unknown}'{(meant is null ? "" : $", perhaps '{meant}' was meant")}; {help}.";
        }
        return $"{parse.Errors[0].Message.TrimEnd('.')}; {help}.";
    }

    private static IEnumerable<string> Names(Command command) =>
        command.Subcommands.Select(sub => sub.Name).Concat(command.Options.SelectMany(option => option.Aliases.Prepend(option.Name)));
}
