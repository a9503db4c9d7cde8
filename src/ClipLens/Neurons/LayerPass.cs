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
    private Tensor? mean, normRounder, squareRounder;
    private Centre? present;
    private bool isMoved;

    public LayerPass(int layer, string folder, int neurons, int paths, int width, int slots, bool inMemory, bool onDevice)
    {
        Layer = layer;
        (Neurons, Paths, Width, this.onDevice) = (neurons, paths, width, onDevice);
        Kept = new KeptRows(Path.Combine(folder, $"kept-{layer:00}.bin"), neurons, slots, paths, inMemory);
        Biases = new BiasFile(Path.Combine(folder, $"bias-{layer:00}.bin"), width);
        Behaviour = new BehaviourSums(neurons, width);
    }

    public int Layer { get; }
    public int Neurons { get; }
    public int Paths { get; }
    public int Width { get; }
    public KeptRows Kept { get; }
    public BiasFile Biases { get; }
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

    /// <summary>What effects are measured from now; null before the sample is done.</summary>
    public Centre? Present => present;

    /// <summary>From another centre, no image that was left out is longer: from the one that was measured from none is above its floor, and
    /// the distance of the two is all that it can gain.</summary>
    /// <param name="forms">The tables.</param>
    /// <param name="neuron">The neuron.</param>
    /// <param name="from">What was measured from.</param>
    /// <param name="to">The other centre's coefficients: [N, K].</param>
    /// <param name="moved">What <see cref="Centre.To"/> gives of it.</param>
    /// <param name="outside">The most that the basis does not hold.</param>
    public float Reach(QuadraticForms forms, int neuron, Centre from, ReadOnlySpan<float> to, float[] moved, float outside = 0)
    {
        float floor = MathF.Max(Kept.Floors[neuron], from.Reaches[neuron]);
        int place = neuron * Paths;
        return float.IsNegativeInfinity(floor) ? floor
            : floor + outside + forms.Distance(neuron, from.Mean.AsSpan(place, Paths), to.Slice(place, Paths), moved);
    }

    /// <summary>A centre that effects are measured from for a while.</summary>
    /// <param name="Mean">Its coefficients: [N, K].</param>
    /// <param name="Shift">Its bias share less that of the first one, in the basis.</param>
    /// <param name="Reaches">By neuron, what no image is above that was left out before this centre.</param>
    public sealed record Centre(float[] Mean, float[] Shift, float[] Reaches)
    {
        /// <summary>Another centre's shift less this one's.</summary>
        public float[] To(float[] shift) => [.. shift.Zip(Shift, (to, from) => to - from)];
    }

    /// <summary>Takes the mean of the sample, from which everything will be measured, and makes the tables.</summary>
    public void Begin(OutputPaths paths, Tensor sampleMean, IReadOnlyList<int> usable, int? workers, CancellationToken cancellation)
    {
        mean = sampleMean.clone().DetachFromDisposeScope();
        using var scope = NewDisposeScope();
        Basis = BiasBasis.FromSample(Biases.Read(usable));
        float[] reaches = new float[Neurons];
        Array.Fill(reaches, float.NegativeInfinity);
        present = new(mean.Floats().ToArray(), new float[BiasBasis.Most], reaches);
        MakeForms(paths, workers, cancellation);
    }

    /// <summary>Makes the tables that a pass taken up again lacks.</summary>
    public QuadraticForms MakeForms(OutputPaths paths, int? workers, CancellationToken cancellation)
    {
        if (Forms is not null) return Forms;
        var forms = new QuadraticForms(paths, Layer, mean!, Basis!, workers, cancellation, onDevice);
        if (onDevice) DeviceForms = new(paths, Layer, mean!, Basis!);
        if (isMoved) SetCentre(forms, workers);
        return Forms = forms;
    }

    /// <summary>Takes in bias shares in the basis: one zero row for an image that could not be read.</summary>
    public void AddProjected(IReadOnlyList<float> values, float remainder)
    {
        Projected.AddRange(values);
        Remainder = MathF.Max(Remainder, remainder);
    }

    /// <summary>Measures the images that were put into the slots as the sample came, gives them their keys, and returns their lengths
    /// [N, images].</summary>
    public Tensor MeasureSample(int images, int? workers, CancellationToken cancellation)
    {
        var result = empty(Neurons, Math.Max(1, images)).narrow(1, 0, images).contiguous();
        ForEachKept((neuron, kept) =>
        {
            MeasureKept(Forms!, neuron, kept, isFirst: true);
            var own = result.Floats().Slice(neuron * images, images);
            for (int i = 0; i < images; i++) own[i] = kept.Results[i].Norm;
            for (int slot = 0; slot < Kept.Slots; slot++) Kept.Squares[neuron * Kept.Slots + slot] = kept.Results[slot].First;
            SetKeys(neuron, kept.Results);
        }, workers, cancellation);
        using var scope = NewDisposeScope();
        var largest = images > 0 ? result.amax([1], keepdim: true) : zeros(Neurons, 1);
        normRounder = Grid.Rounder(largest, Grid.NormBits).DetachFromDisposeScope();
        squareRounder = Grid.Rounder(largest.square(), Grid.SumBits).DetachFromDisposeScope();
        return result;
    }

    /// <summary>Measures from another centre from now on, to which the images kept get new keys. What was left out is longer from there by
    /// no more than the distance of the two.</summary>
    public void Move(Tensor centre, Tensor bias, int? workers, CancellationToken cancellation)
    {
        var before = present!;
        present = new(centre.contiguous().Floats().ToArray(), ProjectCentre(bias), new float[Neurons]);
        isMoved = true;
        SetCentre(Forms!, workers);
        float[] moved = before.To(present.Shift);
        ForEachKept((neuron, kept) =>
        {
            present.Reaches[neuron] = Reach(Forms!, neuron, before, present.Mean, moved);
            MeasureKept(Forms!, neuron, kept);
            SetKeys(neuron, kept.Results);
        }, workers, cancellation);
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
        yield return Named("keys", Kept.Keys);
        yield return Named("squares", Kept.Squares);
        yield return Named("images", Kept.Images);
        yield return Named("projected", Projected.ToArray());
        yield return Named("remainder", [Remainder]);
        if (mean is null) yield break;
        yield return SafeTensorData.From($"mean.{Layer}", mean);
        yield return SafeTensorData.From($"basis_mean.{Layer}", Basis!.Mean);
        yield return SafeTensorData.From($"basis.{Layer}", Basis.Directions);
        yield return SafeTensorData.From($"norm_rounder.{Layer}", normRounder!);
        yield return SafeTensorData.From($"square_rounder.{Layer}", squareRounder!);
        yield return SafeTensorData.From($"behaviour.{Layer}", Behaviour.Sums);
        yield return Named("centre", present!.Mean);
        yield return Named("shift", present.Shift);
        yield return Named("reaches", present.Reaches);
    }

    public void Load(SafeTensorsFile state, int centres)
    {
        float[] keys = state.Read<float>(NameOf("keys"));
        state.Read<float>(NameOf("squares")).CopyTo(Kept.Squares, 0);
        state.Read<int>(NameOf("images")).CopyTo(Kept.Images, 0);
        for (int neuron = 0; neuron < Neurons; neuron++) Kept.SetKeys(neuron, keys.AsSpan(neuron * Kept.Slots, Kept.Slots));
        Projected.AddRange(state.Read<float>(NameOf("projected")));
        Remainder = state.Read<float>(NameOf("remainder"))[0];
        if (centres == 0) return;
        mean = state.LoadStored(NameOf("mean")).DetachFromDisposeScope();
        Basis = new(state.LoadStored(NameOf("basis_mean")).DetachFromDisposeScope(),
            state.LoadStored(NameOf("basis")).DetachFromDisposeScope());
        normRounder = state.LoadStored(NameOf("norm_rounder")).DetachFromDisposeScope();
        squareRounder = state.LoadStored(NameOf("square_rounder")).DetachFromDisposeScope();
        using (var sums = state.LoadStored(NameOf("behaviour"))) Behaviour.Sums.copy_(sums);
        present = new(state.Read<float>(NameOf("centre")), state.Read<float>(NameOf("shift")), state.Read<float>(NameOf("reaches")));
        isMoved = centres > 1;
    }

    public void Dispose()
    {
        Kept.Dispose();
        Biases.Dispose();
        Behaviour.Dispose();
        Basis?.Dispose();
        DeviceForms?.Dispose();
        mean?.Dispose();
        normRounder?.Dispose();
        squareRounder?.Dispose();
        norms.ForEach(batch => batch.Dispose());
    }

    private string NameOf(string name) => $"{name}.{Layer}";

    private SafeTensorData Named<T>(string name, T[] values) where T : unmanaged => SafeTensorData.From(NameOf(name), values);

    private void SetCentre(QuadraticForms forms, int? workers)
    {
        forms.Centre(present!.Mean, present.Shift, workers);
        using var centre = tensor(present.Mean, [Neurons, Paths]);
        DeviceForms?.Centre(centre, present.Shift);
    }

    private void SetKeys(int neuron, Measurement[] results)
    {
        var images = Kept.Images.AsSpan(neuron * Kept.Slots, Kept.Slots);
        Span<float> keys = stackalloc float[Kept.Slots];
        for (int slot = 0; slot < keys.Length; slot++) keys[slot] = images[slot] < 0 ? float.NegativeInfinity : results[slot].Upper;
        Kept.SetKeys(neuron, keys);
    }

    /// <summary>Does something with every neuron, on several threads, with buffers for what is kept of it.</summary>
    private void ForEachKept(Action<int, KeptBuffers> work, int? workers, CancellationToken cancellation)
    {
        const int chunk = 64;
        OrderedWork.Run(0, (Neurons + chunk - 1) / chunk, piece =>
        {
            var kept = new KeptBuffers(Kept.Slots, Paths);
            for (int neuron = piece * chunk; neuron < Math.Min(Neurons, (piece + 1) * chunk); neuron++) work(neuron, kept);
            return piece;
        }, (_, _) => { }, workers, cancellation);
    }

    /// <summary>Measures the images kept for a neuron, slot by slot.</summary>
    /// <param name="forms">The tables.</param>
    /// <param name="neuron">The neuron.</param>
    /// <param name="kept">Receives their coefficients and measurements; of an empty slot these mean nothing.</param>
    /// <param name="isFirst">Whether they have not been measured from the first centre yet.</param>
    public void MeasureKept(QuadraticForms forms, int neuron, KeptBuffers kept, bool isFirst = false)
    {
        Kept.Read(neuron, kept.Rows);
        var projected = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(Projected);
        for (int slot = 0; slot < Kept.Slots; slot++)
        {
            int image = Kept.Images[neuron * Kept.Slots + slot];
            var own = kept.Biases.AsSpan(slot * BiasBasis.Most, BiasBasis.Most);
            if (image < 0) own.Clear();
            else projected.Slice(image * BiasBasis.Most, BiasBasis.Most).CopyTo(own);
        }
        fixed (float* row = kept.Rows, bias = kept.Biases)
        {
            if (isFirst) forms.Measure(neuron, row, Paths, bias, Kept.Slots, kept.Results);
            else forms.Remeasure(neuron, row, bias, Kept.Squares.AsSpan(neuron * Kept.Slots, Kept.Slots), kept.Results);
        }
    }
}

/// <summary>Room for what is kept of a neuron: slot by slot its coefficients, bias shares in the basis, and measurements.</summary>
/// <param name="slots">Slots.</param>
/// <param name="paths">Coefficients of each.</param>
internal sealed class KeptBuffers(int slots, int paths)
{
    public float[] Rows { get; } = new float[slots * paths];
    public float[] Biases { get; } = new float[slots * BiasBasis.Most];
    public Measurement[] Results { get; } = new Measurement[slots];
}
