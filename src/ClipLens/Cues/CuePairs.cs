using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Texts;
using static TorchSharp.torch;

namespace ClipLens.Cues;

/// <summary>A pair of classes and the text that leads furthest from one to the other.</summary>
/// <param name="True">The class that speaks most against the text.</param>
/// <param name="Fooled">The class that speaks most for it, of those that it does not name.</param>
/// <param name="Text">The text.</param>
/// <param name="TextIndex">Its place in the pool.</param>
/// <param name="Score">What it says for the one class less for the other, in standard deviations of what it says of images.</param>
public sealed record PairCue(string True, string Fooled, string Text, int TextIndex, float Score);

/// <summary>How all pairs of a list of classes are scanned.</summary>
public sealed record CuePairSettings
{
    /// <summary>Pairs to list.</summary>
    public int Count { get; init; } = 25;

    /// <summary>As in <see cref="CueSettings"/>.</summary>
    public float? SynonymCosine { get; init; }

    /// <summary>As in <see cref="CueSettings"/>.</summary>
    public SentenceEncoder? Encoder { get; init; }

    /// <summary>Words that are never cues, in any form.</summary>
    public IReadOnlyList<string> Drop { get; init; } = [];

    /// <summary>Templates of the class texts; the default ones if null.</summary>
    public IReadOnlyList<string>? Templates { get; init; }

    /// <summary>Images that the model has seen, by which names of a class are told from signs of it: a sign is to be seen without the
    /// class. Every text may be a sign if null.</summary>
    public SeenImages? Seen { get; init; }

    /// <summary>Of these images, how many must show the text beyond doubt and seem to show neither class.</summary>
    public int LeastShown { get; init; } = 3;
}

/// <summary>
/// Scans every pair of a list of classes in weight space, without a picture: with w_c the zero-shot weight of class c, a text t has for it
/// the score &lt;w_c, t - tbar&gt; / sd_t, and what matters is the score of one class less the least over the classes. The strongest are
/// listed, every fooled class once. (After WASP, where the classes' weights are learnt.)
/// </summary>
public static class CuePairs
{
    /// <summary>Classes looked at for a text: it may name the first ones.</summary>
    private const int Tried = 4, Chunk = 4096, LeastClasses = 2;

    /// <summary>Scans the pairs.</summary>
    /// <param name="model">The model.</param>
    /// <param name="pool">The texts, M of them.</param>
    /// <param name="embeddings">Their embeddings, of any length: [M, d].</param>
    /// <param name="classes">Names of the classes.</param>
    /// <param name="covariance">Covariance of the representations of images [d, d], from which the deviation of a text is taken; all texts
    /// alike if null.</param>
    /// <param name="settings">How.</param>
    /// <param name="cancellation">Stops between texts.</param>
    /// <exception cref="ClipLensException">There are fewer than two classes.</exception>
    public static IReadOnlyList<PairCue> Scan(ClipModel model, IReadOnlyList<string> pool, Tensor embeddings, IReadOnlyList<string> classes,
        Tensor? covariance = null, CuePairSettings? settings = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(embeddings);
        ArgumentNullException.ThrowIfNull(classes);
        settings ??= new();
        if (classes.Count < LeastClasses) throw new ClipLensException("Pairs of classes need at least two classes; give a list of them.");
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var weights = ClassDirections.Embed(model, classes, settings.Templates).t().contiguous();
        var unit = nn.functional.normalize(embeddings, 2, -1);
        var texts = unit - unit.mean([0L], keepdim: true);
        if (covariance is not null)
        {
            var own = covariance.to(ScalarType.Float32);
            texts = texts / texts.matmul(own).mul(texts).sum([1L], keepdim: true).clamp_min(1e-20).sqrt();
        }
        var found = new List<PairCue>();
        for (int first = 0; first < pool.Count; first += Chunk)
        {
            cancellation.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var scores = texts.narrow(0, first, Math.Min(Chunk, pool.Count - first)).matmul(weights);
            var (best, places) = scores.topk(Math.Min(Tried, classes.Count - 1));
            var (least, against) = scores.min(1);
            int tried = (int)places.shape[1];
            float[] high = best.contiguous().data<float>().ToArray(), low = least.contiguous().data<float>().ToArray();
            long[] to = places.contiguous().data<long>().ToArray(), from = against.contiguous().data<long>().ToArray();
            for (int i = 0; i < low.Length; i++)
                for (int k = 0; k < tried; k++)
                    found.Add(new(classes[(int)from[i]], classes[(int)to[i * tried + k]], pool[first + i], first + i,
                        high[i * tried + k] - low[i]));
        }
        var shown = settings.Seen is { } seen ? new ShownTexts(seen, unit, classes, weights.t()) : null;
        return Sifted(model, embeddings, pool, found, settings, shown);
    }

    /// <summary>The strongest pairs whose text names neither class, every fooled class and every text once.</summary>
    private static List<PairCue> Sifted(ClipModel model, Tensor embeddings, IReadOnlyList<string> pool, List<PairCue> found,
        CuePairSettings settings, ShownTexts? shown)
    {
        var filter = new SynonymFilter(settings.Encoder ?? SentenceEncoders.OfTextTower(model, embeddings), settings.SynonymCosine, pool,
            settings.Drop);
        var (kept, fooled, used) = (new List<PairCue>(), new HashSet<string>(), new HashSet<int>());
        foreach (var pair in found.OrderByDescending(pair => pair.Score).ThenBy(pair => pair.TextIndex))
        {
            if (kept.Count == settings.Count) break;
            // "Assault" is a part of the assault rifle's name, not a sign of one.
            string stem = WordForms.Stem(pair.Text);
            if ($"{pair.True} {pair.Fooled}".Split(' ').Any(word => WordForms.Stem(word) == stem)) continue;
            if (fooled.Contains(pair.Fooled) || used.Contains(pair.TextIndex) || pair.True == pair.Fooled
                || shown?.Alone(pair) < settings.LeastShown
                || filter.Sift([pair.Text], [pair.Fooled, pair.True], 1).Kept.Count == 0) continue;
            kept.Add(pair);
            fooled.Add(pair.Fooled);
            used.Add(pair.TextIndex);
        }
        return kept;
    }
}
