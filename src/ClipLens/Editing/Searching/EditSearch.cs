using ClipLens.Editing.Units;

namespace ClipLens.Editing.Searching;

/// <summary>Edits tried on images: what is to grow, and what is to be kept.</summary>
internal interface ISearchTrial
{
    /// <summary>Makes an edit.</summary>
    void Set(IReadOnlyList<UnitChange> changes);

    /// <summary>What is to grow, of the model as it is edited now.</summary>
    double Score();

    /// <summary>The accuracy that is to be kept, in percent.</summary>
    double Accuracy();
}

/// <summary>
/// A greedy search under a bound. The candidates come in the order of their exact effects; they are tried in groups that double while they
/// help and shrink where they do not, so that a bad one is found by halving.
/// </summary>
internal static class EditSearch
{
    private const int Patience = 12, DefaultMost = 200;

    /// <summary>Searches.</summary>
    /// <param name="candidates">Units that promise something, the most promising first.</param>
    /// <param name="trial">Tries edits.</param>
    /// <param name="settings">What it may do.</param>
    /// <param name="report">Told of every step.</param>
    public static (IReadOnlyList<UnitChange> Changes, IReadOnlyList<SearchStep> Steps) Run(IReadOnlyList<ModelUnit> candidates,
        ISearchTrial trial, SearchSettings settings, Action<SearchStep> report)
    {
        var chosen = new List<ModelUnit>();
        var steps = new List<SearchStep>();
        trial.Set([]);
        var (best, accuracy) = (trial.Score(), trial.Accuracy());
        int next = 0, size = 1, misses = 0, most = settings.Most ?? DefaultMost;
        while (steps.Count + 1 < settings.Passes && next < candidates.Count && chosen.Count < most && misses < Patience)
        {
            ModelUnit[] tried = [.. candidates.Skip(next).Take(Math.Min(size, most - chosen.Count))];
            trial.Set([.. chosen.Concat(tried).Select(unit => new UnitChange(unit, settings.Factor))]);
            double score = trial.Score(), lost = score > best ? accuracy - trial.Accuracy() : double.NaN;
            var step = new SearchStep(tried, score, lost, lost <= settings.AtMost + 1e-9);
            steps.Add(step);
            report(step);
            if (step.IsTaken)
            {
                (best, misses) = (score, 0);
                chosen.AddRange(tried);
                next += tried.Length;
                size = 2 * tried.Length;
            }
            else if (tried.Length > 1) size = Math.Max(1, tried.Length / 4);
            else
            {
                next++;
                misses++;
            }
        }
        return ([.. chosen.Select(unit => new UnitChange(unit, settings.Factor))], steps);
    }
}
