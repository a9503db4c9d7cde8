using ClipLens.Compute;
using ClipLens.Effects;
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

/// <summary>Centred bias shares of some images.</summary>
/// <param name="Values">[images, d].</param>
/// <param name="Places">Which row is whose.</param>
internal sealed record CandidateBiases(Tensor Values, IReadOnlyDictionary<CandidateImage, int> Places)
{
    /// <summary>Adds them to the rows [images, d] of a neuron's candidates.</summary>
    public void AddTo(TopCandidates candidates, Span<float> rows)
    {
        int width = (int)Values.shape[1];
        var all = Values.Floats();
        for (int i = 0; i < candidates.Images.Count; i++)
            Vectors.Add(rows.Slice(i * width, width), all.Slice(Places[candidates.Images[i]] * width, width));
    }
}

/// <summary>
/// Finds the images that may be among the top ones of a block's neurons: from the final mean they reach the k-th largest of what the
/// lengths are at least. Every image that was not kept was, from the centre of that time, no longer than what was kept then, so from the
/// final mean it is no longer than that and the distance of the centres; where that reaches the k-th largest too, nothing is decided, and
/// such neurons are looked at once more, image by image.
/// </summary>
internal sealed unsafe class TopSelection : IDisposable
{
    private readonly IReadOnlyList<EffectPass> parts;
    private readonly IReadOnlyList<LayerPass> layers;
    private readonly QuadraticForms forms;
    private readonly int layer, top;
    private readonly float[] mean;
    private readonly float[] shift;
    private readonly float remainder;
    private readonly Dictionary<int, TopCandidates> found = [];
    private readonly Chosen[]?[] chosen;
    private readonly ThreadLocal<KeptBuffers> buffers;

    /// <summary>Prepares a block; its tables measure from the final mean from then on.</summary>
    public TopSelection(IReadOnlyList<EffectPass> parts, int layer, int top, Tensor mean, Tensor bias)
    {
        (this.parts, this.layer, this.top) = (parts, layer, top);
        layers = [.. parts.Select(part => part.Layer(layer))];
        forms = layers[0].Forms!;
        chosen = new Chosen[forms.Neurons][];
        this.mean = mean.Floats().ToArray();
        shift = layers[0].ProjectCentre(bias);
        forms.Centre(this.mean, shift, parts[0].Workers);
        buffers = new(() => new KeptBuffers(Paths));
        // Of the image's share and of the centre's.
        remainder = 2 * layers.Max(own => own.Remainder);
    }

    public int Neurons => forms.Neurons;

    /// <summary>Coefficients of an image.</summary>
    public int Paths => layers[0].Paths;

    /// <summary>The block.</summary>
    public int Layer => layer;

    /// <summary>The candidates of a neuron that is decided, by those kept or by another pass; may be called on several threads.</summary>
    public TopCandidates Select(int neuron)
    {
        if (found.TryGetValue(neuron, out var again)) return again;
        var own = chosen[neuron]!;
        float[] rows = new float[own.Length * Paths];
        for (int i = 0; i < own.Length; i++)
            layers[own[i].Image.Part].Kept.ReadRow(own[i].Kept, rows.AsSpan(i * Paths, Paths));
        return new([.. own.Select(image => image.Image)], rows);
    }

    /// <summary>Finds the candidates of neurons that those kept do not decide by passing over all images again, for some blocks at
    /// once.</summary>
    public static void DecideByAnotherPass(IReadOnlyDictionary<TopSelection, IReadOnlyList<int>> open, IProgress<WorkProgress>? progress,
        CancellationToken cancellation)
    {
        var first = open.Keys.First();
        var places = first.Places();
        var running = open.ToDictionary(pair => pair.Key, pair => pair.Value.Select(neuron => (neuron, new Running<float[]>(pair.Key.top)))
            .ToList());
        var stage = new StageProgress(progress, $"Another look at {open.Sum(pair => pair.Value.Count)} neurons", places.Length);
        var byLayer = open.Keys.ToDictionary(own => own.layer);
        first.parts[0].VisitAgain([.. byLayer.Keys.Order()], (read, factors) =>
        {
            first.CheckSame(read.Start, read.Outcomes, places);
            foreach (var (layer, own) in factors) byLayer[layer].Offer(own, [.. read.Indices.Select(index => places[index])],
                running[byLayer[layer]]);
            stage.Report(read.Start + read.Outcomes.Count);
        }, cancellation);
        foreach (var (own, neurons) in running)
            foreach (var (neuron, all) in neurons)
            {
                var images = all.Candidates();
                own.found[neuron] = new([.. images.Select(image => image.Image)], [.. images.SelectMany(image => image.Own)]);
            }
    }

