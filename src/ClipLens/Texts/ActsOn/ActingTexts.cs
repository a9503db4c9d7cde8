using ClipLens.Compute;
using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Texts.ActsOn;

/// <summary>
/// What neurons act on: which texts of an image tell how strongly a neuron acts on it. (What a neuron writes, its direction, is another
/// question.) A neuron's standardised norm is approximated, over the images of a run, by a sum of few texts with coefficients that are not
/// negative; a text says of an image the inner product of both, each less its mean, in units of its own standard deviation. It takes the
/// images' covariance and one vector a neuron, no image. A text is added only if the sum then goes better with the norm on images that it
/// was not fitted on: of three parts of the images each is left out once, and the mean correlation on it counts; the texts themselves are
/// found on all images.
/// </summary>
internal static class ActingTexts
{
    /// <summary>Texts of a neuron at most.</summary>
    public const int Most = 10;

    /// <summary>By how much a further text must raise the correlation on the images that texts are not fitted on.</summary>
    public const double LeastRise = 0.005;

    /// <summary>Images that the smallest part needs at least.</summary>
    public const int LeastImages = 8;

    /// <summary>The correlation that the first text must reach: two standard errors of the correlation of what has nothing to do with each
    /// other.</summary>
    public static double LeastCorrelation(long images) => 2 / Math.Sqrt(images);

    /// <summary>Describes the neurons of a block.</summary>
    /// <param name="parts">Moments over the parts of the images.</param>
    /// <param name="texts">The pool's dictionary.</param>
    /// <param name="isVisible">Which texts name something that a person can see; of equally good ones these are taken.</param>
    /// <param name="progress">Neurons done.</param>
    /// <param name="workers">Threads; the number of cores if null.</param>
    /// <param name="cancellation">Ends the work between two steps.</param>
    /// <returns>The texts in order of their coefficients; a neuron that no text describes has none.</returns>
    /// <exception cref="ClipLensException">There are too few images.</exception>
    public static SparseCodes Find(IReadOnlyList<BehaviourMoments> parts, TextDictionary texts, IReadOnlyList<bool> isVisible,
        IProgress<int>? progress = null, int? workers = null, CancellationToken cancellation = default)
    {
        if (parts.Min(part => part.Count) < LeastImages)
            throw new ClipLensException($"{parts.Sum(part => part.Count)} images are too few to find out what neurons act on: texts "
            + "found on two thirds of them are checked "
                + $"on the other, which must be at least {LeastImages}; analyze at least {ImageSums.Parts * LeastImages} images.");
        var stages = new Stages(progress, parts[0].Neurons, parts.Count + 1);
        int[] sizes = Sizes(parts, texts, isVisible, stages, workers, cancellation);
        using var all = BehaviourMoments.Pool(parts);
        return Codes(All(all, texts, isVisible, Math.Max(1, sizes.Max()), stages.Next(), workers, cancellation), sizes);
    }

    /// <summary>Every step of the pursuit, by neuron.</summary>
    public static IReadOnlyList<ActingStep>[] All(BehaviourMoments images, TextDictionary texts, IReadOnlyList<bool> isVisible, int steps,
        IProgress<int>? progress = null, int? workers = null, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        using var metric = new ImageMetric(images);
        using var atoms = metric.Atoms(texts);
        return Pursue(metric.Behaviour(images), atoms, isVisible, steps, progress, workers, cancellation);
    }

    /// <summary>How many texts every neuron gets.</summary>
    private static int[] Sizes(IReadOnlyList<BehaviourMoments> parts, TextDictionary texts, IReadOnlyList<bool> isVisible, Stages stages,
        int? workers, CancellationToken cancellation)
    {
        var checks = parts.Select(check => Checked([.. parts.Where(part => part != check)], check, texts, isVisible, stages.Next(),
            workers, cancellation)).ToList();
        double first = LeastCorrelation(parts.Sum(part => part.Count));
        return [.. Enumerable.Range(0, parts[0].Neurons).Select(neuron =>
            SizeOf([.. Enumerable.Range(0, Most).Select(step => checks.Average(check => check[step][neuron]))], first))];
    }

    /// <summary>How many texts a neuron gets, from the correlation that each number of texts reaches.</summary>
    private static int SizeOf(double[] correlations, double first)
    {
        int size = 0;
        while (size < correlations.Length && correlations[size] >= (size == 0 ? first : correlations[size - 1] + LeastRise)) size++;
        return size;
    }

