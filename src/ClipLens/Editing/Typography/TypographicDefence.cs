using ClipLens.Compute;
using ClipLens.Editing.Measuring;
using ClipLens.Editing.Searching;
using ClipLens.Editing.Units;
using ClipLens.Editing.Weights;
using ClipLens.Labels;
using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Editing.Typography;

/// <summary>What a wrong class's name on the images does to a model, before and after an edit.</summary>
/// <param name="Fooled">Images that are taken for the class whose name stands on them.</param>
/// <param name="Accuracy">Images with a name on them that are taken for what they are.</param>
public sealed record AttackEffect(PairedShare Fooled, PairedShare Accuracy);

/// <summary>
/// Looks for the heads and neurons that carry what is written on images to the output: those whose effect along (written class - true
/// class) flows from the patches with the text. Tried greedily under a bound on the accuracy on images without text.
/// </summary>
internal sealed class TypographicDefence : ISearchTrial, IDisposable
{
    private const int Draws = 5;
    private const double Scale = 100, LeastWeight = 0.05;
    private readonly ClipModel model;
    private readonly UnitMeans means;
    private readonly ZeroShotClassifier classifier;
    private readonly EditedTower edited;
    private readonly WorkOptions how;
    private readonly MeasuredImages images;
    private readonly TypographicAttack attack;
    private readonly SearchImages attacked, clean;
    private EditMean mean;

    /// <summary>Reads the images, with and without text.</summary>
    public TypographicDefence(string path, ClipModel model, UnitMeans means, ZeroShotClassifier classifier, MeasuredImages images,
        TypographicAttack attack, EditMean mean, WorkOptions how)
    {
        (this.model, this.means, this.classifier, this.how, this.images, this.attack, this.mean) =
            (model, means, classifier, how, images, attack, mean);
        attacked = Attacked(model, images, attack, how);
        clean = SearchImages.Read(model.Preprocessor, images.Entries, images.ApplyOrientation, "Reading images", how);
        edited = new EditedTower(path, means, model.Placement);
    }

    /// <summary>Images with words on them.</summary>
    public static SearchImages Attacked(ClipModel model, MeasuredImages images, TypographicAttack attack, WorkOptions how) =>
        SearchImages.Read(model.Preprocessor, images.Entries, images.ApplyOrientation, "Writing on images", how,
            (i, picture) => attack.Write(i, picture, model.Preprocessor));

