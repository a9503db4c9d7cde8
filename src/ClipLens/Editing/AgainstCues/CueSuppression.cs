using ClipLens.Compute;
using ClipLens.Editing.Measuring;
using ClipLens.Editing.Searching;
using ClipLens.Editing.Units;
using ClipLens.Editing.Weights;
using ClipLens.Labels;
using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Editing.AgainstCues;

/// <summary>
/// Looks for the neurons and heads by which cues lead to wrong classes: on images where the cue and the class do not go together, those
/// that take from the margin of the true class over its strongest rival. Tried greedily under a bound on the accuracy on images with the
/// cue.
/// </summary>
internal sealed class CueSuppression : ISearchTrial, IDisposable
{
    private const int Draws = 5;
    private const double Scale = 100;
    private readonly SearchedModel subject;
    private readonly EditedTower edited;
    private readonly SearchImages images;
    private readonly int[] labels;
    private readonly int[] hard, easy;
    private readonly CueSight sight;
    private EditMean mean;
    private ExchangedScenes? scenes;
    private float[,]? sure;

    /// <summary>Reads the images and looks which show the cues.</summary>
    public CueSuppression(SearchedModel subject, MeasuredImages measured, IReadOnlyList<CuePair> pairs, EditMean mean)
    {
        (this.subject, this.mean) = (subject, mean);
        images = subject.Read(measured);
        labels = [.. images.Indices.Select(i => measured.Labels![i])];
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        sight = CueSight.Look(subject.Model, images.Encode(subject.Model.Image, subject.How), pairs, subject.Classifier.Classes,
            measured.Templates);
        sight.Texts.DetachFromDisposeScope();
        hard = [.. Enumerable.Range(0, labels.Length).Where(i => sight.IsHard(i, labels[i]))];
        easy = [.. Enumerable.Range(0, labels.Length).Where(i => sight.IsWith(i, labels[i]))];
        if (hard.Length == 0) throw new ClipLensException("No image shows a class without its cue, or the cue with another class, so "
            + "nothing can be learnt about it; give images that do.");
        if (easy.Length == 0) easy = [.. Enumerable.Range(0, labels.Length)];
        edited = subject.Edited();
    }

    /// <summary>The images that could be read.</summary>
    public SearchImages Images => images;

    /// <summary>Their classes.</summary>
    public IReadOnlyList<int> Labels => labels;

    /// <summary>The tower as it is edited now.</summary>
    public ImageTower Tower => edited.Tower;

    /// <summary>Puts the images' objects into other images' scenes too, for what is measured of an edit.</summary>
    /// <param name="times">Scenes of an object.</param>
    /// <param name="seed">Seed of which.</param>
    public void ExchangeScenes(int times, ulong seed) =>
        scenes = SceneExchange.Make(subject.Model, images, labels, subject.Classifier, times, seed, subject.How);

    /// <summary>What an edit does to the accuracy on exchanged scenes; null without such.</summary>
    public PairedShare? MeasureScenes(SearchResult found, BootstrapDraws draws)
    {
        using var _ = no_grad();
        mean = found.Mean;
        Set(found.Changes);
        return scenes?.Compare(subject.Model.Image, edited.Tower, draws, subject.How);
    }