    private void Offer(SecondOrderFactors factors, CandidateImage[] images, IReadOnlyList<(int Neuron, Running<float[]> Images)> open)
    {
        int size = forms.Neurons * Paths;
        var (projected, _) = layers[0].Basis!.Project(factors.Bias);
        fixed (float* rows = factors.Coefficients.Floats(), biases = projected)
        {
            // One after the other: the threads that were asked for are at work on the next images.
            foreach (var (neuron, running) in open)
            {
                var results = new Measurement[images.Length];
                float* own = rows + neuron * Paths;
                forms.Measure(neuron, own, size, biases, results.Length, results);
                for (int i = 0; i < results.Length; i++)
                    if (running.Reaches(results[i].Upper + remainder))
                        running.Add(images[i], results[i].Lower - remainder, results[i].Upper + remainder,
                            new ReadOnlySpan<float>(own + (long)i * size, Paths).ToArray());
            }
        }
    }

    /// <summary>The centred bias shares of candidates of these neurons.</summary>
    public CandidateBiases Biases(IReadOnlyList<TopCandidates> candidates, Tensor meanBias)
    {
        var wanted = candidates.SelectMany(own => own.Images).Distinct().OrderBy(image => image.Part).ThenBy(image => image.Number)
            .ToList();
        var biases = cat([.. wanted.GroupBy(image => image.Part).Select(part =>
            layers[part.Key].Biases.Read([.. part.Select(image => image.Number)]))], 0) - meanBias;
        return new(biases, wanted.Index().ToDictionary(image => image.Item, image => image.Index));
    }

    public void Dispose() => buffers.Dispose();

    /// <summary>Finds the candidates of a neuron among the images that were kept; false if these do not decide. May be called on several
    /// threads.</summary>
    public bool Decide(int neuron)
    {
        var running = new Running<KeptImage>(top);
        float reach = float.NegativeInfinity;
        foreach (var (part, own) in layers.Index())
        {
            var measured = own.MeasureKept(forms, neuron, buffers.Value!);
            var kept = own.Kept[neuron];
            for (int i = 0; i < measured.Length; i++)
            {
                if (!running.Reaches(measured[i].Upper + remainder)) continue;
                running.Add(new(parts[part].IndexOf(kept[i].Image), part, kept[i].Image), measured[i].Lower - remainder,
                    measured[i].Upper + remainder, kept[i]);
            }
            // No image that a part left out is longer, from the final mean.
            reach = MathF.Max(reach, own.Reach(forms, neuron, mean.AsSpan(neuron * Paths, Paths), shift, remainder));
        }
        if (reach >= running.Least) return false;
        chosen[neuron] = [.. running.Candidates().Select(image => new Chosen(image.Image, image.Own))];
        return true;
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

    /// <summary>A candidate and where its coefficients are kept.</summary>
    private readonly record struct Chosen(CandidateImage Image, KeptImage Kept);

    /// <summary>The candidates of a neuron while images come: a length between two bounds each, and what is to be remembered of
    /// it.</summary>
    private sealed class Running<T>(int top)
    {
        private readonly PriorityQueue<float, float> lowers = new();
        private List<(CandidateImage Image, float Upper, T Own)> images = [];

        /// <summary>The k-th largest of the lower bounds.</summary>
        public float Least => lowers.Count < top ? float.NegativeInfinity : lowers.Peek();

        /// <summary>All candidates, in the order of the images.</summary>
        public List<(CandidateImage Image, float Upper, T Own)> Candidates()
        {
            Prune();
            images.Sort((a, b) => a.Image.Index.CompareTo(b.Image.Index));
            return images;
        }

        /// <summary>Whether an image that is no longer than this may be a candidate.</summary>
        public bool Reaches(float upper) => upper >= Least;

        public void Add(CandidateImage image, float lower, float upper, T own)
        {
            if (lowers.Count < top) lowers.Enqueue(lower, lower);
            else if (lower > lowers.Peek()) lowers.EnqueueDequeue(lower, lower);
            images.Add((image, upper, own));
            if (images.Count > 4 * top + 64 && images.Count % 64 == 0) Prune();
        }

        private void Prune()
        {
            float least = Least;
            images = [.. images.Where(image => image.Upper >= least)];
        }
    }
}
