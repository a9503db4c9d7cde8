namespace ClipLens.Texts;

/// <summary>Tells forms of one English word from different words, by their letters alone.</summary>
internal static class WordForms
{
    private const int ShortestStem = 3;

    /// <summary>What the singular, the plural and the possessive of a word or phrase have in common: lower case, words parted by a blank,
    /// less the ending of the plural.</summary>
    public static string Stem(string text) => string.Join(' ', Words(text).Select(StemOfWord));

    /// <summary>The words of a text, in lower case.</summary>
    public static IReadOnlyList<string> Words(string text) =>
        new string([.. text.ToLowerInvariant().Replace("'s", "").Select(c => char.IsLetterOrDigit(c) ? c : ' ')])
        .Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Whether a text names another one: contains its words, in any form, or has it at an end of a longer word (pickup trucks,
    /// truckload).</summary>
    public static bool Names(string text, string name)
    {
        string own = Stem(text), sought = Stem(name);
        if (sought.Length == 0) return false;
        return $" {own} ".Contains($" {sought} ", StringComparison.Ordinal)
            || own.Split(' ').Any(word => IsCompound(word, sought.Replace(" ", "")));
    }

    /// <summary>With three letters more at least: else planes would be compounds of plan.</summary>
    private static bool IsCompound(string word, string part) => part.Length > ShortestStem && word.Length >= part.Length + ShortestStem
        && (word.StartsWith(part, StringComparison.Ordinal) || word.EndsWith(part, StringComparison.Ordinal));

    private static string StemOfWord(string word)
    {
        if (word.Length > ShortestStem + 1 && word.EndsWith("ies", StringComparison.Ordinal)) return word[..^3] + "y";
        if (word.Length > ShortestStem && word[^1] == 's' && word[^2] is not ('s' or 'u' or 'i')) word = word[..^1];
        // Buses and bus, boxes and box; and so that houses stays with house, that loses its e too.
        return word.Length > ShortestStem && Hissing.Any(ending => word.EndsWith(ending, StringComparison.Ordinal)) ? word[..^1] : word;
    }

    private static readonly string[] Hissing = ["che", "she", "se", "xe", "ze"];
}
