namespace ClipLens.Cli.Endpoints;

/// <summary>A key to an endpoint, from the environment and nowhere else. It can be sent and taken out of texts, but not shown.</summary>
internal sealed class Secret
{
    private readonly string value;

    private Secret(string value) => this.value = value;

    /// <summary>No key.</summary>
    public static Secret None { get; } = new("");

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => value.Length == 0;

    /// <summary>The key in an environment variable; none if no variable is named.</summary>
    /// <exception cref="ClipLensException">The variable is empty, or its value can be no key.</exception>
    public static Secret FromEnvironment(string? variable)
    {
        if (variable is null) return None;
        string value = Environment.GetEnvironmentVariable(variable)?.Trim() ?? "";
        if (value.Length == 0) throw new ClipLensException($"The environment variable {variable} is empty; put the key of the endpoint "
            + "there.");
        if (value.Length < 4 || value.Any(c => c is <= ' ' or > '~'))
            throw new ClipLensException($"The environment variable {variable} holds no key: a key is a word of at least four plain "
            + "characters.");
        return new(value);
    }

    /// <summary>The key itself, for the request.</summary>
    public string Reveal() => value;

    /// <summary>A text of an endpoint without the key, should it have sent it back.</summary>
    public string TakenOutOf(string text) => IsEmpty ? text : text.Replace(value, "[key]", StringComparison.Ordinal);

    public override string ToString() => IsEmpty ? "" : "[key]";
}
