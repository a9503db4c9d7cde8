using ClipLens.Compute;
using ClipLens.Statistics;
using static TorchSharp.torch;

namespace ClipLens.Texts;

/// <summary>Goes through texts in order and keeps those that name none of some classes and say nothing that an earlier one has
/// said.</summary>
internal sealed class SynonymFilter
{
    private const int Sample = 500;
    private const double SamePairs = 0.999;
    private readonly SentenceEncoder encoder;
    private readonly IReadOnlyList<string> drop;

    /// <param name="encoder">Measures sentence similarity.</param>
    /// <param name="cosine">The similarity from which two texts say the same; taken from the pool if null.</param>
    /// <param name="pool">The texts from whose pairs the similarity is taken if none is given.</param>
    /// <param name="drop">Words that are never kept.</param>
    public SynonymFilter(SentenceEncoder encoder, float? cosine, IReadOnlyList<string> pool, IReadOnlyList<string> drop)
    {
        (this.encoder, this.drop) = (encoder, drop);
        Cosine = cosine ?? Calibrate(pool);
    }

    /// <summary>The similarity from which two texts say the same.</summary>
    public float Cosine { get; }

    /// <summary>Sorts texts into those to keep, at most <paramref name="count"/>, and those dropped on the way.</summary>
    /// <param name="texts">The texts, the best first.</param>
    /// <param name="classes">Class names that no text may say.</param>
    /// <param name="count">How many to keep.</param>
    /// <returns>Places in <paramref name="texts"/>, in order; the dropped ones with the reason and the kept text that says the same, if
    /// that is it.</returns>
    public (IReadOnlyList<int> Kept, IReadOnlyList<(int Text, string Reason, int? Same)> Dropped) Sift(IReadOnlyList<string> texts,
        IReadOnlyList<string> classes, int count)
    {
        if (texts.Count == 0) return ([], []);
        float[] cosines = Cosines([.. classes, .. texts]);
        int all = classes.Count + texts.Count;
        var kept = new List<int>();
        var dropped = new List<(int, string, int?)>();
        for (int i = 0; i < texts.Count && kept.Count < count; i++)
        {
            if (Reason(i) is { } reason) dropped.Add((i, reason.Text, reason.Same));
            else kept.Add(i);
        }
        return (kept, dropped);

        float Similarity(int text, int other) => cosines[(classes.Count + text) * all + other];

        (string Text, int? Same)? Reason(int i)
        {
            if (drop.FirstOrDefault(word => WordForms.Stem(word) == WordForms.Stem(texts[i])) is { } word) return (
                $"it is in the list of words to drop ({word})", null);
            if (classes.FirstOrDefault(name => WordForms.Names(texts[i], name)) is { } named) return ($"it names the class {named}", null);
            for (int c = 0; c < classes.Count; c++)
                if (Similarity(i, c) >= Cosine) return ($"it means the same as the class {classes[c]} {Shown(Similarity(i, c))}", null);
            foreach (int earlier in kept)
            {
                if (WordForms.Stem(texts[earlier]) == WordForms.Stem(texts[i])) return ($"it is another form of {texts[earlier]}", earlier);
                float similarity = Similarity(i, classes.Count + earlier);
                if (similarity >= Cosine) return ($"it means the same as {texts[earlier]} {Shown(similarity)}", earlier);
            }
            return null;
        }
    }

    /// <summary>The similarity that one in a thousand pairs of texts reach: few pairs of a pool mean the same.</summary>
    private float Calibrate(IReadOnlyList<string> pool)
    {
        int[] chosen = new SeededRandom(0).Choose(pool.Count, Sample);
        float[] cosines = Cosines([.. chosen.Select(text => pool[text])]);
        int count = chosen.Length;
        return (float)Quantiles.OfSorted([.. Enumerable.Range(0, count)
            .SelectMany(i => Enumerable.Range(0, i).Select(j => (double)cosines[i * count + j])).Order()], SamePairs);
    }

    private float[] Cosines(IReadOnlyList<string> texts)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var unit = nn.functional.normalize(encoder(texts).to(ScalarType.Float32), 2, -1);
        return unit.matmul(unit.t()).contiguous().Floats().ToArray();
    }

    private static string Shown(float similarity) => FormattableString.Invariant($"(similarity {similarity:0.00})");
}