    /// <summary>Measures an attack on two models.</summary>
    public static AttackEffect Measure(ClipModel before, ImageTower after, ZeroShotClassifier classifier, SearchImages attacked,
        MeasuredImages images, TypographicAttack attack, int resamples, ulong seed, string? sheet, WorkOptions how)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        int[] first = EditMeasurement.Predicted(attacked.Encode(before.Image, how), classifier.Weights),
            second = EditMeasurement.Predicted(attacked.Encode(after, how), classifier.Weights);
        if (sheet is not null) AttackSheet.Write(sheet, before.Preprocessor, images, attack, attacked.Indices, first, second);
        PairedShare Share(Func<int, int> truth) => PairedShare.From([.. first.Select((p, i) => p == truth(attacked.Indices[i]))],
            [.. second.Select((p, i) => p == truth(attacked.Indices[i]))], resamples, seed);
        return new(Share(i => attack.Words[i].Class), Share(i => images.Labels![i]));
    }

    /// <summary>Searches.</summary>
    public (SearchResult Result, UnitScores Attention) Search(SearchSettings settings, bool isMeanAsked)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var weights = classifier.Weights.t();
        long[] labels = [.. attacked.Indices.Select(i => (long)images.Labels![i])],
            written = [.. attacked.Indices.Select(i => (long)attack.Words[i].Class)];
        var directions = weights.index_select(0, tensor(written)) - weights.index_select(0, tensor(labels));
        var margins = (attacked.Encode(model.Image, how) * directions).sum(1) * Scale;
        double[] importance = [.. margins.sigmoid().data<float>().ToArray().Select(share => Math.Max(share, LeastWeight))];
        int grid = model.Config.Vision.Grid;
        var (shares, attention) = new UnitShares(model.Image, means).Sum(attacked, directions, importance,
            [.. attacked.Indices.Select(i => attack.Region(i, grid))], "Effects from the text", how);
        ModelUnit[] candidates = [.. shares.Ranked().Where(pair => pair.Score > 0).Select(pair => pair.Unit)];
        var (changes, steps) = EditSearch.Run(candidates, this, settings, Report(settings));
        return (new(changes, BestMean(changes, isMeanAsked), steps, steps.Count + (isMeanAsked ? 2 : 4), attacked.Indices.Count),
            attention);
    }

    public void Set(IReadOnlyList<UnitChange> changes) => edited.Set(new(changes, mean));

    /// <summary>How sure the model is, on average, that an image is not what is written on it, in percent.</summary>
    public double Score()
    {
        using var scope = NewDisposeScope();
        var sure = (attacked.Encode(edited.Tower, how).matmul(classifier.Weights) * Scale).softmax(1);
        var written = tensor(attacked.Indices.Select(i => (long)attack.Words[i].Class).ToArray()).unsqueeze(1);
        return 100 * (1 - sure.gather(1, written).mean().item<float>());
    }

    public double Accuracy()
    {
        using var scope = NewDisposeScope();
        int[] found = EditMeasurement.Predicted(clean.Encode(edited.Tower, how), classifier.Weights);
        return 100.0 * found.Where((p, i) => p == images.Labels![clean.Indices[i]]).Count() / found.Length;
    }

    /// <summary>Other choices of as many units, on other images.</summary>
    public static IReadOnlyList<EditBaseline> Baselines(SearchResult found, UnitScores attention, TypographicDefence report, ulong seed)
    {
        using var _ = no_grad();
        var random = new SeededRandom(seed + 1);
        var config = report.model.Config.Vision;
        report.mean = found.Mean;
        var draws = Enumerable.Range(0, Draws).Select(_ =>
        {
            report.Set(SearchSplit.RandomUnits(found.Changes, config, random));
            return (Fooled: report.Fooled(), Kept: report.Accuracy());
        }).ToList();
        int heads = Math.Max(1, Math.Min(found.Changes.Count(change => change.Unit.IsHead), config.Layers * config.Heads));
        report.Set([.. attention.Ranked(neurons: false).Take(heads).Select(pair => new UnitChange(pair.Unit))]);
        return
        [
            new("random neurons and heads", found.Changes.Count, draws.Average(draw => draw.Fooled), draws.Average(draw => draw.Kept)),
            new("heads that attend most to the text", heads, report.Fooled(), report.Accuracy()),
        ];
    }

    public void Dispose() => edited.Dispose();

    private double Fooled()
    {
        using var scope = NewDisposeScope();
        int[] found = EditMeasurement.Predicted(attacked.Encode(edited.Tower, how), classifier.Weights);
        return 100.0 * found.Where((p, i) => p == attack.Words[attacked.Indices[i]].Class).Count() / found.Length;
    }

    private EditMean BestMean(IReadOnlyList<UnitChange> changes, bool isMeanAsked)
    {
        if (isMeanAsked || changes.Count == 0) return mean;
        EditMean searched = mean;
        var tried = new[] { EditMean.ClassToken, EditMean.AllTokens }.Select(own =>
        {
            mean = own;
            Set(changes);
            return (Mean: own, Accuracy: Accuracy());
        }).ToList();
        // What was searched with keeps the bound; the other one must be better at what the bound is on.
        var best = tried.MaxBy(trial => trial.Accuracy);
        return mean = best.Accuracy > tried.First(trial => trial.Mean == searched).Accuracy ? best.Mean : searched;
    }

    private Action<SearchStep> Report(SearchSettings settings)
    {
        int done = 0;
        return _ => how.Progress?.Report(new("Trying edits", ++done, settings.Passes, 0));
    }
}
