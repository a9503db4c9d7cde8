using System.Globalization;
using ClipLens.Files;
using static TorchSharp.torch;

namespace ClipLens.Neurons;

/// <summary>What a pass over a dataset has found so far, and the file that it is taken up from.</summary>
internal sealed class PassState : IDisposable
{
    private const int ImagesAtOnce = 256;
    private readonly string path;
    private readonly int width;
    private readonly SettledState saved;
    private readonly List<int> remembered = [];
    private readonly List<Tensor> representations = [];

    /// <summary>Knows nothing yet.</summary>
    /// <param name="folder">Where the pass keeps its files.</param>
    /// <param name="layers">The blocks.</param>
    /// <param name="width">Width d of the joint space.</param>
    public PassState(string folder, IReadOnlyList<LayerPass> layers, int width)
    {
        (path, this.width) = (Path.Combine(folder, "state.safetensors"), width);
        Layers = layers.ToDictionary(layer => layer.Layer);
        Sums = new EffectSums(layers.Select(layer => (layer.Layer, layer.Neurons, layer.Paths)), width);
        ImageSums = new ImageSums(width);
        saved = new SettledState(Path.Combine(folder, "unsettled"), Flush);
    }

    /// <summary>What is known of each block.</summary>
    public IReadOnlyDictionary<int, LayerPass> Layers { get; }

    /// <summary>Sums of the coefficients and bias shares.</summary>
    public EffectSums Sums { get; }

    /// <summary>Sums over the representations.</summary>
    public ImageSums ImageSums { get; }

    /// <summary>What became of the images, in the order of the pass.</summary>
    public ImageOutcomes Outcomes { get; private set; } = new();

    /// <summary>Centres that were measured from, with the present one; 0 before the sample is done.</summary>
    public int Centres { get; set; }

    /// <summary>Keeps a batch's representations until its lengths are added to the sums, which is now and then.</summary>
    /// <param name="images">Indices of the images in the dataset.</param>
    /// <param name="unit">Their unit representations: [images, d].</param>
    public void Remember(IEnumerable<int> images, Tensor unit)
    {
        remembered.AddRange(images);
        representations.Add(Grid.RoundRepresentations(unit).DetachFromDisposeScope());
        if (Centres > 0 && remembered.Count >= ImagesAtOnce) AddNorms();
    }

    /// <summary>Adds what was remembered of images to the sums that relate lengths to representations.</summary>
    public void AddNorms()
    {
        if (remembered.Count == 0) return;
        using var scope = NewDisposeScope();
        var all = cat(representations, 0);
        double[] wide = all.data<double>().ToArray();
        for (int i = 0; i < remembered.Count; i++) ImageSums.Add(remembered[i], wide.AsSpan(i * width, width));
        foreach (var layer in Layers.Values) layer.AddNorms(remembered, all);
        Forget();
    }

    /// <summary>Forgets the representations that were remembered.</summary>
    public void Forget()
    {
        remembered.Clear();
        representations.ForEach(batch => batch.Dispose());
        representations.Clear();
    }

    /// <summary>Saves everything; a killed process loses nothing of it.</summary>
    public void Save()
    {
        if (Centres > 0) AddNorms();
        saved.Save(Write);
    }

    /// <summary>Waits until all that was saved is on the disk, so that another machine may read it.</summary>
    public void Settle() => saved.Wait();

    /// <summary>Takes up a saved pass; one whose files are not all there is begun anew.</summary>
    /// <param name="counts">Whether an image of this number counts for the part.</param>
    public void Load(Func<int, bool> counts)
    {
        if (!File.Exists(path) || !saved.IsTrusted) return;
        using var state = SafeTensorsFile.Open(path);
        if (!state.Metadata.TryGetValue("failures", out string? failures)
            || !int.TryParse(state.Metadata.GetValueOrDefault("centres"), CultureInfo.InvariantCulture, out int centres)) return;
        var images = ImageOutcomes.Load(state, failures);
        int last = Enumerable.Range(1, images.Count).Select(back => images.Count - back).FirstOrDefault(images.IsUsable, -1);
        if (Layers.Values.Any(layer => !layer.HasFiles(last + 1, centres) || !layer.Kept.Load(state)))
        {
            foreach (var layer in Layers.Values) layer.Kept.Clear();
            return;
        }
        Outcomes = images;
        Centres = centres;
        int counted = Enumerable.Range(0, images.Count).Count(number => images.IsUsable(number) && (Centres == 0 || counts(number)));
        Sums.Load(state, counted, Centres > 0);
        ImageSums.Load(state);
        foreach (var layer in Layers.Values) layer.Load(state, Centres);
        if (!state.Contains("representations")) return;
        representations.Add(state.LoadStored("representations").DetachFromDisposeScope());
        remembered.AddRange(state.Read<int>("remembered"));
    }

    public void Dispose()
    {
        saved.Dispose();
        Sums.Dispose();
        foreach (var layer in Layers.Values) layer.Dispose();
        Forget();
    }

    private void Write(bool waitForDisk)
    {
        using var scope = NewDisposeScope();
        var (hashes, failures) = Outcomes.Save();
        SafeTensorData[] waiting = representations.Count == 0 ? []
            : [SafeTensorData.From("representations", cat(representations, 0)), SafeTensorData.From("remembered", remembered.ToArray())];
        SafeTensorsWriter.Save(path,
            [hashes, .. Sums.Save(), .. ImageSums.Save(), .. Layers.Values.SelectMany(layer => layer.Save()), .. waiting],
            new Dictionary<string, string> { ["failures"] = failures, ["centres"] = Centres.ToString(CultureInfo.InvariantCulture) },
            waitForDisk);
    }

    /// <summary>Brings to the disk what was written: the state must not speak of records there that a power failure took.</summary>
    private void Flush()
    {
        foreach (var layer in Layers.Values) layer.Flush();
        if (!File.Exists(path)) return;
        using var state = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.FlushToDisk(state);
    }
}
