using ClipLens.Statistics;

namespace ClipLens.Editing.Measuring;

/// <summary>A share of images before and after an edit, in percent, with paired 95 % intervals over images.</summary>
/// <param name="Images">The images.</param>
/// <param name="Before">Before.</param>
/// <param name="BeforeInterval">Its interval.</param>
/// <param name="After">After.</param>
/// <param name="AfterInterval">Its interval.</param>
/// <param name="DifferenceInterval">The interval of <see cref="Difference"/>, paired by image.</param>
public sealed record PairedShare(int Images, double Before, Interval BeforeInterval, double After, Interval AfterInterval,
    Interval DifferenceInterval)
{
    /// <summary>After less before, in percentage points.</summary>
    public double Difference => After - Before;

    /// <summary>The shares of images for which something holds.</summary>
    internal static PairedShare From(IReadOnlyList<bool> before, IReadOnlyList<bool> after, BootstrapDraws draws) =>
        From([.. before.Select(holds => holds ? 1f : 0f)], [.. after.Select(holds => holds ? 1f : 0f)], draws);

    /// <summary>Something that holds of each image to a share, from 0 to 1.</summary>
    internal static PairedShare From(float[] first, float[] second, BootstrapDraws draws)
    {
        if (first.Length == 0) return new(0, double.NaN, Nothing, double.NaN, Nothing, Nothing);
        var intervals = Bootstrap.OfMeans([first, second, [.. second.Zip(first, (b, a) => b - a)]], draws.Count, draws.Seed);
        return new(first.Length, 100.0 * first.Average(), Percent(intervals[0]), 100.0 * second.Average(), Percent(intervals[1]),
            Percent(intervals[2]));
    }

    private static Interval Nothing => new(double.NaN, double.NaN);

    private static Interval Percent(Interval share) => new(100 * share.Low, 100 * share.High);
}

/// <summary>Some of the images, such as those of a class or a group, before and after an edit.</summary>
/// <param name="Name">What they are.</param>
/// <param name="Images">How many.</param>
/// <param name="Before">Accuracy before, in percent.</param>
/// <param name="After">Accuracy after.</param>
public sealed record PartChange(string Name, int Images, double Before, double After)
{
    /// <summary>After less before, in percentage points.</summary>
    public double Difference => After - Before;
}

/// <summary>What an edit did to the retrieval of captions among the images' own.</summary>
/// <param name="ImageToText">Images whose own caption is the nearest.</param>
/// <param name="TextToImage">Captions whose own image is the nearest.</param>
public sealed record RetrievalChange(PairedShare ImageToText, PairedShare TextToImage);

/// <summary>What an edit did to a model, measured on images.</summary>
/// <param name="Images">Images that could be read.</param>
/// <param name="Accuracy">Zero-shot accuracy; null without labels.</param>
/// <param name="Changed">Images whose predicted class is another one, in percent; null without labels.</param>
/// <param name="Cosine">Mean cosine of an image's representation before and after.</param>
/// <param name="LeastCosine">What one image in ten is below.</param>
/// <param name="Classes">The classes, the most helped first, the most harmed last; those of which no image is there are left
/// out.</param>
/// <param name="Groups">The groups of images that a table names, in its order of names.</param>
/// <param name="Retrieval">Retrieval of captions; null without captions.</param>
public sealed record EditEffect(int Images, PairedShare? Accuracy, double? Changed, double Cosine, double LeastCosine,
    IReadOnlyList<PartChange> Classes, IReadOnlyList<PartChange> Groups, RetrievalChange? Retrieval)
{
    /// <summary>The group with the lowest accuracy before; null without groups.</summary>
    public PartChange? WorstBefore => Groups.MinBy(group => group.Before);

    /// <summary>The group with the lowest accuracy after; null without groups.</summary>
    public PartChange? WorstAfter => Groups.MinBy(group => group.After);
}
