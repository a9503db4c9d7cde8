namespace ClipLens.Texts.ActsOn;

/// <summary>Which texts name something that a person can see in an image: those of the pool that comes with the library, which was chosen
/// for that.</summary>
internal static class VisibleTexts
{
    private static readonly Lazy<HashSet<string>> Words = new(() => new(TextPool.Embedded.Texts, StringComparer.OrdinalIgnoreCase));

    /// <summary>Whether each of some texts is among them.</summary>
    public static bool[] Among(IReadOnlyList<string> texts) => [.. texts.Select(Words.Value.Contains)];
}
