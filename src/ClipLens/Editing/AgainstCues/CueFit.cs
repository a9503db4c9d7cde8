using ClipLens.Editing.Measuring;
using ClipLens.Editing.Searching;
using ClipLens.Editing.Units;
using static TorchSharp.torch;

namespace ClipLens.Editing.AgainstCues;

/// <summary>
/// Fits factors with which images are taken for what they are whatever their scene: on one part of the images, as they are and with
/// exchanged scenes. Of the edits along the way the one is kept that does best on the rest, with exchanged scenes too, under a bound on the
/// accuracy where class and cue go together.
/// </summary>
internal sealed class CueFit : ISearchTrial, IDisposable
{
    /// <summary>Scenes that an image is put into.</summary>
    private const int Times = 2;

    private const int Edits = 6, Every = 15, UnitsTold = 20;
    private const double FittedOn = 0.75;
    private readonly SearchedModel subject;
    private readonly MeasuredImages fitted;
    private readonly EditMean mean;
    private readonly CueSuppression rest;
    private readonly ExchangedScenes exchanged;
    private readonly ulong seed;

    /// <summary>Reads the images, looks which show the cues, and exchanges the scenes of those that the edits are chosen on.</summary>
    public CueFit(SearchedModel subject, MeasuredImages images, IReadOnlyList<CuePair> pairs, EditMean mean, ulong seed)
    {
        (this.subject, this.mean, this.seed) = (subject, mean, seed);
        var (first, second) = SearchSplit.Cut(images.Entries.Count, FittedOn, seed + 1);
        fitted = images.Only(first);
        rest = new CueSuppression(subject, images.Only(second), pairs, mean);
        exchanged = SceneExchange.Make(subject.Model, rest.Images, rest.Labels, subject.Classifier, Times, seed + 2, subject.How);
    }

    /// <summary>Fits.</summary>
    public SearchResult Run(SearchSettings settings)
    {
        using var _ = no_grad();
        var (model, classifier, how) = (subject.Model, subject.Classifier, subject.How);
        var images = subject.Read(fitted);
        int[] labels = [.. images.Indices.Select(i => fitted.Labels![i])];
        var others = SceneExchange.Make(model, images, labels, classifier, Times, seed + 3, how);
        using var fit = new FactorFit(model.Image, subject.Means, mean, classifier);
        Set([]);
        var (best, accuracy) = (Score(), Accuracy());
        IReadOnlyList<UnitChange> chosen = [];
        var steps = new List<SearchStep>();
        foreach (var edit in fit.Run([images, others.Images], [.. labels, .. others.Images.Indices.Select(i => labels[i])], Edits, Every,
            settings.Most, seed + 4, how))
        {
            UnitChange[] own = [.. edit.OrderByDescending(change => Math.Abs(change.Factor - 1))];
            Set(own);
            var (score, lost) = (Score(), accuracy - Accuracy());
            bool isTaken = score > best && lost <= settings.AtMost + 1e-9;
            steps.Add(new([.. own.Take(UnitsTold).Select(change => change.Unit)], score, lost, isTaken));
            if (isTaken) (best, chosen) = (score, own);
        }
        // Objects and cues are looked for in a pass each; the streams are of the images and of those made of them; a step is a part of a
        // pass; every edit is tried on images and those made of them.
        int runs = settings.Most is null ? 1 : 2;
        int descents = (int)Math.Ceiling((double)runs * Edits * Every * FactorFit.Batch / labels.Length);
        return new(chosen, mean, steps, 2 + 1 + Times + descents + (steps.Count + 1) * (1 + Times), labels.Length + rest.Labels.Count);
    }

    public void Set(IReadOnlyList<UnitChange> changes) => rest.Set(changes);

    /// <summary>Images with exchanged scenes that are taken for what they are, in percent.</summary>
    public double Score() => exchanged.Accuracy(rest.Tower, subject.How);

    public double Accuracy() => rest.Accuracy();

    public void Dispose() => rest.Dispose();
}
