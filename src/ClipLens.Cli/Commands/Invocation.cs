using System.CommandLine;
using ClipLens.Cli.Output;

namespace ClipLens.Cli.Commands;

/// <summary>One call of a command.</summary>
/// <param name="Parse">The values of its options.</param>
/// <param name="Terminal">Where it writes.</param>
/// <param name="Stop">Asks it to stop.</param>
internal sealed record Invocation(ParseResult Parse, Terminal Terminal, CancellationToken Stop)
{
    /// <summary>The value of a required option, or of one with a default.</summary>
    public T Get<T>(Option<T> option) where T : notnull => Parse.GetRequiredValue(option);

    /// <summary>The value of a required argument.</summary>
    public T Get<T>(Argument<T> argument) where T : notnull => Parse.GetRequiredValue(argument);

    /// <summary>The value of an option that may be left out.</summary>
    public T? Find<T>(Option<T> option) => Parse.GetValue(option);

    /// <summary>Whether an option was written down, not left to its default.</summary>
    public bool IsGiven(Option option) => Parse.GetResult(option) is { Implicit: false };
}
