using System.Globalization;
using System.Text.RegularExpressions;
using ClipLens.Explorer.Data;
using ClipLens.Explorer.Images;
using ClipLens.Models;
using ClipLens.Runs;

namespace ClipLens.Explorer;

/// <summary>
/// The pages of a run and their data, file by file: one set for the server, which makes a file when it is asked for, and for the report,
/// which writes them all. A file's address is one of a few forms with numbers in them; nothing of it is ever taken for a path.
/// </summary>
public sealed partial class ExplorerSite : IDisposable
{
    private readonly RunDirectory run;
    private readonly NeuronTexts texts;
    private readonly NearestNeurons nearest;
    private readonly Lazy<ClipModel>? model;
    private readonly Lock modelInUse = new();
    private readonly ByteCache cache = new();

    /// <param name="run">The run.</param>
    /// <param name="loadModel">Loads the run's model, when activation maps are asked for first; without it there are none.</param>
    public ExplorerSite(RunDirectory run, Func<ClipModel>? loadModel = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        this.run = run;
        (texts, nearest) = (new(run, null), new(run));
        if (loadModel is not null) model = new(loadModel, LazyThreadSafetyMode.PublicationOnly);
    }

    /// <summary>The addresses of all files but pictures and activation maps, the first page first.</summary>
    public IEnumerable<string> DataAddresses =>
        [
            .. Pages.Names, "data/overview.js", .. run.Layers.Select(layer => $"data/layers/{layer}.js"),
            .. run.Layers.SelectMany(layer => Enumerable.Range(0, (run.Neurons(layer).Count + NeuronData.Block - 1) / NeuronData.Block)
                .Select(block => $"data/neurons/{layer}-{block}.js"))
        ];

    /// <summary>The addresses of all pictures that the pages show.</summary>
    public IEnumerable<string> PictureAddresses =>
        run.Layers.SelectMany(layer => Enumerable.Range(0, run.Neurons(layer).Count)
            .SelectMany(neuron => NeuronData.Shown(run, layer, neuron).ToArray())).Distinct().Order()
            .Select(image => $"images/{image}.jpg");

    /// <summary>The file at an address, such as <c>data/layers/9.js</c>; null where there is none.</summary>
    /// <exception cref="ClipLensException">The file is one of the site, but what it is made of is damaged or not there.</exception>
    public SiteFile? Find(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (Pages.Find(address) is { } page) return page;
        if (cache.Find(address) is { } known) return known;
        if (Make(address) is not { } made) return null;
        cache.Keep(address, made);
        return made;
    }

    /// <summary>Frees the model and what is kept.</summary>
    public void Dispose()
    {
        nearest.Dispose();
        if (model is { IsValueCreated: true }) model.Value.Dispose();
    }

    private SiteFile? Make(string address)
    {
        string name = address.EndsWith(".js", StringComparison.Ordinal) ? address[..^".js".Length] : address;
        if (address == "data/overview.js") return DataScript.Put(name, OverviewData.Read(run, texts, model is not null));
        if (Numbers(PictureForm(), address) is [var image] && image < run.Images.Count)
            return new(Thumbnail.Encode(run.ReadImage(image)), "image/jpeg");
        if (Numbers(LayerForm(), address) is [var whole] && run.Layers.Contains(whole))
            return DataScript.Put(name, LayerData.Read(run, texts, whole));
        if (Numbers(NeuronsForm(), address) is [var layer, var block] && HasNeuron(layer, (long)block * NeuronData.Block))
            return DataScript.Put(name, NeuronData.Read(run, texts, nearest, layer, block * NeuronData.Block));
        if (Numbers(MapsForm(), address) is [var of, var neuron] && model is not null && HasNeuron(of, neuron))
            lock (modelInUse) return DataScript.Put(name, MapData.Read(run, model.Value, new(of, neuron)));
        return null;
    }

    /// <summary>Whether the run has a neuron.</summary>
    internal bool HasNeuron(int layer, long neuron) => run.Layers.Contains(layer) && neuron < run.Neurons(layer).Count;

    /// <summary>The numbers in an address of a form; none if it is of another form.</summary>
    private static int[] Numbers(Regex form, string address) => form.Match(address) is { Success: true } match
        ? [.. match.Groups.Values.Skip(1).Select(group => int.Parse(group.ValueSpan, CultureInfo.InvariantCulture))] : [];

    [GeneratedRegex(@"\Aimages/([0-9]{1,8})\.jpg\z")]
    private static partial Regex PictureForm();

    [GeneratedRegex(@"\Adata/layers/([0-9]{1,4})\.js\z")]
    private static partial Regex LayerForm();

    [GeneratedRegex(@"\Adata/neurons/([0-9]{1,4})-([0-9]{1,6})\.js\z")]
    private static partial Regex NeuronsForm();

    [GeneratedRegex(@"\Adata/maps/([0-9]{1,4})-([0-9]{1,8})\.js\z")]
    private static partial Regex MapsForm();
}
