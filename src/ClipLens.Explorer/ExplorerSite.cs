using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using ClipLens.Compute;
using ClipLens.Explorer.Data;
using ClipLens.Explorer.Images;
using ClipLens.Explorer.Labels;
using ClipLens.Explorer.Live;
using ClipLens.Explorer.Meaning;
using ClipLens.Explorer.Studies;
using ClipLens.Models;
using ClipLens.Models.Configuration;
using ClipLens.Runs;
using ClipLens.Runs.Studies.Portraits;

namespace ClipLens.Explorer;

/// <summary>
/// The pages of a run and their data, file by file: one set for the server, which makes a file when it is asked for, and for the report,
/// which writes them all. A file's address is one of a few forms with numbers in them; nothing of it is ever taken for a path.
/// </summary>
public sealed partial class ExplorerSite : IDisposable, IProgress<WorkProgress>
{
    private readonly RunDirectory run;
    private readonly RunSources sources;
    private readonly RunSources? other;
    private readonly ExplorerSettings settings;
    private readonly CueData? cues;
    private readonly Lock modelInUse = new(), planeInUse = new();
    private readonly ByteCache cache = new();
    private readonly ConcurrentDictionary<string, Lazy<SiteFile?>> inMaking = new(StringComparer.Ordinal);

    /// <param name="run">The run.</param>
    /// <param name="loadModel">Loads the run's model, when it is needed first; without it there are no activation maps and no page of
    /// pictures.</param>
    /// <param name="settings">What is shown beside the run.</param>
    /// <exception cref="ClipLensException">A run is of the text tower, whose neurons act on no images.</exception>
    public ExplorerSite(RunDirectory run, Func<ClipModel>? loadModel = null, ExplorerSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        (this.run, this.settings) = (run, settings ?? new());
        foreach (var shown in new[] { run, this.settings.Other }.OfType<RunDirectory>())
            if (shown.Manifest.Settings.Tower == TowerKind.Text)
                throw new ClipLensException($"The run {shown.Path} is of the text tower, whose neurons have texts and no images to show; "
                    + "give a run of the image tower.");
        sources = new(run);
        if (this.settings.Other is { } compared) other = new(compared);
        if (loadModel is not null) Live = new(sources, loadModel, this.settings);
        cues = CueData.Read(run, this.settings);
        Labels = new(run);
        Studies = Live is null ? null : new(sources, Live);
        Shelf = new(run);
    }

    /// <summary>Takes note of what nobody has foreseen.</summary>
    /// <returns>What a visitor is told.</returns>
    internal string Fault(Exception error)
    {
        settings.OnFault?.Invoke(error);
        return error is OutOfMemoryException || error is ExternalException && error.Message.Contains("allocate memory")
            ? "The memory does not suffice for this." : "This failed unexpectedly; the program that serves the pages says more.";
    }

    /// <summary>What needs the model; null without one.</summary>
    internal LiveModel? Live { get; }

    /// <summary>What is told of pictures; null without a model.</summary>
    internal PictureStudies? Studies { get; }

    /// <summary>The pictures that are looked at.</summary>
    internal PictureShelf Shelf { get; }

    /// <summary>What people say of neurons.</summary>
    internal LabelBook Labels { get; }

    /// <summary>The pages that there are.</summary>
    private IReadOnlyList<string> ShownPages =>
        [
            "index", "search", "map", .. Live is null ? Array.Empty<string>() : ["picture"], .. cues is null ? Array.Empty<string>()
                : ["cues"],
            .. other is null ? Array.Empty<string>() : ["compare"], .. settings.Scores is null ? Array.Empty<string>() : ["scores"],
            "labels", "neuron"
        ];

