using ClipLens.Compute;
using ClipLens.Labels;

namespace ClipLens.Cues.Adversarial;

/// <summary>Writes descriptions from templates, without a model.</summary>
public sealed class TemplateDescriber : IDescriber
{
    // {0} is the class with its article, {1} the cues.
    private static readonly (string Text, string Control)[] Templates =
    [
        ("A photo of {0} beside {1}.", "A photo of {0}."),
        ("A photo of {0}, with {1} nearby.", "A photo of {0}."),
        ("A photo of {0} in front of {1}.", "A photo of {0}."),
        ("A wide photo of {0} surrounded by {1}.", "A wide photo of {0}."),
        ("{1} and, in plain view, {0}, photographed in daylight.", "In plain view, {0}, photographed in daylight."),
        ("A snapshot of {0}; around it, {1}.", "A snapshot of {0}."),
    ];

    /// <inheritdoc/>
    public string Name => "templates";

    /// <inheritdoc/>
    public int Parallel => 1;

    /// <inheritdoc/>
    public Task<Description> Describe(DescriptionTask task, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(task);
        var (text, control) = Templates[new SeededRandom(task.Seed).Below(Templates.Length)];
        string name = ClassNames.WithArticle(task.True), cues = List(task.Cues);
        return Task.FromResult(new Description(Sentence(string.Format(null, text, name, cues)),
            Sentence(string.Format(null, control, name)), []));
    }

    private static string List(IReadOnlyList<string> words) =>
        words.Count <= 1 ? words.FirstOrDefault("") : $"{string.Join(", ", words.SkipLast(1))} and {words[^1]}";

    private static string Sentence(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
