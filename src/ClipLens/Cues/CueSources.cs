namespace ClipLens.Cues;

/// <summary>The sources of cue words by the names that files and command lines use.</summary>
public static class CueSources
{
    /// <summary>All names, the paper's way first; the others are baselines.</summary>
    public static IReadOnlyList<string> Names { get; } = ["second-order", "random-neurons", "first-order", "indirect", "most-similar",
        "statistics", "random-words"];

    /// <summary>What the paper compares: its own way and three baselines.</summary>
    public static IReadOnlyList<CueSource> Standard { get; } = [CueSource.SecondOrder, CueSource.RandomNeurons, CueSource.Indirect,
        CueSource.MostSimilar];

    /// <summary>The source of a name.</summary>
    /// <exception cref="ClipLensException">There is none.</exception>
    public static CueSource Named(string name) => Names.Contains(name) ? Enum.Parse<CueSource>(name.Replace("-", ""), ignoreCase: true)
        : throw new ClipLensException($"There is no source of cues '{name}'; give one of {string.Join(", ", Names)}.");

    /// <summary>The name of a source.</summary>
    public static string NameOf(CueSource source) => Names.First(name => Named(name) == source);
}
