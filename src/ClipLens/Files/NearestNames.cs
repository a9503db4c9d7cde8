namespace ClipLens.Files;

/// <summary>What someone meant who misspelt a name.</summary>
public static class NearestNames
{
    private const int MostLetters = 3;

    /// <summary>The names that differ from a word in few letters: at most a third of them, capitals aside.</summary>
    /// <param name="word">What was written.</param>
    /// <param name="names">The names there are.</param>
    /// <param name="count">The most to return.</param>
    /// <param name="mostLetters">The most letters that may differ, whatever the length.</param>
    /// <returns>The nearest first.</returns>
    public static IReadOnlyList<string> Find(string word, IEnumerable<string> names, int count = 1, int mostLetters = MostLetters)
    {
        ArgumentNullException.ThrowIfNull(word);
        int limit = Math.Min(mostLetters, (word.Length + 1) / 3);
        var near = names.Distinct(StringComparer.Ordinal).Select(name => (Name: name, Letters: Distance(word, name)))
            .Where(pair => pair.Letters <= limit).OrderBy(pair => pair.Letters).Take(count).ToList();
        // Beside a name that is nearly the same, those that differ in many letters were hardly meant.
        return [.. near.Where(pair => pair.Letters <= near[0].Letters + 1).Select(pair => pair.Name)];
    }

    /// <summary>Letters to change, add, leave out or exchange with the next (Damerau and Levenshtein).</summary>
    private static int Distance(string a, string b)
    {
        int[,] steps = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    steps[i, j] = i + j;
                    continue;
                }
                int changed = steps[i - 1, j - 1] + (Same(a[i - 1], b[j - 1]) ? 0 : 1);
                steps[i, j] = Math.Min(Math.Min(steps[i - 1, j], steps[i, j - 1]) + 1, changed);
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
                    steps[i, j] = Math.Min(steps[i, j], steps[i - 2, j - 2] + 1);
            }
        return steps[a.Length, b.Length];
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
