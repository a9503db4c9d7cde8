using System.CommandLine;

namespace ClipLens.Cli.Commands;

/// <summary>When an option does something.</summary>
/// <param name="Option">The option.</param>
/// <param name="IsUsed">Whether it does something in this call.</param>
/// <param name="Reason">Why not otherwise, as the beginning of a sentence.</param>
internal sealed record OptionUse(Option Option, bool IsUsed, string Reason);

/// <summary>Refuses options that were given although they do nothing in a call, so that nobody believes that they did.</summary>
internal static class UnusedOption
{
    /// <summary>Refuses the first option that was given and does nothing.</summary>
    /// <exception cref="ClipLensException">There is one.</exception>
    public static void Refuse(Invocation call, IEnumerable<OptionUse> uses)
    {
        if (uses.FirstOrDefault(use => !use.IsUsed && call.IsGiven(use.Option)) is { } unused)
            throw new ClipLensException($"{unused.Reason}; leave {unused.Option.Name} out.");
    }
}
