using ClipLens.Compute;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Models.Images;
using static TorchSharp.torch;

namespace ClipLens.Editing.Measuring;

/// <summary>Measures what an edit did: the same images through both models.</summary>
public static class EditMeasurement
{
    /// <summary>Compares two models that differ in their image towers.</summary>
    /// <param name="before">The model before.</param>
    /// <param name="after">The model after.</param>
    /// <param name="images">The images.</param>
    /// <param name="resamples">Draws of the bootstrap.</param>
    /// <param name="seed">Their seed.</param>
    /// <param name="options">How it is run.</param>
    /// <exception cref="ClipLensException">None of the images can be read.</exception>
    public static EditEffect Compare(ClipModel before, ClipModel after, MeasuredImages images, int resamples = 2000, ulong seed = 0,
        WorkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        ArgumentNullException.ThrowIfNull(images);
        using var reader = new ImageBatchReader(before.Preprocessor, images.Entries, images.ApplyOrientation);
        using var first = ImageVectors.Encode(before.Image, reader, "Images before the edit", options);
        using var second = ImageVectors.Encode(after.Image, reader, "Images after the edit", options);
        using var classifier = images.Labels is null ? null : ZeroShotClassifier.Create(before, images.Classes!, images.Templates);
        return Compare(first, second, images, classifier, texts => before.EmbedTexts(texts), new(resamples, seed));
    }

    /// <summary>Compares two sets of representations of the same images.</summary>
    internal static EditEffect Compare(ImageVectors first, ImageVectors second, MeasuredImages images, ZeroShotClassifier? classifier,
        Func<IReadOnlyList<string>, Tensor> embed, BootstrapDraws draws, bool retrieval = true)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        if (!first.Indices.SequenceEqual(second.Indices)) throw new ClipLensException("The images changed between the two passes; give the "
            + "same command again.");
        var own = images.Only(first.Indices);
        float[] cosines = [.. (first.Unit * second.Unit).sum(1).data<float>().ToArray().Order()];
        var captions = own.Captions is null || !retrieval ? null : Retrieval(first.Unit, second.Unit, own.Captions, embed, draws);
        if (classifier is null || own.Labels is null)
            return new(cosines.Length, null, null, cosines.Average(), cosines[cosines.Length / 10], [], [], captions);
        int[] a = Predicted(first.Unit, classifier.Weights), b = Predicted(second.Unit, classifier.Weights);
        bool[] right = [.. a.Zip(own.Labels, (p, label) => p == label)], still = [.. b.Zip(own.Labels, (p, label) => p == label)];
        double changed = 100.0 * a.Zip(b).Count(pair => pair.First != pair.Second) / a.Length;
        var classes = Parts([.. own.Labels.Select(label => classifier.Classes[label])], right, still)
            .OrderByDescending(part => part.Difference).ThenByDescending(part => part.Images)
            .ThenBy(part => part.Name, StringComparer.Ordinal);
        return new(cosines.Length, PairedShare.From(right, still, draws), changed, cosines.Average(),
            cosines[cosines.Length / 10], [.. classes], own.Groups is null ? [] : [.. Parts(own.Groups, right, still)], captions);
    }

    /// <summary>The class nearest to each of some unit representations [n, d], by a classifier [d, C].</summary>
    internal static int[] Predicted(Tensor unit, Tensor classifier)
    {
        using var scope = NewDisposeScope();
        return [.. unit.matmul(classifier).argmax(1).data<long>().ToArray().Select(index => (int)index)];
    }

    private static IEnumerable<PartChange> Parts(IReadOnlyList<string?> names, bool[] before, bool[] after) =>
        Enumerable.Range(0, names.Count).Where(i => names[i] is not null).GroupBy(i => names[i]!).OrderBy(group => group.Key,
            StringComparer.Ordinal)
            .Select(group => new PartChange(group.Key, group.Count(), 100.0 * group.Count(i => before[i]) / group.Count(),
                100.0 * group.Count(i => after[i]) / group.Count()));

    private static RetrievalChange Retrieval(Tensor first, Tensor second, IReadOnlyList<string?> captions,
        Func<IReadOnlyList<string>, Tensor> embed, BootstrapDraws draws)
    {
        long[] with = [.. Enumerable.Range(0, captions.Count).Where(i => captions[i] is not null).Select(i => (long)i)];
        var texts = nn.functional.normalize(embed([.. with.Select(i => captions[(int)i]!)]), 2, -1);
        var chosen = tensor(with);
        Tensor a = first.index_select(0, chosen).matmul(texts.t()), b = second.index_select(0, chosen).matmul(texts.t());
        // Two images with the same caption are both right answers to it.
        return new(PairedShare.From(Found(a), Found(b), draws), PairedShare.From(Found(a.t()), Found(b.t()), draws));

        bool[] Found(Tensor scores) => [.. scores.argmax(1).data<long>().ToArray()
            .Select((found, i) => captions[(int)with[found]] == captions[(int)with[i]])];
    }
}
