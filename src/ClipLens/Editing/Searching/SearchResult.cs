using ClipLens.Editing.Units;

namespace ClipLens.Editing.Searching;

/// <summary>A step of a search: some units tried beside those that were taken before.</summary>
/// <param name="Units">The units, the most promising first.</param>
/// <param name="Score">What was to grow.</param>
/// <param name="Lost">Percentage points of accuracy lost; NaN where the score did not grow, so that nobody asked.</param>
/// <param name="IsTaken">Whether they were taken.</param>
public sealed record SearchStep(IReadOnlyList<ModelUnit> Units, double Score, double Lost, bool IsTaken);

/// <summary>What a search found.</summary>
/// <param name="Changes">The edit.</param>
/// <param name="Mean">The mean that hurt less.</param>
/// <param name="Steps">The steps, in order.</param>
/// <param name="Passes">Forward passes over the images that were searched on: one with the exact effects, and one for each edit that was
/// tried.</param>
/// <param name="Images">Images that were searched on.</param>
public sealed record SearchResult(IReadOnlyList<UnitChange> Changes, EditMean Mean, IReadOnlyList<SearchStep> Steps, int Passes,
    int Images);
