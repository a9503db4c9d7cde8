using ClipLens.Statistics;

namespace ClipLens.Ablation;

/// <summary>What became of classification under one ablation; percentages of the images, with 95 % confidence intervals over
/// images.</summary>
/// <param name="Name">The ablation.</param>
/// <param name="Top1">Images whose class has the largest logit.</param>
/// <param name="Top1Interval">Its confidence interval.</param>
/// <param name="Difference">Top-1 less that of the baseline.</param>
/// <param name="DifferenceInterval">Its confidence interval, paired by image.</param>
/// <param name="Top5">Images whose class is among the five largest logits.</param>
/// <param name="Changed">Images whose predicted class is another than the model's.</param>
/// <param name="Cosine">Mean cosine of the representation with the model's.</param>
public sealed record AblationFigures(string Name, double Top1, Interval Top1Interval, double Difference, Interval DifferenceInterval,
    double Top5,
    double Changed, double Cosine);

/// <summary>The figures of a block, or of all blocks together.</summary>
/// <param name="Layer">The block; null for all together.</param>
/// <param name="Figures">By ablation, the baseline first.</param>
public sealed record SubjectFigures(int? Layer, IReadOnlyList<AblationFigures> Figures)
{
    /// <summary>The figures of an ablation.</summary>
    /// <param name="name">Its name, one of <see cref="AblationNames"/>.</param>
    /// <exception cref="InvalidOperationException">It was not done.</exception>
    public AblationFigures this[string name] => Figures.First(own => own.Name == name);
}

/// <summary>Accuracies with confidence intervals from the outcome of ablations.</summary>
internal static class AblationSummary
{
    /// <summary>Summarises blocks in their order, all together last if they were ablated so.</summary>
    /// <param name="outcome">The outcome.</param>
    /// <param name="resamples">Draws of the bootstrap.</param>
    /// <param name="seed">Their seed.</param>
    public static IReadOnlyList<SubjectFigures> Summarise(AblationOutcome outcome, int resamples = 2000, ulong seed = 0)
    {
        if (outcome.Indices.Count == 0) throw new ClipLensException("None of the labelled images could be read, so there is nothing to "
            + "evaluate; check the files.");
        var subjects = outcome.Layers.Select(layer => ((int?)layer.Layer, layer.Scores)).ToList();
        if (outcome.Joint is not null) subjects.Add((null, outcome.Joint));
        var changed = subjects.SelectMany(subject => subject.Scores.Values).ToList();
        float[] right = Right(outcome, outcome.Baseline);
        var columns = changed.Select(scores => Right(outcome, scores)).ToList();
        var differences = columns.Select(column => column.Zip(right, (a, b) => a - b).ToArray());
        var intervals = Bootstrap.OfMeans([right, .. columns, .. differences], resamples, seed);

        var baseline = Figures(outcome, AblationNames.Baseline, outcome.Baseline, intervals[0], new(0, 0));
        int next = 1;
        return [.. subjects.Select(subject => new SubjectFigures(subject.Item1, [baseline, .. subject.Scores.Select(pair =>
        {
            var own = Figures(outcome, pair.Key, pair.Value, intervals[next], intervals[next + changed.Count]);
            next++;
            return own;
        })]))];
    }

    /// <summary>Share of images, averaged over the neurons of a block, on which a neuron is significant, in percent.</summary>
    public static double SignificantShare(AblationOutcome outcome, LayerOutcome layer) =>
        100.0 * Enumerable.Range(0, layer.Neurons.Count).Sum(neuron => (long)layer.Neurons.SignificantImages(neuron).Count)
            / ((double)layer.Neurons.Count * outcome.Indices.Count);

    private static AblationFigures Figures(AblationOutcome outcome, string name, ImageScores scores, Interval right, Interval difference)
    {
        double Share(Func<int, bool> holds) => 100.0 * outcome.Indices.Count(holds) / outcome.Indices.Count;
        double top1 = Share(image => scores.Predicted[image] == outcome.Labels[image]);
        return new(name, top1, Percent(right), top1 - Share(image => outcome.Baseline.Predicted[image] == outcome.Labels[image]),
            Percent(difference),
            Share(image => scores.IsInTopFive[image]), Share(image => scores.Predicted[image] != outcome.Baseline.Predicted[image]),
            outcome.Indices.Average(image => scores.Cosine[image]));
    }

    private static float[] Right(AblationOutcome outcome, ImageScores scores) =>
        [.. outcome.Indices.Select(image => scores.Predicted[image] == outcome.Labels[image] ? 1f : 0f)];

    private static Interval Percent(Interval share) => new(100 * share.Low, 100 * share.High);
}