    /// <summary>Correlations on images that texts were not fitted on, by the number of texts and neuron.</summary>
    private static double[][] Checked(IReadOnlyList<BehaviourMoments> parts, BehaviourMoments check, TextDictionary texts,
        IReadOnlyList<bool> isVisible, IProgress<int>? progress, int? workers, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        using var fit = BehaviourMoments.Pool(parts);
        using var metric = new ImageMetric(fit);
        using var atoms = metric.Atoms(texts);
        var steps = Pursue(metric.Behaviour(fit), atoms, isVisible, Most, progress, workers, cancellation);
        return [.. Enumerable.Range(1, Most).Select(size => check.Correlations(metric.Directions(Sums(steps, size, atoms))))];
    }

    private static IReadOnlyList<ActingStep>[] Pursue(Tensor behaviour, TextDictionary atoms, IReadOnlyList<bool> isVisible, int steps,
        IProgress<int>? progress, int? workers, CancellationToken cancellation)
    {
        var vectors = behaviour.to(ScalarType.Float32).contiguous();
        var found = new IReadOnlyList<ActingStep>[vectors.shape[0]];
        PursuitBatches.Run(vectors, atoms, steps, () => new NonNegativePursuit(atoms.Width, steps, isVisible), (pursuits, first) =>
        {
            for (int i = 0; i < pursuits.Length; i++) found[first + i] = [.. pursuits[i].Steps];
        }, progress, workers, cancellation);
        return found;
    }

    /// <summary>The sums of atoms after a step, or after the last one: float64 [N, d].</summary>
    private static Tensor Sums(IReadOnlyList<ActingStep>[] steps, int size, TextDictionary atoms)
    {
        var rows = new FloatRows(atoms.Atoms);
        double[] sums = new double[(long)steps.Length * atoms.Width], atom = new double[atoms.Width];
        for (int neuron = 0; neuron < steps.Length; neuron++)
        {
            if (steps[neuron].Count == 0) continue;
            var (texts, coefficients) = steps[neuron][Math.Min(size, steps[neuron].Count) - 1];
            for (int i = 0; i < texts.Length; i++)
            {
                Vectors.Widen(rows[texts[i]], atom);
                Vectors.AddScaled(sums.AsSpan(neuron * atoms.Width, atoms.Width), coefficients[i], atom);
            }
        }
        return tensor(sums, [steps.Length, atoms.Width]);
    }

    /// <summary>The steps that the neurons end with as codes, the largest coefficient first.</summary>
    public static SparseCodes Codes(IReadOnlyList<ActingStep>[] steps, IReadOnlyList<int> sizes)
    {
        int[] indices = new int[steps.Length * Most];
        Array.Fill(indices, -1);
        float[] weights = new float[indices.Length];
        for (int neuron = 0; neuron < steps.Length; neuron++)
        {
            int size = Math.Min(sizes[neuron], steps[neuron].Count);
            if (size == 0) continue;
            var (texts, coefficients) = steps[neuron][size - 1];
            int[] order = [.. Enumerable.Range(0, texts.Length).OrderByDescending(i => coefficients[i]).ThenBy(i => texts[i])];
            for (int i = 0; i < order.Length; i++)
                (indices[neuron * Most + i], weights[neuron * Most + i]) = (texts[order[i]], (float)coefficients[order[i]]);
        }
        return new(Most, indices, weights, new float[steps.Length]);
    }

    /// <summary>What the texts of codes say of an image, as directions of the joint space: float64 [N, d].</summary>
    /// <param name="codes">The codes, of texts of unit length in the metric.</param>
    /// <param name="images">The images' moments, which the metric is from.</param>
    /// <param name="texts">The pool's dictionary.</param>
    public static Tensor Directions(SparseCodes codes, BehaviourMoments images, TextDictionary texts)
    {
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        using var metric = new ImageMetric(images);
        using var atoms = metric.Atoms(texts);
        return metric.Directions(codes.Reconstruct(atoms).to(ScalarType.Float64)).MoveToOuterDisposeScope();
    }

    /// <summary>Neurons gone through several times, counted as their share of the whole.</summary>
    private sealed class Stages(IProgress<int>? progress, int neurons, int count)
    {
        private int begun;

        public IProgress<int>? Next() => progress is null ? null : new Share(progress, neurons * begun++, count);

        private sealed class Share(IProgress<int> progress, int before, int count) : IProgress<int>
        {
            public void Report(int value) => progress.Report((before + value) / count);
        }
    }
}
