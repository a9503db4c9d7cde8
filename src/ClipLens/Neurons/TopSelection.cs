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
/// such a neuron sees images once more (<see cref="SecondLook"/>): those that are named, or all.
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

    /// <summary>Finds the candidates of a neuron among the images that were kept, or which others it needs to see; null if it is decided.
    /// May be called on several threads.</summary>
    public OpenNeuron? Decide(int neuron)
    {
        var running = new RunningTop<KeptImage>(top, remainder);
        VisitKept(neuron, (image, measured, kept) =>
        {
            if (running.Reaches(measured)) running.Add(image, measured, kept);
        });
        var omitted = new List<CandidateImage>();
        foreach (var (part, own) in layers.Index())
        {
            float[] distances = own.Distances(forms, neuron, mean.AsSpan(neuron * Paths, Paths), shift);
            // No image that a part left out without naming it is longer, from the final mean.
            for (int centre = 0; centre < distances.Length; centre++)
                if (own.Kept.Omitted.Floors[centre][neuron] + distances[centre] + remainder >= running.Least) return new(neuron, null);
            foreach (var image in own.Kept.Omitted[neuron])
                if (image.Key + distances[image.Centre] + remainder >= running.Least)
                    omitted.Add(new(parts[part].IndexOf(image.Image), part, image.Image));
        }
        if (omitted.Count > 0) return new(neuron, omitted);
        chosen[neuron] = [.. running.Candidates().Select(image => new Chosen(image.Image, image.Own))];
        return null;
    }

    /// <summary>What is known of a neuron's candidates before the images are seen that it lacks: those that were kept, unless it sees
    /// all.</summary>
    public RunningTop<float[]> Begin(OpenNeuron open)
    {
        var running = new RunningTop<float[]>(top, remainder);
        if (open.Images is not null)
            VisitKept(open.Neuron, (image, measured, kept) =>
            {
                if (!running.Reaches(measured)) return;
                float[] row = new float[Paths];
                layers[image.Part].Kept.ReadRow(kept, row);
                running.Add(image, measured, row);
            });
        return running;
    }

    /// <summary>A neuron is decided now.</summary>
    public void Settle(int neuron, RunningTop<float[]> running)
    {
        var images = running.Candidates();
        found[neuron] = new([.. images.Select(image => image.Image)], [.. images.SelectMany(image => image.Own)]);
    }

    /// <summary>Measures rows of a neuron from the final mean.</summary>
    /// <param name="neuron">The neuron.</param>
    /// <param name="rows">Coefficients of the first image, not centred.</param>
    /// <param name="stride">From one image's to the next's.</param>
    /// <param name="biases">The images' bias shares in the basis (<see cref="ProjectBiases"/>).</param>
    /// <param name="images">Images.</param>
    public Measurement[] Measure(int neuron, float* rows, long stride, float* biases, int images)
    {
        var results = new Measurement[images];
        forms.Measure(neuron, rows, stride, biases, images, results);
        return results;
    }

    /// <summary>Bias shares in the basis.</summary>
    public float[] ProjectBiases(Tensor biases) => layers[0].Basis!.Project(biases).Projected;

    private void VisitKept(int neuron, Action<CandidateImage, Measurement, KeptImage> visit)
    {
        foreach (var (part, own) in layers.Index())
        {
            var measured = own.MeasureKept(forms, neuron, buffers.Value!);
            var kept = own.Kept[neuron];
            for (int i = 0; i < measured.Length; i++)
                visit(new(parts[part].IndexOf(kept[i].Image), part, kept[i].Image), measured[i], kept[i]);
        }
    }

    /// <summary>A candidate and where its coefficients are kept.</summary>
    private readonly record struct Chosen(CandidateImage Image, KeptImage Kept);
}
