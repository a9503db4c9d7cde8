using System.Collections.Concurrent;
using ClipLens.Compute;
using static TorchSharp.torch;

namespace ClipLens.Neurons;

/// <summary>An image that may be among a neuron's top ones.</summary>
/// <param name="Index">Its index in the dataset.</param>
/// <param name="Part">The part that it belongs to.</param>
/// <param name="Number">Its number there.</param>
internal readonly record struct CandidateImage(int Index, int Part, int Number);

/// <summary>The images that may be a neuron's top ones, in their order, all that there are.</summary>
/// <param name="Images">The images.</param>
/// <param name="Rows">Their coefficients, not centred: [images, K].</param>
internal sealed record TopCandidates(IReadOnlyList<CandidateImage> Images, float[] Rows);

/// <summary>
/// Finds the images that may be among the top ones of a block's neurons: from the final mean they reach the k-th largest of what the
/// lengths are at least. Every image that was not kept was, from the centre of that time, no longer than what was kept then, so from the
/// final mean it is no longer than that and the distance of the centres; where that reaches the k-th largest too, nothing is decided, and
/// such neurons are looked at once more, image by image.
/// </summary>
internal sealed unsafe class TopSelection
{
    private readonly IReadOnlyList<EffectPass> parts;
    private readonly IReadOnlyList<LayerPass> layers;
    private readonly QuadraticForms forms;
    private readonly int layer, top;
    private readonly float[] mean, shift;
    private readonly float remainder;
    private readonly ConcurrentDictionary<int, TopCandidates?> found = [];

    /// <summary>Prepares a block; its tables measure from the final mean from then on.</summary>
    public TopSelection(IReadOnlyList<EffectPass> parts, int layer, int top, Tensor mean, Tensor bias)
    {
        (this.parts, this.layer, this.top) = (parts, layer, top);
        layers = [.. parts.Select(part => part.Layer(layer))];
        forms = layers[0].Forms!;
        this.mean = mean.Floats().ToArray();
        shift = layers[0].ProjectCentre(bias);
        forms.Centre(mean, shift);
        // Of the image's share and of the centre's.
        remainder = 2 * layers.Max(own => own.Remainder);
    }

    public int Neurons => forms.Neurons;

    /// <summary>The candidates of a neuron; null if those kept do not decide. May be called on several threads.</summary>
    public TopCandidates? Select(int neuron) => found.GetOrAdd(neuron, Decide);

    /// <summary>Finds the candidates of the neurons that were not decided by passing over all images again.</summary>
    public void DecideByAnotherPass(CancellationToken cancellation)
    {
        var open = found.Where(pair => pair.Value is null).Select(pair => pair.Key).Order()
            .ToDictionary(neuron => neuron, _ => new Running(top));
        int size = forms.Neurons * layers[0].Paths;
        var places = Places();
        parts[0].VisitAgain([layer], (read, factors) =>
        {
            CheckSame(read.Start, read.Outcomes, places);
            if (read.Indices.Count == 0) return;
            var (coefficients, bias) = factors[layer];
            var (projected, _) = layers[0].Basis!.Project(bias);
            fixed (float* rows = coefficients.Floats(), biases = projected)
            {
                nint start = (nint)rows, shares = (nint)biases;
                Parallel.ForEach(open, pair =>
                {
                    var results = new Measurement[read.Indices.Count];
                    float* own = (float*)start + pair.Key * layers[0].Paths;
                    forms.Measure(pair.Key, own, size, (float*)shares, results.Length, results);
                    for (int i = 0; i < results.Length; i++)
                        pair.Value.Offer(places[read.Indices[i]], results[i].Lower - remainder, results[i].Upper + remainder,
                            new ReadOnlySpan<float>(own + (long)i * size, layers[0].Paths));
                });
            }
        }, cancellation);
        foreach (var (neuron, running) in open) found[neuron] = running.Candidates;
    }

