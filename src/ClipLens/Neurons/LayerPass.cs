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
    private readonly List<Centre> closed = [];
    private readonly bool onDevice;
    private Tensor? mean, normRounder;
    private Centre? present;

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

    /// <summary>Centres that have been given up and the present one, each with what was not kept while it was in use.</summary>
    public IEnumerable<Centre> Centres => present is null ? closed : closed.Append(present with { Floors = Kept.Floors });

    /// <summary>A centre that effects were measured from for a while.</summary>
    /// <param name="Mean">Its coefficients: [N, K].</param>
    /// <param name="Shift">Its bias share less that of the first one, in the basis.</param>
    /// <param name="Floors">By neuron, what no image that was left out is above.</param>
    public sealed record Centre(float[] Mean, float[] Shift, float[] Floors);

    /// <summary>Takes the mean of the sample, from which everything will be measured, and makes the tables.</summary>
    public void Begin(OutputPaths paths, Tensor sampleMean, IReadOnlyList<int> usable, int? workers, CancellationToken cancellation)
    {
        mean = sampleMean.clone().DetachFromDisposeScope();
        using var scope = NewDisposeScope();
        Basis = BiasBasis.FromSample(Biases.Read(usable));
        present = new(mean.Floats().ToArray(), new float[BiasBasis.Most], []);
        MakeForms(paths, workers, cancellation);
    }

    /// <summary>Makes the tables that a pass taken up again lacks.</summary>
    public QuadraticForms MakeForms(OutputPaths paths, int? workers, CancellationToken cancellation)
    {
        if (Forms is not null) return Forms;
        var forms = new QuadraticForms(paths, Layer, mean!, Basis!, workers, cancellation);
        if (onDevice) DeviceForms = new(paths, Layer, mean!, Basis!);
        if (closed.Count > 0) SetCentre(forms);
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
        Rekey(workers, cancellation, (neuron, measured) =>
        {
            var own = result.Floats().Slice(neuron * images, images);
            for (int i = 0; i < images; i++) own[i] = measured[i].Norm;
        });
        using var scope = NewDisposeScope();
        var largest = images > 0 ? result.amax([1], keepdim: true) : zeros(Neurons, 1);
        normRounder = Grid.Rounder(largest, Grid.NormBits).DetachFromDisposeScope();
        return result;
    }

    /// <summary>Measures from another centre from now on, to which the images kept get new keys.</summary>
    public void Move(Tensor centre, Tensor bias, int? workers, CancellationToken cancellation)
    {
        closed.Add(present! with { Floors = [.. Kept.Floors] });
        present = new(centre.contiguous().Floats().ToArray(), ProjectCentre(bias), []);
        SetCentre(Forms!);
        Rekey(workers, cancellation);
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
        Behaviour.Add(Grid.Round(cat(norms, 1), normRounder!), images, representations);
        norms.ForEach(batch => batch.Dispose());
        norms.Clear();
    }

    public IEnumerable<SafeTensorData> Save()
    {
        yield return Named("keys", Kept.Keys);
        yield return Named("images", Kept.Images);
        yield return Named("projected", Projected.ToArray());
        yield return Named("remainder", [Remainder]);
        if (mean is null) yield break;
        yield return SafeTensorData.From($"mean.{Layer}", mean);
        yield return SafeTensorData.From($"basis_mean.{Layer}", Basis!.Mean);
        yield return SafeTensorData.From($"basis.{Layer}", Basis.Directions);
        yield return SafeTensorData.From($"norm_rounder.{Layer}", normRounder!);
        yield return SafeTensorData.From($"behaviour.{Layer}", Behaviour.Sums);
        foreach (var (number, centre) in closed.Append(present!).Index())
        {
            yield return Named($"centre_{number}", centre.Mean);
            yield return Named($"shift_{number}", centre.Shift);
            yield return Named($"floors_{number}", centre.Floors);
        }
    }

    public void Load(SafeTensorsFile state, int centres)
    {
        float[] keys = state.Read<float>(NameOf("keys"));
        state.Read<int>(NameOf("images")).CopyTo(Kept.Images, 0);
        for (int neuron = 0; neuron < Neurons; neuron++) Kept.SetKeys(neuron, keys.AsSpan(neuron * Kept.Slots, Kept.Slots));
        Projected.AddRange(state.Read<float>(NameOf("projected")));
        Remainder = state.Read<float>(NameOf("remainder"))[0];
        if (centres == 0) return;
        mean = state.LoadStored(NameOf("mean")).DetachFromDisposeScope();
        Basis = new(state.LoadStored(NameOf("basis_mean")).DetachFromDisposeScope(),
            state.LoadStored(NameOf("basis")).DetachFromDisposeScope());
        normRounder = state.LoadStored(NameOf("norm_rounder")).DetachFromDisposeScope();
        using (var sums = state.LoadStored(NameOf("behaviour"))) Behaviour.Sums.copy_(sums);
        for (int number = 0; number < centres; number++)
        {
            var centre = new Centre(state.Read<float>(NameOf($"centre_{number}")), state.Read<float>(NameOf($"shift_{number}")),
                state.Read<float>(NameOf($"floors_{number}")));
            if (number < centres - 1) closed.Add(centre);
            else present = centre;
        }
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
        norms.ForEach(batch => batch.Dispose());
    }

    private string NameOf(string name) => $"{name}.{Layer}";

    private SafeTensorData Named<T>(string name, T[] values) where T : unmanaged => SafeTensorData.From(NameOf(name), values);

    private void SetCentre(QuadraticForms forms)
    {
        using var centre = tensor(present!.Mean, [Neurons, Paths]);
        forms.Centre(centre, present.Shift);
        DeviceForms?.Centre(centre, present.Shift);
    }

    private void Rekey(int? workers, CancellationToken cancellation, Action<int, Measurement[]>? measured = null)
    {
        const int chunk = 64;
        OrderedWork.Run(0, (Neurons + chunk - 1) / chunk, piece =>
        {
            var results = new Measurement[Kept.Slots];
            var rows = new float[Kept.Slots * Paths];
            var biases = new float[Kept.Slots * BiasBasis.Most];
            for (int neuron = piece * chunk; neuron < Math.Min(Neurons, (piece + 1) * chunk); neuron++)
            {
                MeasureKept(Forms!, neuron, rows, biases, results);
                var images = Kept.Images.AsSpan(neuron * Kept.Slots, Kept.Slots);
                float[] keys = [.. results.Select(result => result.Upper)];
                for (int slot = 0; slot < keys.Length; slot++) if (images[slot] < 0) keys[slot] = float.NegativeInfinity;
                Kept.SetKeys(neuron, keys);
                measured?.Invoke(neuron, results);
            }
            return piece;
        }, (_, _) => { }, workers, cancellation);
    }

    /// <summary>Measures the images kept for a neuron, slot by slot.</summary>
    /// <param name="forms">The tables.</param>
    /// <param name="neuron">The neuron.</param>
    /// <param name="rows">Receives their coefficients.</param>
    /// <param name="biases">Receives their bias shares in the basis.</param>
    /// <param name="results">Receives the measurements; of an empty slot it means nothing.</param>
    public void MeasureKept(QuadraticForms forms, int neuron, float[] rows, float[] biases, Span<Measurement> results)
    {
        Kept.Read(neuron, rows);
        var projected = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(Projected);
        for (int slot = 0; slot < Kept.Slots; slot++)
        {
            int image = Kept.Images[neuron * Kept.Slots + slot];
            var own = biases.AsSpan(slot * BiasBasis.Most, BiasBasis.Most);
            if (image < 0) own.Clear();
            else projected.Slice(image * BiasBasis.Most, BiasBasis.Most).CopyTo(own);
        }
        fixed (float* row = rows, bias = biases) forms.Measure(neuron, row, Paths, bias, Kept.Slots, results);
    }
}
