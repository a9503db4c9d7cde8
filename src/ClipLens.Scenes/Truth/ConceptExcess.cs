using ClipLens.Scenes.Language;

namespace ClipLens.Scenes.Truth;

/// <summary>Whether what a text claims is really over-represented in some of the pictures of a set.</summary>
/// <param name="scenes">All pictures.</param>
/// <param name="texts">The texts.</param>
public sealed class ConceptExcess(IReadOnlyList<Scene> scenes, IReadOnlyList<Caption> texts)
{
    /// <summary>The chance, under drawing pictures blindly, below which a text counts as over-represented.</summary>
    public const double Significance = 0.01;

    private readonly bool[][] isTrue = [.. texts.Select(text => scenes.Select(text.Claims.IsTrueOf).ToArray())];
    private readonly double[] logFactorials = LogFactorials(scenes.Count);

    /// <summary>Number of pictures.</summary>
    public int Pictures => scenes.Count;

    /// <summary>Number of texts.</summary>
    public int Texts => texts.Count;

    /// <summary>Share of all pictures of which a text is true.</summary>
    public double BaseRate(int text) => (double)isTrue[text].Count(t => t) / scenes.Count;

    /// <summary>Share of the chosen pictures of which a text is true.</summary>
    public double Rate(int text, ReadOnlySpan<int> chosen) => (double)Hits(text, chosen) / chosen.Length;

    /// <summary>The chance to have as many pictures of which the text is true among as many drawn without looking: the upper tail of the
    /// hypergeometric distribution.</summary>
    public double Chance(int text, ReadOnlySpan<int> chosen)
    {
        int all = isTrue[text].Count(t => t), hits = Hits(text, chosen);
        double tail = 0;
        for (int k = hits; k <= Math.Min(all, chosen.Length); k++)
            if (chosen.Length - k <= scenes.Count - all)
                tail += Math.Exp(LogChoose(all, k) + LogChoose(scenes.Count - all, chosen.Length - k) - LogChoose(scenes.Count,
                chosen.Length));
        return Math.Min(1, tail);
    }

    /// <summary>Whether a text is over-represented among the chosen pictures.</summary>
    public bool IsOverRepresented(int text, ReadOnlySpan<int> chosen) => Chance(text, chosen) < Significance;

    private int Hits(int text, ReadOnlySpan<int> chosen)
    {
        int hits = 0;
        foreach (int picture in chosen) if (isTrue[text][picture]) hits++;
        return hits;
    }

    private double LogChoose(int n, int k) => logFactorials[n] - logFactorials[k] - logFactorials[n - k];

    private static double[] LogFactorials(int most)
    {
        var result = new double[most + 1];
        for (int i = 1; i <= most; i++) result[i] = result[i - 1] + Math.Log(i);
        return result;
    }
}
