using ClipLens.Scenes.Language;

namespace ClipLens.Scenes.Demo;

/// <summary>Commands to try after the demo, as they can be pasted into a shell.</summary>
internal static class DemoNext
{
    public static IReadOnlyList<string> Commands(DemoWork work)
    {
        string program = work.Settings.Program, run = Quote(work.Settings.File("run"));
        string neuron = DemoNeurons.Shown(work).Select(shown => $"{shown.Neuron}").FirstOrDefault($"{work.Run.Layers[0]}:0");
        return
        [
            $"{program} show --run {run} --neuron {neuron} --output neuron.png",
            $"{program} explore --run {run}",
            $"{program} segment --run {run} --image {Quote(work.HeldOut.FileOf(0))} "
                + $"--class {Quote(Lexicon.NameOf(work.HeldOut.Scenes[0].Objects[0].Kind))} --output heat.png",
            $"{program} analyze --model CHECKPOINT --images PHOTOS --layers 8-10 --output RUN",
        ];
    }

    /// <summary>A word that a shell takes as one; on Windows in double quotes, which all of its shells know.</summary>
    private static string Quote(string word) => word.All(c => char.IsLetterOrDigit(c) || "/\\._-:+@,=".Contains(c))
        && (OperatingSystem.IsWindows() || !word.Contains('\\')) ? word
        : OperatingSystem.IsWindows() ? $"\"{word}\"" : $"'{word.Replace("'", "'\\''")}'";
}
