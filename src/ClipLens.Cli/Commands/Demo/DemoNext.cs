using ClipLens.Cli.Output;
using ClipLens.Scenes.Demo;

namespace ClipLens.Cli.Commands.Demo;

/// <summary>Commands to try after the demo, as they can be pasted into a shell.</summary>
internal static class DemoNext
{
    public static IReadOnlyList<string> Commands(DemoOutlook found)
    {
        string run = Quote(found.Run);
        return
        [
            $"{Words.Program} show --run {run} --neuron {found.Neuron} --output neuron.png",
            $"{Words.Program} explore --run {run}",
            $"{Words.Program} segment --run {run} --image {Quote(found.Image)} --class {Quote(found.Class)} --output heat.png",
            $"{Words.Program} analyze --model CHECKPOINT --images PHOTOS --layers 8-10 --output RUN",
        ];
    }

    /// <summary>A word that a shell takes as one; on Windows in double quotes, which all of its shells know.</summary>
    private static string Quote(string word) => word.All(c => char.IsLetterOrDigit(c) || "/\\._-:+@,=".Contains(c))
        && (OperatingSystem.IsWindows() || !word.Contains('\\')) ? word
        : OperatingSystem.IsWindows() ? $"\"{word}\"" : $"'{word.Replace("'", "'\\''")}'";
}
