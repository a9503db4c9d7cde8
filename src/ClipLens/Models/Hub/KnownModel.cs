namespace ClipLens.Models.Hub;

/// <summary>Models of one making.</summary>
/// <param name="Name">What the field calls it.</param>
/// <param name="IsSupported">Whether ClipLens computes it.</param>
/// <param name="Tower">What its image tower is, in a few words.</param>
public sealed record ModelFamily(string Name, bool IsSupported, string Tower);

/// <summary>Weights that open_clip knows by a name and a tag.</summary>
/// <param name="Architecture">open_clip's name of the architecture, such as <c>ViT-B-32</c>.</param>
/// <param name="Tag">open_clip's tag of the weights, such as <c>openai</c>.</param>
/// <param name="Repository">The hub's repository that has them; for some few with the file behind it.</param>
/// <param name="Family">The family.</param>
/// <param name="ImageSize">Side of an image in pixels.</param>
/// <param name="PatchSize">Side of a patch in pixels; null where there are none.</param>
/// <param name="Width">Width of the image tower's residual stream; null where it has none.</param>
/// <param name="Layers">Blocks of the image tower; null where it has none.</param>
public sealed record KnownModel(string Architecture, string Tag, string Repository, ModelFamily Family, int? ImageSize, int? PatchSize,
    int? Width, int? Layers)
{
    /// <summary>The name to give: architecture, slash, tag.</summary>
    public string Name => $"{Architecture}/{Tag}";
}

/// <summary>A file that OpenAI published under a name of its own.</summary>
/// <param name="Name">OpenAI's name, such as <c>ViT-B/32</c>.</param>
/// <param name="Architecture">open_clip's name of the same architecture.</param>
/// <param name="Sha256">SHA-256 of the file, as OpenAI publishes it.</param>
/// <param name="Family">The family.</param>
public sealed record OpenAiModel(string Name, string Architecture, string Sha256, ModelFamily Family)
{
    /// <summary>The file's name, which OpenAI's own loader gives it too.</summary>
    public string File => Name.Replace('/', '-').Replace('@', '-') + ".pt";

    internal Uri Address => new($"https://openaipublic.azureedge.net/clip/models/{Sha256}/{File}");
}
