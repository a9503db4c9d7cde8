using ClipLens.Compute;

namespace ClipLens.Cues.Adversarial;

/// <summary>
/// Chooses cues and their combinations by trial: step by step the cue that misleads most together with those already chosen, until
/// another one no longer helps. Every list of cues gets the same number of trial pictures.
/// </summary>
internal static class CueTrials
{
    private const int LeastPictures = 4;

    /// <summary>Logits over which a verdict goes from sure to undecided; a smooth count of fooled pictures is steadier than the
    /// count.</summary>
    private const double Softness = 2;

    /// <summary>The cues that mislead most together.</summary>
    /// <param name="trials">Makes the pictures.</param>
    /// <param name="cues">Cues to choose from, the best first.</param>
    /// <param name="most">Cues in a picture at most.</param>
    /// <param name="budget">Trial pictures.</param>
    /// <param name="progress">How far it is.</param>
    public static IReadOnlyList<string> Choose(PictureTrials trials, IReadOnlyList<string> cues, int most, int budget,
        IProgress<WorkProgress>? progress)
    {
        IReadOnlyList<string> best = [];
        (double value, int left) = (0, budget);
        for (int step = 0; step < Math.Min(most, cues.Count); step++)
        {
            int share = left / (most - step);
            var candidates = cues.Except(best).Take(Math.Max(1, share / LeastPictures)).ToList();
            int each = Math.Min(left, Math.Max(1, share / candidates.Count));
            if (left == 0) break;
            var tried = candidates.Select(cue => (Cues: (string[])[.. best, cue], Value: ValueOf(trials.Try([.. best, cue], each))))
                .ToList();
            left -= each * candidates.Count;
            progress?.Report(new("Trial pictures", budget - left, budget));
            var (chosen, reached) = tried.MaxBy(own => own.Value);
            if (best.Count > 0 && reached <= value) break;
            (best, value) = (chosen, reached);
        }
        return best;
    }

    private static double ValueOf(IReadOnlyList<Verdict> verdicts)
    {
        var counted = verdicts.Where(verdict => verdict.Counts).ToList();
        return counted.Count == 0 ? 0 : counted.Average(verdict => 1 / (1 + Math.Exp(-verdict.Margin / Softness)));
    }
}