    /// <summary>The addresses of all files but pictures and activation maps, the first page first.</summary>
    public IEnumerable<string> DataAddresses =>
        [
            .. Pages.Names([.. ShownPages]), "data/overview.js", "data/plane.js", "data/labels.js",
            .. sources.Texts.Pool is null ? Array.Empty<string>() : ["data/meaning.js"],
            .. ShownPages.Where(page => page is "cues" or "compare" or "scores").Select(page => $"data/{page}.js"),
            .. run.Layers.Select(layer => $"data/layers/{layer}.js"),
            .. run.Layers.SelectMany(layer => Enumerable.Range(0, (run.Manifest.Model.Neurons + NeuronData.Block - 1) / NeuronData.Block)
                .Select(block => $"data/neurons/{layer}-{block}.js"))
        ];

    /// <summary>The addresses of all pictures that the pages show.</summary>
    public IEnumerable<string> PictureAddresses =>
        [
            .. run.Layers.SelectMany(layer => Enumerable.Range(0, run.Manifest.Model.Neurons)
                .SelectMany(neuron => NeuronData.Shown(run, layer, neuron))).Distinct().Order().Select(image => $"images/{image}.jpg"),
            .. cues is null ? [] : cues.Made.SelectMany((made, folder) => made.Pictures.SelectMany(picture =>
                new[] { $"made/{folder}-{picture.Place}.jpg", $"made/{folder}-{picture.Place}c.jpg" }))
        ];

    /// <summary>Looks at the neurons on all images, where the run does not have that yet; pages that were made before are made
    /// again.</summary>
    /// <param name="options">How it is done.</param>
    /// <exception cref="ClipLensException">An image has changed or is gone, another process works on the run, or it cannot be written
    /// to.</exception>
    public void Prepare(WorkOptions? options = null)
    {
        bool isMissing = Live is not null && PortraitStudy.Missing(run).Count > 0;
        if (isMissing) PortraitStudy.Run(run, Live!.Model, options);
        if (other is not null && settings.LoadOther is { } load && PortraitStudy.Missing(other.Run).Count > 0)
        {
            using var model = load();
            PortraitStudy.Run(other.Run, model, options);
        }
        if (!isMissing) return;
        sources.Renew();
        cache.Clear();
    }

    /// <summary>How far the preparation is, or why it failed, in a sentence; empty before it begins.</summary>
    internal string Progress { get; private set; } = "";

    /// <summary>Takes note of how far the preparation is.</summary>
    void IProgress<WorkProgress>.Report(WorkProgress value) =>
        Progress = $"The neurons are being looked at on all images: {value.Done} of {value.Total}.";

    /// <summary>Takes note of why it failed.</summary>
    internal void Report(string sentence) => Progress = sentence;

    /// <summary>A picture that is looked at, whole or cut square as CLIP cuts it; null where there is none.</summary>
    internal SiteFile? LookedAt(string id, bool isSquare) => Live is null || Shelf.Find(id) is not { } picture ? null
        : new(isSquare ? Thumbnail.EncodeSquare(picture.Pixels) : Thumbnail.EncodeWhole(picture.Pixels), "image/jpeg");

    /// <summary>Whether the run has all that the pages of its neurons show.</summary>
    internal bool IsPrepared => PortraitStudy.Missing(run).Count == 0;

    /// <summary>Makes what the first pages need ahead of the first visitor.</summary>
    internal void WarmUp()
    {
        Find("data/overview.js");
        Parallel.ForEach(run.Layers, layer => Find($"data/layers/{layer}.js"));
        Find($"data/neurons/{run.Layers[0]}-0.js");
    }

    /// <summary>The file at an address, such as <c>data/layers/9.js</c>; null where there is none.</summary>
    /// <exception cref="ClipLensException">The file is one of the site, but what it is made of is damaged or not there.</exception>
    public SiteFile? Find(string address) => Find(address, "");

