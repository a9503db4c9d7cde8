using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Files;
using static TorchSharp.torch;

namespace ClipLens.Neurons;

/// <summary>
/// What a pass knows of one block: the images kept for every neuron and the bias shares of all, what the effects were measured from, and
/// how their lengths go with the representations.
/// </summary>
internal sealed unsafe class LayerPass : IDisposable
{
    private readonly List<Tensor> norms = [];
    private readonly bool onDevice;
    private readonly List<float[]> shifts = [];
    private readonly RecordFile centres;
    private float[] spreads = [];
    private Tensor? normRounder, squareRounder;

    public LayerPass(int layer, string folder, int neurons, int paths, int width, KeptLimits limits, bool inMemory, bool onDevice)
    {
        Layer = layer;
        (Neurons, Paths, Width, this.onDevice) = (neurons, paths, width, onDevice);
        Kept = new KeptRows(folder, layer, neurons, paths, limits, inMemory);
        Biases = new RecordFile(Path.Combine(folder, $"bias-{layer:00}.bin"), width);
        centres = new RecordFile(Path.Combine(folder, $"centres-{layer:00}.bin"), paths);
        Behaviour = new BehaviourSums(neurons, width);
    }

    public int Layer { get; }
    public int Neurons { get; }
    public int Paths { get; }
    public int Width { get; }
    public KeptRows Kept { get; }

    /// <summary>The images' bias shares: a record of d values each, in the order of the pass.</summary>
    public RecordFile Biases { get; }
    public BehaviourSums Behaviour { get; }

    /// <summary>Where the bias shares lie; null before the sample is done.</summary>
    public BiasBasis? Basis { get; private set; }

    /// <summary>The bias shares of the pass' images in the basis, <see cref="BiasBasis.Most"/> numbers of each.</summary>
    public List<float> Projected { get; } = [];

    /// <summary>The most that lies outside the basis, of any image.</summary>
    public float Remainder { get; private set; }

    /// <summary>The tables; null until they are wanted.</summary>
    public QuadraticForms? Forms { get; private set; }

    /// <summary>The tables on the model's device; null where effects are measured on the processor.</summary>
    public DeviceForms? DeviceForms { get; private set; }

    /// <summary>How far another centre is from each of those that were measured from: an image left out then is longer from there by no
    /// more than that.</summary>
    /// <param name="forms">The tables.</param>
    /// <param name="neuron">The neuron.</param>
    /// <param name="to">The other centre's coefficients: [K].</param>
    /// <param name="toShift">Its bias share less that of the first one, in the basis.</param>
    public float[] Distances(QuadraticForms forms, int neuron, ReadOnlySpan<float> to, float[] toShift)
    {
        float[] result = new float[shifts.Count], from = new float[Paths], moved = new float[BiasBasis.Most];
        for (int number = 0; number < result.Length; number++)
        {
            centres.Read(number * Neurons + neuron, from);
            for (int i = 0; i < moved.Length; i++) moved[i] = toShift[i] - shifts[number][i];
            result[number] = forms.Distance(neuron, from, to, moved);
        }
        return result;
    }

    /// <summary>Whether the files hold what a pass needs that has measured from so many centres.</summary>
    public bool HasFiles(int images, int centresSoFar) => Biases.Reaches(images) && centres.Reaches(centresSoFar * Neurons);

    /// <summary>Brings to the disk what was written.</summary>
    public void Flush()
    {
        Kept.Flush();
        Biases.Flush();
        centres.Flush();
    }

    /// <summary>Takes the mean of the sample, from which everything will be measured, and makes the tables.</summary>
    public void Begin(OutputPaths paths, Tensor sampleMean, IReadOnlyList<int> usable, int? workers, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        Basis = BiasBasis.FromSample(Biases.Read(usable));
        AddCentre(sampleMean, new float[BiasBasis.Most]);
        MakeForms(paths, workers, cancellation);
    }

    /// <summary>Makes the tables that a pass taken up again lacks.</summary>
    public QuadraticForms MakeForms(OutputPaths paths, int? workers, CancellationToken cancellation)
    {
        if (Forms is not null) return Forms;
        using var first = tensor(ReadCentre(0), [Neurons, Paths]);
        var forms = new QuadraticForms(paths, Layer, first, Basis!, workers, cancellation, onDevice);
        if (onDevice) DeviceForms = new(paths, Layer, first, Basis!);
        if (shifts.Count > 1) Centre(forms, ReadCentre(shifts.Count - 1), workers);
        return Forms = forms;
    }

    /// <summary>Takes in bias shares in the basis: one zero row for an image that could not be read.</summary>
    public void AddProjected(IReadOnlyList<float> values, float remainder)
    {
        Projected.AddRange(values);
        Remainder = MathF.Max(Remainder, remainder);
    }

