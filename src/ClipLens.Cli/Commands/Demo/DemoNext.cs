using ClipLens.Cli.Output;
using ClipLens.Scenes.Demo;

namespace ClipLens.Cli.Commands.Demo;

/// <summary>Commands to try after the demo, as they can be pasted into a shell.</summary>
internal static class DemoNext
{
    public static IReadOnlyList<string> Commands(DemoOutlook found)
    {
        string run = Words.Quoted(found.Run);
        return
        [
            $"{Words.Program} show --run {run} --neuron {found.Neuron} --output neuron.png",
            $"{Words.Program} explore --run {run}",
            $"{Words.Program} segment --run {run} --image {Words.Quoted(found.Image)} --class {Words.Quoted(found.Class)} --output "
            + "heat.png",
            $"{Words.Program} analyze --model CHECKPOINT --images PHOTOS --layers 8-10 --output RUN",
        ];
    }
}
