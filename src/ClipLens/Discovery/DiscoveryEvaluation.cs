using System.Globalization;
using ClipLens.Compute;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Texts;
using static TorchSharp.torch;

namespace ClipLens.Discovery;

/// <summary>How often a way of finding concepts finds an image's class, in percent of the images.</summary>
/// <param name="Method">The method.</param>
/// <param name="Weight">Its weight, where it has one.</param>
/// <param name="ByName">For every rank: one of the first concepts says the class's name, in any form.</param>
/// <param name="ByMeaning">For every rank: of one of the first concepts the class is the nearest of all classes.</param>
public sealed record DiscoveryFigures(DiscoveryMethod Method, float? Weight, IReadOnlyList<double> ByName, IReadOnlyList<double> ByMeaning)
{
    /// <summary>The method's name, its weight behind it where it has one.</summary>
    public string Name => DiscoveryMethods.NameOf(Method) + (Weight is { } weight ? $" {weight.ToString(CultureInfo.InvariantCulture)}"
        : "");
}

/// <summary>Ways of finding concepts side by side on the same labelled images.</summary>
/// <param name="Images">Images that could be read.</param>
/// <param name="Unreadable">Images that could not.</param>
/// <param name="Nameable">Share in percent of the images whose class some text of the pool names.</param>
/// <param name="Ranks">How many concepts of an image are looked at: 1, 5, 10.</param>
/// <param name="Methods">The figures.</param>
public sealed record DiscoveryComparison(int Images, int Unreadable, double Nameable, IReadOnlyList<int> Ranks,
    IReadOnlyList<DiscoveryFigures> Methods);

/// <summary>Compares concepts with the known classes of images.</summary>
public static class DiscoveryEvaluation
{
    private static readonly int[] Ranks = [1, 5, 10];

    /// <summary>Runs the methods in one pass over the images.</summary>
    /// <param name="model">The model.</param>
    /// <param name="neurons">Its neurons with their texts.</param>
    /// <param name="images">Images with their classes.</param>
    /// <param name="classifier">The classes. A class may have several names, with commas between them.</param>
    /// <param name="methods">The methods with their weights; the weight counts for <see cref="DiscoveryMethod.Reinforced"/> alone.</param>
    /// <param name="settings">The other settings; the mean representation must be there if <see cref="DiscoveryMethod.Embedding"/> is among
    /// the methods.</param>
    /// <param name="progress">Images done.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="ClipLensException">No image can be read, or a setting cannot be met.</exception>
    public static DiscoveryComparison Run(ClipModel model, DescribedNeurons neurons, LabelledImages images, ZeroShotClassifier classifier,
        IReadOnlyList<(DiscoveryMethod Method, float Weight)> methods, DiscoverySettings settings, IProgress<WorkProgress>? progress =
        null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(neurons);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(classifier);
        ArgumentNullException.ThrowIfNull(methods);
        if (methods.Any(method => method.Method == DiscoveryMethod.Embedding)) settings =
            settings with { Method = DiscoveryMethod.Embedding };
        using var discovery = new ConceptDiscovery(model, neurons, settings with { Count = Ranks.Max() });
        var found = discovery.Texts(images.Entries, methods, progress, cancellation);
        if (found.Count == 0) throw new ClipLensException("None of the labelled images could be read; check the files.");
        string[] stems = [.. neurons.Pool.Select(WordForms.Stem)];
        HashSet<string>[] names =
            [.. classifier.Classes.Select(name => name.Split(',').Select(WordForms.Stem).ToHashSet(StringComparer.Ordinal))];
        long[] nearest = Nearest(neurons.Embeddings, classifier);
        var known = stems.ToHashSet(StringComparer.Ordinal);
        return new(found.Count, images.Entries.Count - found.Count, Percent(found, picture =>
            names[images.Labels[picture.Image]].Overlaps(known)), Ranks,
            [.. methods.Select((method, m) => new DiscoveryFigures(method.Method, method.Method == DiscoveryMethod.Reinforced
            ? method.Weight : null,
                [.. Ranks.Select(rank =>
                Percent(found, picture => picture.Methods[m].Take(rank)
                .Any(group => group.Any(text => names[images.Labels[picture.Image]].Contains(stems[text])))))],
                [.. Ranks.Select(rank =>
                    Percent(found, picture => picture.Methods[m].Take(rank)
                    .Any(group => nearest[group[0]] == images.Labels[picture.Image])))]))]);
    }

    private static double Percent<T>(IReadOnlyList<T> items, Func<T, bool> counts) => 100.0 * items.Count(counts) / items.Count;

    /// <summary>The class nearest to each text of the pool: [M].</summary>
    private static long[] Nearest(Tensor embeddings, ZeroShotClassifier classifier)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var nearest = classifier.Logits(embeddings).argmax(1);
        return nearest.data<long>().ToArray();
    }
}
