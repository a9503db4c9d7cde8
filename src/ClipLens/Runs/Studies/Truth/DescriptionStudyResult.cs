using ClipLens.Statistics;
using ClipLens.Truth;

namespace ClipLens.Runs.Studies.Truth;

/// <summary>What came out.</summary>
/// <param name="Pool">The pool's name.</param>
/// <param name="Images">Held-out images that counted.</param>
/// <param name="Seen">Images left out because the run has seen them.</param>
/// <param name="Failures">Why other images could not be read.</param>
/// <param name="Layers">By block.</param>
public sealed record DescriptionStudyResult(string Pool, int Images, int Seen, IReadOnlyList<string> Failures,
    IReadOnlyList<LayerDescriptionScores> Layers)
{
    /// <summary>Writes medians over the neurons by layer and method, with the 10 % and 90 % quantiles, as a JSON file.</summary>
    /// <exception cref="ClipLensException">The file cannot be written there.</exception>
    /// <exception cref="IOException">The disk failed or is full.</exception>
    public void Write(string path) => DescriptionFile.Write(path, this);
}

/// <summary>Scores of the methods on one block.</summary>
/// <param name="Layer">The block.</param>
/// <param name="Methods">By method.</param>
public sealed record LayerDescriptionScores(int Layer, IReadOnlyList<MethodScores> Methods);

/// <summary>Scores of one method.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Scores">By neuron.</param>
/// <param name="Texts">Texts of every neuron; null for a method that is not in words.</param>
/// <param name="Seconds">Time that finding the descriptions took.</param>
/// <param name="Sanity">The sanity tests; null where they were not made.</param>
public sealed record MethodScores(string Name, IReadOnlyList<NeuronScore> Scores, IReadOnlyList<int>? Texts, double Seconds,
    SanityShares? Sanity)
{
    /// <summary>Each score by its name, over the neurons.</summary>
    public IReadOnlyList<(string Name, IReadOnlyList<double> Values)> ByName =>
        [.. NeuronScore.Names.Select((name, i) => (name, (IReadOnlyList<double>)[.. Scores.Select(own => own.Values[i])]))];

    /// <summary>How many texts the neurons have; null for a method that is not in words.</summary>
    public Distribution? TextCounts => Texts is null ? null : Quantiles.Describe(Texts.Select(count => (double)count));

    /// <summary>Neurons that no text describes; null for a method that is not in words.</summary>
    public int? Undescribed => Texts?.Count(count => count == 0);
}

/// <summary>Shares of the neurons for which a score falls, by its name.</summary>
/// <param name="Missing">When half of what the description claims is taken away.</param>
/// <param name="False">When as much again is claimed falsely.</param>
public sealed record SanityShares(IReadOnlyDictionary<string, double> Missing, IReadOnlyDictionary<string, double> False);
