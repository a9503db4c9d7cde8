namespace ClipLens.Segmentation.Scores;

/// <summary>Average precision of one heat map, as the released evaluation computes it.</summary>
internal static class SegmentationAveragePrecision
{
    /// <summary>
    /// Area under the precision-recall steps (scikit-learn's <c>average_precision_score</c>) over two channels laid end to end: the
    /// background with the score 1 - heat and the object with the score heat.
    /// </summary>
    /// <param name="heat">A value in [0, 1] for every pixel.</param>
    /// <param name="labels">0 background, 255 ignored, the rest object.</param>
    public static double Compute(ReadOnlySpan<float> heat, ReadOnlySpan<byte> labels)
    {
        var scores = new float[2 * heat.Length];
        var hits = new byte[2 * heat.Length];
        int count = 0;
        for (int i = 0; i < heat.Length; i++)
        {
            if (labels[i] == SegmentationScore.Ignored) continue;
            bool isObject = labels[i] != 0;
            // Negated, so that the ascending sort puts the surest first.
            (scores[count], hits[count++]) = (-(1 - heat[i]), isObject ? (byte)0 : (byte)1);
            (scores[count], hits[count++]) = (-heat[i], isObject ? (byte)1 : (byte)0);
        }
        Array.Sort(scores, hits, 0, count);
        return UnderSteps(scores.AsSpan(0, count), hits);
    }

    private static double UnderSteps(ReadOnlySpan<float> scores, ReadOnlySpan<byte> hits)
    {
        double positives = scores.Length / 2.0, area = 0;
        long found = 0, before = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            found += hits[i];
            // Equal scores are one step.
            if (i + 1 < scores.Length && scores[i + 1] == scores[i]) continue;
            area += (found - before) / positives * ((double)found / (i + 1));
            before = found;
        }
        return area;
    }
}
