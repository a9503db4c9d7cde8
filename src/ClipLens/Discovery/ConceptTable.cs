using ClipLens.Texts;

namespace ClipLens.Discovery;

/// <summary>A concept of a folder of images.</summary>
/// <param name="Text">The text.</param>
/// <param name="Images">Images among whose concepts it is, in any form.</param>
/// <param name="MeanScore">Its mean score on these.</param>
/// <param name="Best">The image where it scores highest.</param>
public sealed record ConceptCount(string Text, int Images, float MeanScore, string Best);

/// <summary>Concepts over several images.</summary>
public static class ConceptTable
{
    /// <summary>Counts concepts; forms of one word, and texts that said the same in some image, are counted together.</summary>
    /// <returns>The concepts of most images first.</returns>
    public static IReadOnlyList<ConceptCount> Count(IReadOnlyList<ImageConcepts> pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        var leaders = Leaders(pictures);
        return [.. pictures.SelectMany(picture =>
            picture.Concepts.Select(concept => (picture.Image, Concept: concept, Key: leaders[WordForms.Stem(concept.Text)])))
            .GroupBy(row => row.Key).Select(group => new ConceptCount(
                group.GroupBy(row => row.Concept.Text).OrderByDescending(forms => forms.Count())
                .ThenBy(forms => forms.Key, StringComparer.Ordinal).First().Key,
                group.Select(row => row.Image).Distinct().Count(), group.Average(row => row.Concept.Score),
                group.MaxBy(row => row.Concept.Score).Image))
            .OrderByDescending(count => count.Images).ThenByDescending(count => count.MeanScore)
            .ThenBy(count => count.Text, StringComparer.Ordinal)];
    }

    /// <summary>For every form the form that stands for it: from the most frequent on, each takes those that say the same and have none
    /// yet, so that no chains arise.</summary>
    private static Dictionary<string, string> Leaders(IReadOnlyList<ImageConcepts> pictures)
    {
        var byForm = pictures.SelectMany(picture => picture.Concepts).ToLookup(concept => WordForms.Stem(concept.Text));
        var said = pictures.SelectMany(picture => picture.Concepts).SelectMany(concept =>
            concept.Same.Select(same => (A: WordForms.Stem(concept.Text), B: WordForms.Stem(same))))
            .SelectMany(pair => new[] { pair, (A: pair.B, B: pair.A) }).Where(pair => byForm.Contains(pair.A) && byForm.Contains(pair.B))
            .ToLookup(pair => pair.A, pair => pair.B);
        var leaders = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string form in byForm.OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => group.Key))
        {
            if (!leaders.TryAdd(form, form)) continue;
            foreach (string same in said[form]) leaders.TryAdd(same, form);
        }
        return leaders;
    }
}