    /// <summary>The same; pages get the token with which they prove that a change comes from them.</summary>
    internal SiteFile? Find(string address, string token)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (Pages.Find(address, token) is { } page) return page;
        if (address == "data/labels.js") return DataScript.Put("data/labels", Labels.Read());
        if (cache.Find(address) is { } known) return known;
        // Whoever asks for a file while it is being made waits for it: the first visitor comes while the first page is made ahead.
        var making = inMaking.GetOrAdd(address, wanted => new(() => Make(wanted)));
        try
        {
            if (making.Value is { } made) cache.Keep(address, made);
            return making.Value;
        }
        finally
        {
            inMaking.TryRemove(KeyValuePair.Create(address, making));
        }
    }

    /// <summary>Frees the model and what is kept.</summary>
    public void Dispose()
    {
        Live?.Dispose();
        Shelf.Dispose();
    }

    /// <summary>Whether the run has a neuron.</summary>
    internal bool HasNeuron(int layer, long neuron) => run.Layers.Contains(layer) && neuron < run.Manifest.Model.Neurons;

    private SiteFile? Make(string address)
    {
        string name = address.EndsWith(".js", StringComparison.Ordinal) ? address[..^".js".Length] : address;
        if (address.StartsWith("data/", StringComparison.Ordinal)) return Data(address, name);
        if (Numbers(PictureForm(), address) is [var image] && image < run.Images.Count)
            return new(Thumbnail.Encode(run.ReadImage(image)), "image/jpeg");
        if (MadeForm().Match(address) is { Success: true } made && cues is not null)
            return MadePictures.Folders(run, settings).ElementAtOrDefault(Number(made.Groups[1])) is { } folder
                ? MadePictures.Picture(folder, Number(made.Groups[2]), made.Groups[3].Success) : null;
        return null;
    }

    private SiteFile? Data(string address, string name)
    {
        switch (address)
        {
            case "data/overview.js":
                return DataScript.Put(name, OverviewData.Read(sources, Live is not null, ShownPages, settings.Ablation, Notes()));
            case "data/plane.js": lock (planeInUse) return DataScript.Put(name, PlaneData.Read(run, sources.Vectors));
            case "data/meaning.js": return PackedMeaning.Pack(sources) is { } packed ? DataScript.Put(name, packed) : null;
            case "data/cues.js": return cues is null ? null : DataScript.Put(name, cues);
            case "data/compare.js": return other is null ? null : DataScript.Put(name, ComparisonData.Read(sources, other));
            case "data/scores.js": return settings.Scores is { } scores ? DataScript.Put(name, scores) : null;
        }
        if (Numbers(LayerForm(), address) is [var whole] && run.Layers.Contains(whole))
            return DataScript.Put(name, LayerData.Read(run, sources.Texts, sources.Scores(whole), whole));
        if (Numbers(NeuronsForm(), address) is [var layer, var block] && HasNeuron(layer, (long)block * NeuronData.Block))
            return DataScript.Put(name, NeuronData.Read(sources, layer, block * NeuronData.Block));
        if (Numbers(MapsForm(), address) is [var own, var neuron] && Live is not null && HasNeuron(own, neuron))
            lock (modelInUse) return DataScript.Put(name, MapData.Read(run, Live.Model, new(own, neuron)));
        return null;
    }

    private IReadOnlyList<string> Notes()
    {
        bool isUnfinished = Directory.Exists(Path.Combine(run.Path, "work"));
        return isUnfinished ? ["The run is not finished; these are the layers that were done when the explorer was started."] : [];
    }

    private static int[] Numbers(Regex form, string address) =>
        form.Match(address) is { Success: true } match ? [.. match.Groups.Values.Skip(1).Select(Number)] : [];

    private static int Number(Group group) => int.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\Aimages/([0-9]{1,8})\.jpg\z")]
    private static partial Regex PictureForm();

    [GeneratedRegex(@"\Amade/([0-9]{1,3})-([0-9]{1,4})(c)?\.jpg\z")]
    private static partial Regex MadeForm();

    [GeneratedRegex(@"\Adata/layers/([0-9]{1,4})\.js\z")]
    private static partial Regex LayerForm();

    [GeneratedRegex(@"\Adata/neurons/([0-9]{1,4})-([0-9]{1,6})\.js\z")]
    private static partial Regex NeuronsForm();

    [GeneratedRegex(@"\Adata/maps/([0-9]{1,4})-([0-9]{1,8})\.js\z")]
    private static partial Regex MapsForm();
}
