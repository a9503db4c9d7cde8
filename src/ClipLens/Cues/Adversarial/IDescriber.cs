namespace ClipLens.Cues.Adversarial;

/// <summary>Writes what a picture is to show.</summary>
public interface IDescriber
{
    /// <summary>What it is, with every setting that its descriptions depend on; no secret.</summary>
    string Name { get; }

    /// <summary>How many descriptions it may be asked for at a time.</summary>
    int Parallel { get; }

    /// <summary>Describes a picture. Called on several threads.</summary>
    /// <exception cref="ClipLensException">It could not be reached or gave no usable description.</exception>
    Task<Description> Describe(DescriptionTask task, CancellationToken cancellation);
}

/// <summary>A description that is wanted.</summary>
/// <param name="True">The class that the picture shows.</param>
/// <param name="Fooled">The class that it must not name.</param>
/// <param name="Cues">What the picture shows beside.</param>
/// <param name="Seed">Decides what is left to chance.</param>
public sealed record DescriptionTask(string True, string Fooled, IReadOnlyList<string> Cues, ulong Seed);

/// <summary>What a picture shows.</summary>
/// <param name="Text">With the cues.</param>
/// <param name="Control">The same without the cues.</param>
/// <param name="Exchanges">What was asked of a language model and what came back; none where none was asked.</param>
public sealed record Description(string Text, string Control, IReadOnlyList<ModelExchange> Exchanges);

/// <summary>One question to a model.</summary>
/// <param name="Model">The model.</param>
/// <param name="Prompt">All that it was told.</param>
/// <param name="Answer">What it answered, as it came.</param>
/// <param name="Refusal">Why the answer was not used; null where it was.</param>
public sealed record ModelExchange(string Model, string Prompt, string Answer, string? Refusal = null);