    /// <summary>Gives the centred bias shares [images, d] of candidates of these neurons.</summary>
    public Func<TopCandidates, Tensor> Biases(IReadOnlyList<TopCandidates> candidates, Tensor meanBias)
    {
        var wanted = candidates.SelectMany(own => own.Images).Distinct().OrderBy(image => image.Part).ThenBy(image => image.Number)
            .ToList();
        var places = wanted.Index().ToDictionary(image => image.Item, image => (long)image.Index);
        var biases = cat([.. wanted.GroupBy(image => image.Part).Select(part =>
            layers[part.Key].Biases.Read([.. part.Select(image => image.Number)]))], 0) - meanBias;
        return own => biases.index_select(0, tensor(own.Images.Select(image => places[image]).ToArray()));
    }

    private TopCandidates? Decide(int neuron)
    {
        var running = new Running(top);
        foreach (var (part, own) in layers.Index())
        {
            var results = new Measurement[own.Kept.Slots];
            var rows = new float[own.Kept.Slots * own.Paths];
            own.MeasureKept(forms, neuron, rows, new float[own.Kept.Slots * BiasBasis.Most], results);
            for (int slot = 0; slot < results.Length; slot++)
            {
                int number = own.Kept.Images[neuron * own.Kept.Slots + slot];
                if (number < 0) continue;
                running.Offer(new(parts[part].IndexOf(number), part, number), results[slot].Lower - remainder,
                    results[slot].Upper + remainder, rows.AsSpan(slot * own.Paths, own.Paths));
            }
        }
        float reached = layers.SelectMany(own => own.Centres).Select(centre => Reach(neuron, centre))
            .DefaultIfEmpty(float.NegativeInfinity).Max();
        return reached < running.Least ? running.Candidates : null;
    }

    /// <summary>No image that was left out under a centre is longer, from the final mean.</summary>
    private float Reach(int neuron, LayerPass.Centre centre)
    {
        float floor = centre.Floors[neuron];
        if (float.IsNegativeInfinity(floor)) return floor;
        int paths = layers[0].Paths;
        float[] moved = [.. shift.Zip(centre.Shift, (to, from) => to - from)];
        return floor + remainder + forms.Distance(neuron, centre.Mean.AsSpan(neuron * paths, paths), mean.AsSpan(neuron * paths, paths),
            moved);
    }

    /// <summary>By position in the order of the images, whose part an image is and which number it has there.</summary>
    private CandidateImage[] Places()
    {
        var places = new CandidateImage[parts[0].Order.Images];
        foreach (var (part, pass) in parts.Index())
            for (int number = part == 0 ? 0 : pass.Order.Sample; number < pass.Order.Count; number++)
                places[pass.Order.Position(number)] = new(pass.IndexOf(number), part, number);
        return places;
    }

    /// <summary>Refuses to mix two versions of an image that changed between the passes.</summary>
    private void CheckSame(int start, IReadOnlyList<Models.Images.ImageOutcome> again, CandidateImage[] places)
    {
        for (int i = 0; i < again.Count; i++)
        {
            var place = places[start + i];
            if (again[i].Sha256 != parts[place.Part].Outcomes[place.Number].Sha256)
                throw new ClipLensException($"Image {place.Index} of the dataset (counted from 0) changed while the analysis was running; "
                    + "leave the images alone and begin the run anew.");
        }
    }

    /// <summary>The candidates of a neuron while images come: a length between two bounds each.</summary>
    private sealed class Running(int top)
    {
        private readonly PriorityQueue<float, float> lowers = new();
        private List<(CandidateImage Image, float Upper, float[] Row)> images = [];

        /// <summary>The k-th largest of the lower bounds.</summary>
        public float Least => lowers.Count < top ? float.NegativeInfinity : lowers.Peek();

        public TopCandidates Candidates
        {
            get
            {
                Prune();
                images.Sort((a, b) => a.Image.Index.CompareTo(b.Image.Index));
                return new([.. images.Select(image => image.Image)], [.. images.SelectMany(image => image.Row)]);
            }
        }

        public void Offer(CandidateImage image, float lower, float upper, ReadOnlySpan<float> row)
        {
            if (upper < Least) return;
            if (lowers.Count < top) lowers.Enqueue(lower, lower);
            else if (lower > lowers.Peek()) lowers.EnqueueDequeue(lower, lower);
            images.Add((image, upper, row.ToArray()));
            if (images.Count > 4 * top + 64 && images.Count % 64 == 0) Prune();
        }

        private void Prune()
        {
            float least = Least;
            images = [.. images.Where(image => image.Upper >= least)];
        }
    }
}
