using ClipLens.Texts;
using static TorchSharp.torch;

namespace ClipLens.Bench;

/// <summary>Neurons decomposed per second: 30,000 texts, 64 texts a neuron, random directions and texts.</summary>
internal static class PursuitBench
{
    public static void Run(int width, int neurons, int rounds, TextWriter output)
    {
        using var scope = NewDisposeScope();
        manual_seed(0);
        using var dictionary = TextDictionary.Create(randn(30_000, width), DictionaryScaling.Unit);
        var directions = randn(neurons, width);
        var seconds = Rounds.Time(rounds, () => MatchingPursuit.Decompose(directions, dictionary, 64))[0];
        output.WriteLine($"  decomposition, width {width}: {neurons / Rounds.Median(seconds):F0} neurons/s (30,000 texts, 64 texts a "
            + $"neuron, {neurons} neurons)");
    }
}
