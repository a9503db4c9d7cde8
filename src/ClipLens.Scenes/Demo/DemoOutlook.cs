using ClipLens.Neurons;
using ClipLens.Scenes.Language;

namespace ClipLens.Scenes.Demo;

/// <summary>What a reader of the demo may look at next.</summary>
/// <param name="Run">The folder of the demo's run.</param>
/// <param name="Neuron">A neuron that is described truly; the first of the run if none is.</param>
/// <param name="Image">A held-out picture.</param>
/// <param name="Class">What it shows.</param>
public sealed record DemoOutlook(string Run, NeuronId Neuron, string Image, string Class)
{
    /// <summary>What whoever runs the demo says of it; nothing where he says nothing.</summary>
    internal static IReadOnlyList<string> Describe(DemoWork work) => work.Settings.Next?.Invoke(new(work.Settings.File("run"),
        DemoNeurons.Shown(work).Select(shown => shown.Neuron).FirstOrDefault(new NeuronId(work.Run.Layers[0], 0)),
        work.HeldOut.FileOf(0), Lexicon.NameOf(work.HeldOut.Scenes[0].Objects[0].Kind))) ?? [];
}
