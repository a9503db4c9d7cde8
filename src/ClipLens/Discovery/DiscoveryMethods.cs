namespace ClipLens.Discovery;

/// <summary>The methods of concept discovery by the names that files and command lines use.</summary>
public static class DiscoveryMethods
{
    /// <summary>All names, the default first.</summary>
    public static IReadOnlyList<string> Names { get; } = ["reinforced", "effects", "paper", "embedding", "zero-shot"];

    /// <summary>The method of a name.</summary>
    /// <exception cref="ClipLensException">There is none.</exception>
    public static DiscoveryMethod Named(string name) => Names.Contains(name) ? Enum.Parse<DiscoveryMethod>(name.Replace("-", ""),
        ignoreCase: true)
        : throw new ClipLensException($"There is no way of discovery '{name}'; give one of {string.Join(", ", Names)}.");

    /// <summary>The name of a method.</summary>
    public static string NameOf(DiscoveryMethod method) => Names.First(name => Named(name) == method);
}
