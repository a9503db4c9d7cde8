using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Texts;
using static TorchSharp.torch;

namespace ClipLens.Editing.AgainstCues;

/// <summary>Which images show the cues of which classes.</summary>
/// <param name="Classes">The classes with cues, by label.</param>
/// <param name="Shows">By class with cues: whether an image shows one of them.</param>
/// <param name="Names">The cues, k of them.</param>
/// <param name="Texts">Their unit embeddings: [k, d].</param>
internal sealed record CueSight(IReadOnlyList<(int Label, IReadOnlyList<string> Cues)> Classes, IReadOnlyList<bool[]> Shows,
    IReadOnlyList<string> Names, Tensor Texts)
{
    private const double LeastSingular = 1e-3;

    /// <summary>Classes' texts [d, C] less all that the cues' texts, less their mean, span: as if that was projected out of the
    /// output.</summary>
    public Tensor WithoutCues(Tensor classes)
    {
        var basis = Basis(Centred);
        return classes - basis.t().matmul(basis.matmul(classes));
    }

    /// <summary>Classes' texts [d, C], each less what the texts of its own cues, less the mean of all, span.</summary>
    public Tensor WithoutOwnCues(Tensor classes)
    {
        var result = classes.clone();
        var centred = Centred;
        foreach (var (label, cues) in Classes)
        {
            var basis = Basis(centred.index_select(0, tensor(cues.Select(cue => (long)Names.ToList().IndexOf(cue)).ToArray())));
            var own = classes.select(1, label);
            result.select(1, label).copy_(own - basis.t().mv(basis.mv(own)));
        }
        return result;
    }

    private Tensor Centred => Names.Count > 1 ? Texts - Texts.mean([0], keepdim: true) : Texts;

    private static Tensor Basis(Tensor rows)
    {
        var (_, values, vectors) = linalg.svd(rows, fullMatrices: false);
        int rank = values.data<float>().ToArray().Count(value => value > LeastSingular);
        return vectors.narrow(0, 0, Math.Max(1, rank));
    }

    /// <summary>Images of a class with cues that show one.</summary>
    public bool IsWith(int image, int label) => Enumerable.Range(0, Classes.Count).Any(k => Classes[k].Label == label && Shows[k][image]);

    /// <summary>Images in which a cue is absent from its class, or present with another one: those that it may mislead on.</summary>
    public bool IsHard(int image, int label) => Enumerable.Range(0, Classes.Count).Any(k => (Classes[k].Label == label) != Shows[k][image]);

    /// <summary>
    /// Says by the model itself which images show a cue: the similarities to its text fall into two groups, cut where the variance within
    /// them is least (Otsu, 1979).
    /// </summary>
    /// <exception cref="ClipLensException">A pair is of no class that there is.</exception>
    public static CueSight Look(ClipModel model, Tensor unit, IReadOnlyList<CuePair> pairs, IReadOnlyList<string> classes,
        IReadOnlyList<string>? templates)
    {
        using var scope = NewDisposeScope();
        var groups = pairs.GroupBy(pair => LabelOf(pair, classes)).Select(group => (group.Key,
            Cues: (IReadOnlyList<string>)[.. group.Select(pair => pair.Cue).Distinct()])).ToList();
        string[] texts = [.. groups.SelectMany(group => group.Cues).Distinct()];
        var embedded = ClassDirections.Embed(model, texts, templates);
        var along = unit.matmul(embedded.t()).t().contiguous();
        var shown = texts.Select((text, k) => (text, Cut(along[k].data<float>().ToArray()))).ToDictionary(pair => pair.text, pair =>
            pair.Item2);
        return new([.. groups.Select(group => (group.Key, group.Cues))],
            [.. groups.Select(group => Enumerable.Range(0, (int)unit.shape[0]).Select(i => group.Cues.Any(cue => shown[cue][i]))
                .ToArray())], texts, embedded.MoveToOuterDisposeScope());
    }

    private static int LabelOf(CuePair pair, IReadOnlyList<string> classes)
    {
        for (int label = 0; label < classes.Count; label++)
            if (classes[label].Split(',').Any(name => WordForms.Stem(name.Trim()) == WordForms.Stem(pair.Class))) return label;
        throw new ClipLensException($"There is no class '{pair.Class}'; name one of the classes, such as {classes[0]}.");
    }

    private static bool[] Cut(float[] values)
    {
        double[] sorted = [.. values.Select(value => (double)value).Order()];
        double all = sorted.Sum(), below = 0, best = double.NegativeInfinity, cut = sorted[^1];
        for (int i = 0; i + 1 < sorted.Length; i++)
        {
            below += sorted[i];
            double first = below / (i + 1), second = (all - below) / (sorted.Length - i - 1);
            double between = (double)(i + 1) * (sorted.Length - i - 1) * (first - second) * (first - second);
            if (between > best) (best, cut) = (between, (sorted[i] + sorted[i + 1]) / 2);
        }
        return [.. values.Select(value => value > cut)];
    }
}
