using ClipLens.Statistics;

namespace ClipLens.Segmentation.Scores;

/// <summary>How well classes that are in an image can be told from classes that are not.</summary>
/// <param name="Auroc">The chance that a class of an image has the larger presence than a class that is in another one only; NaN if
/// there is one class alone.</param>
/// <param name="FoundPercent">Of the classes that are there, how many seem to be there.</param>
/// <param name="MissedPercent">Of the classes that are not there, how many seem not to be.</param>
/// <param name="PerClass">The same area by class: images with it against images without it.</param>
public sealed record PresenceFigures(double Auroc, double FoundPercent, double MissedPercent, IReadOnlyDictionary<string, double> PerClass)
{
    /// <summary>The figures of presences.</summary>
    /// <param name="samples">The images; those with the same id are the same image.</param>
    /// <param name="classes">C class names.</param>
    /// <param name="presences">For every sample the presence of every class.</param>
    internal static PresenceFigures Measure(IReadOnlyList<SegmentationSample> samples, IReadOnlyList<string> classes,
        IReadOnlyList<float[]> presences)
    {
        var inPicture = samples.ToLookup(sample => sample.Id, sample => sample.Class);
        int[] photographs = [.. Enumerable.Range(0, samples.Count).DistinctBy(i => samples[i].Id)];
        bool[][] isThere = [.. photographs.Select(i => classes.Select(name => inPicture[samples[i].Id].Contains(name)).ToArray())];
        float[] all = [.. photographs.SelectMany(i => presences[i])];
        bool[] labels = [.. isThere.SelectMany(row => row)];
        var perClass = classes.Select((name, c) =>
            (name, Area([.. photographs.Select(i => presences[i][c])], [.. isThere.Select(row => row[c])])));
        return new(Area(all, labels), Share(true), Share(false), perClass.ToDictionary(pair => pair.name, pair => pair.Item2));

        double Share(bool wanted)
        {
            float[] own = [.. all.Where((_, i) => labels[i] == wanted)];
            return own.Length == 0 ? double.NaN : 100.0 * own.Count(value => value >= ClassSegment.LeastPresence == wanted) / own.Length;
        }
    }

    private static double Area(float[] values, bool[] labels) =>
        Ranking.AreaUnderCurve(Ranking.Ranks(values), [.. Enumerable.Range(0, labels.Length).Where(i => labels[i])]);
}
