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
    private readonly SearchedModel subject;
    private readonly EditedTower edited;
    private readonly MeasuredImages images;
    private readonly AttackedImages attacked;
    private readonly SearchImages clean;
    private EditMean mean;

    /// <summary>Reads the images, with and without text.</summary>
    public TypographicDefence(SearchedModel subject, MeasuredImages images, TypographicAttack attack, EditMean mean)
    {
        (this.subject, this.images, this.mean) = (subject, images, mean);
        attacked = AttackedImages.Read(subject.Model, images, attack, subject.How);
        clean = subject.Read(images);
        edited = subject.Edited();
    }

    /// <summary>Measures an attack on two models.</summary>
    /// <param name="before">The model before.</param>
    /// <param name="after">The tower after.</param>
    /// <param name="classifier">The classes.</param>
    /// <param name="attacked">The images with words on them.</param>
    /// <param name="draws">Draws of the bootstrap.</param>
    /// <param name="sheet">Where a contact sheet of them is drawn; none if null.</param>
    /// <param name="how">How it is run.</param>
    public static AttackEffect Measure(ClipModel before, ImageTower after, ZeroShotClassifier classifier, AttackedImages attacked,
        BootstrapDraws draws, string? sheet, WorkOptions how)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        int[] first = EditMeasurement.Predicted(attacked.Pictures.Encode(before.Image, how), classifier.Weights),
            second = EditMeasurement.Predicted(attacked.Pictures.Encode(after, how), classifier.Weights);
        if (sheet is not null) AttackSheet.Write(sheet, before.Preprocessor, attacked, first, second);
        PairedShare Share(IReadOnlyList<int> classes) => PairedShare.From([.. first.Select((found, i) => found == classes[i])],
            [.. second.Select((found, i) => found == classes[i])], draws);
        return new(Share(attacked.Written), Share(attacked.Labels));
    }

    /// <summary>Searches.</summary>
    public (SearchResult Result, UnitScores Attention) Search(SearchSettings settings, bool isMeanAsked)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var (model, how) = (subject.Model, subject.How);
        var weights = subject.Classifier.Weights.t();
        var directions = weights.index_select(0, Places(attacked.Written)) - weights.index_select(0, Places(attacked.Labels));
        var margins = (attacked.Pictures.Encode(model.Image, how) * directions).sum(1) * Scale;
        double[] importance = [.. margins.sigmoid().data<float>().ToArray().Select(share => Math.Max(share, LeastWeight))];
        int grid = model.Config.Vision.Grid;
        var (shares, attention) = new UnitShares(model.Image, subject.Means).Sum(attacked.Pictures, directions, importance,
            [.. attacked.Pictures.Indices.Select(i => attacked.Attack.Region(i, grid))], "Effects from the text", how);
        ModelUnit[] candidates = [.. shares.Ranked().Where(pair => pair.Score > 0).Select(pair => pair.Unit)];
        var (changes, steps) = EditSearch.Run(candidates, this, settings, Report(settings));
        return (new(changes, BestMean(changes, isMeanAsked), steps, steps.Count + (isMeanAsked ? 2 : 4), attacked.Labels.Count),
            attention);
    }

    public void Set(IReadOnlyList<UnitChange> changes) => edited.Set(new(changes, mean));

    /// <summary>How sure the model is, on average, that an image is not what is written on it, in percent.</summary>
    public double Score()
    {
        using var scope = NewDisposeScope();
        var sure = (attacked.Pictures.Encode(edited.Tower, subject.How).matmul(subject.Classifier.Weights) * Scale).softmax(1);
        return 100 * (1 - sure.gather(1, Places(attacked.Written).unsqueeze(1)).mean().item<float>());
    }

    public double Accuracy() => Taken(clean, i => images.Labels![clean.Indices[i]]);

    /// <summary>Other choices of as many units, on other images.</summary>
    public static IReadOnlyList<EditBaseline> Baselines(SearchResult found, UnitScores attention, TypographicDefence report, ulong seed)
    {
        using var _ = no_grad();
        var random = new SeededRandom(seed + 1);
        var config = report.subject.Model.Config.Vision;
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

    private double Fooled() => Taken(attacked.Pictures, i => attacked.Written[i]);

    /// <summary>Images that the edited model takes for a class, in percent.</summary>
    private double Taken(SearchImages pictures, Func<int, int> classOf)
    {
        using var scope = NewDisposeScope();
        int[] found = EditMeasurement.Predicted(pictures.Encode(edited.Tower, subject.How), subject.Classifier.Weights);
        return 100.0 * found.Where((own, i) => own == classOf(i)).Count() / found.Length;
    }

    private static Tensor Places(IReadOnlyList<int> classes) => tensor(classes.Select(own => (long)own).ToArray());

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
        return _ => subject.How.Progress?.Report(new("Trying edits", ++done, settings.Passes, 0));
    }
}
