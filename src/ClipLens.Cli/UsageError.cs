using System.CommandLine;

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
            string? meant = Closest(unknown, Names(command));
            string what = unknown.StartsWith('-') ? "option"
                : command is RootCommand || command.Subcommands.Any(sub => sub.Name == meant) ? "command" : "argument";
            return $"There is no {what} '{unknown}'{(meant is null ? "" : $", perhaps '{meant}' was meant")}; {help}.";
        }
        return $"{parse.Errors[0].Message.TrimEnd('.')}; {help}.";
    }

    private static IEnumerable<string> Names(Command command) =>
        command.Subcommands.Select(sub => sub.Name).Concat(command.Options.SelectMany(option => option.Aliases.Prepend(option.Name)));

    private static string? Closest(string word, IEnumerable<string> names)
    {
        var (name, distance) = names.Select(name => (name, Distance(word, name))).MinBy(pair => pair.Item2);
        return distance <= Math.Min(3, (word.Length + 1) / 3) ? name : null;
    }

    /// <summary>Letters to change, add or leave out (Levenshtein).</summary>
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }
        return row[^1];
    }
}