    /// <summary>Measures the images of the sample, gives them their keys, and returns their lengths [N, images].</summary>
    /// <param name="images">Images of the sample that could be read.</param>
    /// <param name="ahead">How far the mean may still move (<see cref="MeanDrift"/>).</param>
    /// <param name="workers">Threads.</param>
    /// <param name="cancellation">Stops between some neurons.</param>
    public Tensor MeasureSample(int images, float ahead, int? workers, CancellationToken cancellation)
    {
        var result = empty(Neurons, Math.Max(1, images)).narrow(1, 0, images).contiguous();
        spreads = new float[Neurons];
        ForEachKept((neuron, kept) =>
        {
            var measured = MeasureKept(Forms!, neuron, kept, isFirst: true);
            var own = result.Floats().Slice(neuron * images, images);
            for (int i = 0; i < images; i++) own[i] = measured[i].Norm;
            spreads[neuron] = MeanDrift.Spread(measured);
            Kept.SetKeys(neuron, measured, Margin(measured, ahead * spreads[neuron]));
        }, workers, cancellation);
        using var scope = NewDisposeScope();
        var largest = images > 0 ? result.amax([1], keepdim: true) : zeros(Neurons, 1);
        normRounder = Grid.Rounder(largest, Grid.NormBits).DetachFromDisposeScope();
        squareRounder = Grid.Rounder(largest.square(), Grid.SumBits).DetachFromDisposeScope();
        return result;
    }

    /// <summary>Measures from another centre from now on, to which the images kept get new keys. What was left out is longer from there by
    /// no more than the distance of the two.</summary>
    /// <param name="mean">The new one's coefficients: [N, K].</param>
    /// <param name="bias">Its bias share: [d].</param>
    /// <param name="ahead">How far it may still move (<see cref="MeanDrift"/>).</param>
    /// <param name="workers">Threads.</param>
    /// <param name="cancellation">Stops between some neurons.</param>
    public void Move(Tensor mean, Tensor bias, float ahead, int? workers, CancellationToken cancellation)
    {
        Centre(Forms!, AddCentre(mean, ProjectCentre(bias)), workers);
        Kept.BeginKeys();
        ForEachKept((neuron, kept) =>
        {
            var measured = MeasureKept(Forms!, neuron, kept);
            Kept.SetKeys(neuron, measured, Margin(measured, ahead * spreads[neuron]));
        }, workers, cancellation);
    }

    /// <summary>How much shorter than the k-th largest an image may be that is kept: the final mean may be nearer to the one and farther
    /// from the other, and no length is known exactly.</summary>
    private float Margin(ReadOnlySpan<Measurement> measured, float drift)
    {
        float width = 0;
        foreach (var own in measured) width = MathF.Max(width, own.Upper - own.Lower);
        return 2 * (drift + width + 2 * Remainder);
    }

    /// <summary>A centre's bias share in the basis.</summary>
    public float[] ProjectCentre(Tensor bias) => Basis!.Project(bias.unsqueeze(0)).Projected;

    /// <summary>Keeps a batch's lengths [N, images] until <see cref="AddNorms"/>.</summary>
    public void Remember(Tensor lengths) => norms.Add(lengths.DetachFromDisposeScope());

    /// <summary>Adds the lengths that were remembered to the sums.</summary>
    /// <param name="images">Indices of their images.</param>
    /// <param name="representations">Their unit representations on the grid: [images, d].</param>
    public void AddNorms(IReadOnlyList<int> images, Tensor representations)
    {
        using var scope = NewDisposeScope();
        var all = cat(norms, 1);
        Behaviour.Add(Grid.Round(all, normRounder!.With(all)), squareRounder!.With(all), images, representations.With(all));
        norms.ForEach(batch => batch.Dispose());
        norms.Clear();
    }

    public IEnumerable<SafeTensorData> Save()
    {
        foreach (var own in Kept.Save()) yield return own;
        yield return Named("projected", Projected.ToArray());
        yield return Named("remainder", [Remainder]);
        if (shifts.Count == 0) yield break;
        yield return SafeTensorData.From($"basis_mean.{Layer}", Basis!.Mean);
        yield return SafeTensorData.From($"basis.{Layer}", Basis.Directions);
        yield return SafeTensorData.From($"norm_rounder.{Layer}", normRounder!);
        yield return SafeTensorData.From($"square_rounder.{Layer}", squareRounder!);
        yield return SafeTensorData.From($"behaviour.{Layer}", Behaviour.Sums);
        yield return Named("spreads", spreads);
        yield return Named("shifts", [.. shifts.SelectMany(own => own)]);
    }

