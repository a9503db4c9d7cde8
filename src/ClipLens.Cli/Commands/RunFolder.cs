using ClipLens.Runs;
using ClipLens.Scenes;
using ClipLens.Scenes.Language;

namespace ClipLens.Cli.Commands;

/// <summary>The run that a person means.</summary>
internal static class RunFolder
{
    /// <summary>The folder of the run: what was given, or the run within a demo's folder.</summary>
    /// <param name="given">What was given; null if nothing was.</param>
    /// <exception cref="ClipLensException">Nothing was given.</exception>
    public static string Find(string? given)
    {
        if (given is null)
            throw new ClipLensException("Say which run to show: --run RUN, a folder that 'cliplens analyze' wrote. Without one, "
                + "'cliplens demo' makes a run in a minute or two; 'cliplens explore --run demo' shows it then.");
        return !File.Exists(Path.Combine(given, "run.json")) && File.Exists(Path.Combine(given, "run", "run.json"))
            ? Path.Combine(given, "run")
            : given;
    }

    /// <summary>The classes of a demo's run, which the world knows; null for other runs.</summary>
    public static IReadOnlyList<string>? ClassesOf(RunDirectory run) =>
        DemoOf(run) is null ? null : [.. Enum.GetValues<ObjectKind>().Select(Lexicon.NameOf)];

    /// <summary>The folders of adversarial pictures that a demo made beside its run; none for other runs.</summary>
    public static IReadOnlyList<string> AdversarialOf(RunDirectory run) =>
        DemoOf(run) is { } demo && Path.Combine(demo, "adversarial") is var folder && Directory.Exists(folder)
            ? [.. Directory.GetDirectories(folder).Order(StringComparer.Ordinal)] : [];

    /// <summary>The figures of the ablation that a demo made beside its run; null for other runs.</summary>
    public static string? AblationOf(RunDirectory run) =>
        DemoOf(run) is { } demo && Path.Combine(demo, "ablation.json") is var file && File.Exists(file) ? file : null;

    /// <summary>The demo's folder that a run lies in; null for other runs.</summary>
    private static string? DemoOf(RunDirectory run) =>
        Path.GetDirectoryName(Path.GetFullPath(run.Path).TrimEnd(Path.DirectorySeparatorChar)) is { } folder
            && File.Exists(Path.Combine(folder, "demo.json")) ? folder : null;
}
