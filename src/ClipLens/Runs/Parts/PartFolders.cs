using ClipLens.Runs.Storage;

namespace ClipLens.Runs.Parts;

/// <summary>The parts that are in a run's folder.</summary>
internal static class PartFolders
{
    /// <summary>All parts of a run, in order.</summary>
    /// <exception cref="ClipLensException">There are none, one is missing, or one is of something else.</exception>
    public static IReadOnlyList<PartRecord> Find(string run)
    {
        if (!Directory.Exists(run)) throw new ClipLensException($"There is no folder {run}; give the run that the parts were written to.");
        RunFiles.CheckInside(run);
        string folder = RunFiles.Parts(run);
        PartRecord[] found = Directory.Exists(folder)
            ? [.. Directory.EnumerateDirectories(folder).Select(RunFiles.PartRecord).Where(File.Exists).Order(StringComparer.Ordinal)
                .Select(PartRecord.Read).OrderBy(part => part.Number)] : [];
        if (found.Length == 0)
            throw new ClipLensException($"The run {run} has no parts to merge; analyze parts of the images into it first.");
        // What most parts are of is what the others must be of too.
        var usual = found.GroupBy(part => found.Count(other => part.Difference(other) is null)).MaxBy(group => group.Key)!.First();
        foreach (var part in found)
            if (part.Difference(usual) is { } difference)
                throw new ClipLensException($"Part {part.Number} in {run} does not belong to the others: {difference}; remove its folder "
                    + $"{RunFiles.Part(run, part.Number, part.Count)} or make it again.");
        int missing = Enumerable.Range(1, usual.Count).Except(found.Select(part => part.Number)).FirstOrDefault();
        if (missing > 0) throw new ClipLensException($"Part {missing} of {usual.Count} of the run {run} is missing; analyze it, then "
            + "merge.");
        return found.FirstOrDefault(part => !ShardedAnalysis.IsDone(run, part.Number, part.Count)) is { } half
            ? throw new ClipLensException($"Part {half.Number} of {half.Count} of the run {run} is not done; give its command again, "
            + "then merge.")
            : found;
    }
}