    public void Load(SafeTensorsFile state, int centresSoFar)
    {
        Projected.AddRange(state.Read<float>(NameOf("projected")));
        Remainder = state.Read<float>(NameOf("remainder"))[0];
        if (centresSoFar == 0) return;
        Basis = new(state.LoadStored(NameOf("basis_mean")).DetachFromDisposeScope(),
            state.LoadStored(NameOf("basis")).DetachFromDisposeScope());
        normRounder = state.LoadStored(NameOf("norm_rounder")).DetachFromDisposeScope();
        squareRounder = state.LoadStored(NameOf("square_rounder")).DetachFromDisposeScope();
        using (var sums = state.LoadStored(NameOf("behaviour"))) Behaviour.Sums.copy_(sums);
        shifts.AddRange(state.Read<float>(NameOf("shifts")).Chunk(BiasBasis.Most));
        spreads = state.Read<float>(NameOf("spreads"));
    }

    public void Dispose()
    {
        Kept.Dispose();
        Biases.Dispose();
        centres.Dispose();
        Behaviour.Dispose();
        Basis?.Dispose();
        DeviceForms?.Dispose();
        normRounder?.Dispose();
        squareRounder?.Dispose();
        norms.ForEach(batch => batch.Dispose());
    }

    private string NameOf(string name) => $"{name}.{Layer}";

    private SafeTensorData Named<T>(string name, T[] values) where T : unmanaged => SafeTensorData.From(NameOf(name), values);

    private float[] AddCentre(Tensor mean, float[] shift)
    {
        float[] centre = mean.contiguous().Floats().ToArray();
        centres.Write(shifts.Count * Neurons, centre);
        shifts.Add(shift);
        return centre;
    }

    private float[] ReadCentre(int number)
    {
        float[] centre = new float[Neurons * Paths];
        centres.Read(number * Neurons, centre);
        return centre;
    }

    private void Centre(QuadraticForms forms, float[] centre, int? workers)
    {
        forms.Centre(centre, shifts[^1], workers);
        if (DeviceForms is null) return;
        using var own = tensor(centre, [Neurons, Paths]);
        DeviceForms.Centre(own, shifts[^1]);
    }

    /// <summary>Does something with every neuron, on several threads, with buffers for what is kept of it.</summary>
    private void ForEachKept(Action<int, KeptBuffers> work, int? workers, CancellationToken cancellation)
    {
        const int chunk = 64;
        OrderedWork.Run(0, (Neurons + chunk - 1) / chunk, piece =>
        {
            var kept = new KeptBuffers(Paths);
            for (int neuron = piece * chunk; neuron < Math.Min(Neurons, (piece + 1) * chunk); neuron++) work(neuron, kept);
            return piece;
        }, (_, _) => { }, workers, cancellation);
    }

    /// <summary>Measures the images kept for a neuron, one after the other.</summary>
    /// <param name="forms">The tables.</param>
    /// <param name="neuron">The neuron.</param>
    /// <param name="kept">Receives their coefficients and the measurements, which are good until it is used again.</param>
    /// <param name="isFirst">Whether they have not been measured from the first centre yet.</param>
    public ReadOnlySpan<Measurement> MeasureKept(QuadraticForms forms, int neuron, KeptBuffers kept, bool isFirst = false)
    {
        var images = Kept[neuron];
        kept.Reserve(images.Length);
        Kept.ReadRows(neuron, kept.Rows);
        var projected = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(Projected);
        for (int i = 0; i < images.Length; i++)
        {
            projected.Slice(images[i].Image * BiasBasis.Most, BiasBasis.Most).CopyTo(kept.Biases.AsSpan(i * BiasBasis.Most));
            kept.Squares[i] = images[i].Square;
        }
        fixed (float* row = kept.Rows, bias = kept.Biases)
        {
            if (isFirst) forms.Measure(neuron, row, Paths, bias, images.Length, kept.Results);
            else forms.Remeasure(neuron, row, bias, kept.Squares.AsSpan(0, images.Length), kept.Results);
        }
        return kept.Results.AsSpan(0, images.Length);
    }
}

/// <summary>Room for what is kept of a neuron: its images' coefficients, bias shares in the basis, squares and measurements.</summary>
/// <param name="paths">Coefficients of an image.</param>
internal sealed class KeptBuffers(int paths)
{
    public float[] Rows { get; private set; } = [];
    public float[] Biases { get; private set; } = [];
    public float[] Squares { get; private set; } = [];
    public Measurement[] Results { get; private set; } = [];

    /// <summary>Makes room for so many images; what was there is lost.</summary>
    public void Reserve(int images)
    {
        if (images <= Squares.Length) return;
        (Rows, Biases) = (new float[images * paths], new float[images * BiasBasis.Most]);
        (Squares, Results) = (new float[images], new Measurement[images]);
    }
}
