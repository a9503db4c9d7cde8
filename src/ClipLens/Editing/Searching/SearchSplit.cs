using ClipLens.Compute;
using ClipLens.Editing.Units;

namespace ClipLens.Editing.Searching;

/// <summary>Images cut in two by a seed: a search looks at the first half, what it found is reported on the second.</summary>
internal static class SearchSplit
{
    /// <summary>The two halves, each in the order of the images.</summary>
    /// <exception cref="ClipLensException">There are too few images.</exception>
    public static (int[] Search, int[] Report) Halves(int images, ulong seed)
    {
        if (images < 4) throw new ClipLensException($"{images} labelled images are too few to search on one half and report on the other; "
            + "give more.");
        return Cut(images, 0.5, seed);
    }

    /// <summary>A share of the images and the rest, each in the order of the images.</summary>
    public static (int[] First, int[] Second) Cut(int images, double share, ulong seed)
    {
        int[] order = new SeededRandom(seed).Shuffled(images);
        int first = (int)(images * share);
        return ([.. order.Take(first).Order()], [.. order.Skip(first).Order()]);
    }

    /// <summary>As many neurons and heads as an edit has, drawn at random from the same layers' kinds.</summary>
    public static IReadOnlyList<UnitChange> RandomUnits(IReadOnlyList<UnitChange> changes, Models.Configuration.VisionConfig config,
        SeededRandom random)
    {
        var drawn = new HashSet<ModelUnit>();
        foreach (var change in changes)
        {
            ModelUnit unit;
            do unit = new(random.Below(config.Layers), random.Below(change.Unit.IsHead ? config.Heads : config.MlpWidth),
                change.Unit.IsHead);
            while (!drawn.Add(unit));
        }
        return [.. drawn.Zip(changes, (unit, change) => new UnitChange(unit, change.Factor))];
    }
}