    /// <summary>Measures two models on images with and without the cues: all together first, then class by class.</summary>
    public static IReadOnlyList<CueChange> Measure(ClipModel before, ImageTower after, ZeroShotClassifier classifier,
        MeasuredImages measured, IReadOnlyList<CuePair> pairs, BootstrapDraws draws, WorkOptions how)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var images = SearchImages.Read(before.Preprocessor, measured.Entries, measured.ApplyOrientation, "Reading images", how);
        int[] labels = [.. images.Indices.Select(i => measured.Labels![i])];
        var unit = images.Encode(before.Image, how);
        var sight = CueSight.Look(before, unit, pairs, classifier.Classes, measured.Templates);
        int[] first = EditMeasurement.Predicted(unit, classifier.Weights),
            second = EditMeasurement.Predicted(images.Encode(after, how), classifier.Weights);
        CueChange Change(string? name, IReadOnlyList<string> cues, int[] own)
        {
            var all = Enumerable.Range(0, labels.Length);
            PairedShare Right(Func<int, bool> holds) => Share([.. all.Where(holds)], i => first[i] == labels[i], i =>
                second[i] == labels[i]);
            int ClassOf(int k) => sight.Classes[k].Label;
            return new(name, cues, Right(i => own.Any(k => labels[i] == ClassOf(k) && sight.Shows[k][i])),
                Right(i => own.Any(k => labels[i] == ClassOf(k)) && own.All(k => labels[i] != ClassOf(k) || !sight.Shows[k][i])),
                Share([.. all.Where(i => own.Any(k => labels[i] != ClassOf(k) && sight.Shows[k][i]))],
                    i => own.Any(k => first[i] == ClassOf(k) && labels[i] != ClassOf(k) && sight.Shows[k][i]),
                    i => own.Any(k => second[i] == ClassOf(k) && labels[i] != ClassOf(k) && sight.Shows[k][i])));
        }
        PairedShare Share(int[] own, Func<int, bool> a, Func<int, bool> b) =>
            PairedShare.From([.. own.Select(a)], [.. own.Select(b)], draws);
        return [Change(null, [.. sight.Classes.SelectMany(pair => pair.Cues).Distinct()], [.. Enumerable.Range(0, sight.Classes.Count)]),
            .. sight.Classes.Select((pair, k) => Change(classifier.Classes[pair.Label], pair.Cues, [k]))];
    }

    /// <summary>Searches; where no mean was asked for, with the class token's, and then takes the one with which the accuracy that is to
    /// be kept is higher.</summary>
    public SearchResult Search(SearchSettings settings, bool isMeanAsked)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var (model, classifier, how) = (subject.Model, subject.Classifier, subject.How);
        var weights = classifier.Weights.t();
        var own = tensor(labels.Select(label => (long)label).ToArray());
        var logits = images.Encode(model.Image, how).matmul(classifier.Weights) * Scale;
        var unsure = 1 - logits.softmax(1).gather(1, own.unsqueeze(1)).squeeze(1);
        var rivals = (logits - nn.functional.one_hot(own, classifier.Classes.Count) * 1e6).argmax(1);
        var directions = weights.index_select(0, rivals) - weights.index_select(0, own);
        float[] doubt = unsure.data<float>().ToArray();
        double[] importance = new double[labels.Length];
        foreach (int i in hard) importance[i] = doubt[i];
        var (shares, _) = new UnitShares(model.Image, subject.Means)
            .Sum(images, directions, importance, null, "Effects on the margin", how);
        ModelUnit[] candidates = [.. shares.Ranked().Where(pair => pair.Score > 0).Select(pair => pair.Unit)];
        int done = 0;
        var (changes, steps) = EditSearch.Run(candidates, this, settings,
            _ => how.Progress?.Report(new("Trying edits", ++done, settings.Passes, 0)));
        bool isTried = !isMeanAsked && changes.Count > 0;
        if (isTried) mean = BetterMean(changes);
        return new(changes, mean, steps, steps.Count + (isTried ? 4 : 2), labels.Length);
    }

    public void Set(IReadOnlyList<UnitChange> changes)
    {
        edited.Set(new(changes, mean));
        sure = null;
    }

    /// <summary>How sure the model is, on average, of the true class where the cue may mislead, in percent.</summary>
    public double Score()
    {
        Pass();
        return 100 * hard.Average(i => sure![i, 0]);
    }

    /// <summary>Accuracy where class and cue go together.</summary>
    public double Accuracy()
    {
        Pass();
        return 100.0 * easy.Count(i => sure![i, 1] > 0) / easy.Length;
    }

    /// <summary>Other ways: as many units drawn at random, the most active neurons, and what the cues' texts say taken out of the
    /// representation. Accuracy on the images that cues may mislead on, and on those with their cue.</summary>
    public IReadOnlyList<EditBaseline> Baselines(SearchResult found, ulong seed)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var (model, classifier) = (subject.Model, subject.Classifier);
        var random = new SeededRandom(seed + 1);
        mean = found.Mean;
        var draws = Enumerable.Range(0, Draws).Select(_ =>
        {
            Set(SearchSplit.RandomUnits(found.Changes, model.Config.Vision, random));
            return (Right: Right(), Kept: Accuracy(), Scenes: Scenes());
        }).ToList();
        var result = new List<EditBaseline>
        {
            new("random neurons and heads", found.Changes.Count, draws.Average(draw => draw.Right), draws.Average(draw => draw.Kept),
                draws.Average(draw => draw.Scenes)),
        };
        Set(MostActive(found));
        result.Add(new("neurons that are most active", found.Changes.Count(change => !change.Unit.IsHead), Right(), Accuracy(), Scenes()));
        Tensor unit = images.Encode(model.Image, subject.How), exchanged = scenes?.Images.Encode(model.Image, subject.How) ?? empty(0);
        foreach (var (name, own) in new[] { ("all cues' texts projected out of the output", false),
            ("each class's own cue taken out of its text", true) })
        {
            var weights = own ? sight.WithoutOwnCues(classifier.Weights) : sight.WithoutCues(classifier.Weights);
            int[] taken = EditMeasurement.Predicted(unit, weights);
            double Share(int[] among) => 100.0 * among.Count(i => taken[i] == labels[i]) / among.Length;
            result.Add(new(name, 0, Share(hard), Share(easy), scenes?.Accuracy(exchanged, weights)));
        }
        return result;
    }

    private EditMean BetterMean(IReadOnlyList<UnitChange> changes)
    {
        double Kept(EditMean own)
        {
            mean = own;
            Set(changes);
            return Accuracy();
        }
        return Kept(EditMean.AllTokens) > Kept(EditMean.ClassToken) ? EditMean.AllTokens : EditMean.ClassToken;
    }

    private List<UnitChange> MostActive(SearchResult found)
    {
        var config = subject.Model.Config.Vision;
        UnitChange[] changes = [.. found.Changes.Where(change => !change.Unit.IsHead)];
        return [.. Enumerable.Range(0, config.Layers).SelectMany(layer => subject.Means[layer].NeuronsAtClass
                .Select((value, n) => (Unit: new ModelUnit(layer, n), Activity: Math.Abs(value))))
            .OrderByDescending(pair => pair.Activity).Take(changes.Length).Zip(changes, (pair, change) =>
                new UnitChange(pair.Unit, change.Factor))];
    }

    public void Dispose()
    {
        sight.Texts.Dispose();
        edited.Dispose();
    }

    private double? Scenes() => scenes?.Accuracy(edited.Tower, subject.How);

    private double Right()
    {
        Pass();
        return 100.0 * hard.Count(i => sure![i, 1] > 0) / hard.Length;
    }

    /// <summary>Passes the images once for an edit: how sure the model is of the true class, and whether it takes it.</summary>
    private void Pass()
    {
        if (sure is not null) return;
        using var scope = NewDisposeScope();
        var logits = images.Encode(edited.Tower, subject.How).matmul(subject.Classifier.Weights) * Scale;
        var own = tensor(labels.Select(label => (long)label).ToArray());
        float[] share = logits.softmax(1).gather(1, own.unsqueeze(1)).squeeze(1).data<float>().ToArray();
        long[] taken = logits.argmax(1).data<long>().ToArray();
        var found = new float[labels.Length, 2];
        for (int i = 0; i < labels.Length; i++) (found[i, 0], found[i, 1]) = (share[i], taken[i] == labels[i] ? 1 : 0);
        sure = found;
    }
}
