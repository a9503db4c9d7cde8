using System.Collections.Concurrent;
using System.Security.Cryptography;
using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Models.Configuration;
using ClipLens.Models.Hub;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using ClipLens.Runs.Settings;
using ClipLens.Runs.Storage;
using ClipLens.Texts;
using ClipLens.Texts.ActsOn;
using static TorchSharp.torch;

namespace ClipLens.Runs;

/// <summary>A run on disk, open for reading: what <see cref="Analysis.Run"/> found out. Files are read when they are asked for, and
/// kept.</summary>
public sealed class RunDirectory
{
    /// <summary>Of moved images, those that are compared when the run is opened; the others are when they are read.</summary>
    private const int ImagesCompared = 32;

    private readonly Lazy<IReadOnlyList<ImageRow>> images;
    private readonly ConcurrentDictionary<int, Lazy<LayerNeurons>> neurons = [], brief = [];
    private readonly ConcurrentDictionary<TextTableId, IReadOnlyList<NeuronText>> texts = [];
    private readonly ConcurrentDictionary<(int Layer, string Pool), IReadOnlyList<NeuronText>> acts = [];

    private readonly ConcurrentDictionary<int, Lazy<LayerPortraits>> portraits = [];
    private float[]? representations;

    private RunDirectory(string path, RunManifest manifest, string? movedImages)
    {
        (Path, Manifest, ImageRoot) = (path, manifest, movedImages ?? manifest.Images.Root);
        images = new(() => ImageTable.Read(RunFiles.Images(path), manifest.Images.Count));
    }

    /// <summary>Images that a run needs for a table of what its neurons act on.</summary>
    public static int LeastImagesToActOn => ImageSums.Parts * ActingTexts.LeastImages;

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The facts of the run.</summary>
    public RunManifest Manifest { get; }

    /// <summary>The folder that the images' paths begin from now.</summary>
    public string ImageRoot { get; }

    /// <summary>Blocks that were analyzed, ascending.</summary>
    public IReadOnlyList<int> Layers => Manifest.Layers;

    /// <summary>The images of the dataset, those that could not be read included; the row's place is its index.</summary>
    public IReadOnlyList<ImageRow> Images => images.Value;

    /// <summary>The text pools.</summary>
    public IReadOnlyList<RunPool> Pools => Manifest.Pools;

    /// <summary>Name of the pool that is meant where none is named; null if the run has no texts.</summary>
    public string? FirstPool => Pools is [var first, ..] ? first.Name : null;

    /// <summary>What to keep in mind when the results are read, a sentence each; none where the images suffice.</summary>
    /// <exception cref="ClipLensException">A file of the run is damaged.</exception>
    public IReadOnlyList<string> Notes => TopCount.Doubts(NeuronsInBrief(Layers[0]).Top, Images.Count(image => image.Error is null),
        Manifest.Settings.Tower);

    /// <summary>Opens a run.</summary>
    /// <param name="path">The run's folder.</param>
    /// <param name="images">The folder where the run's images are now, if they were moved; a sample of them is compared by hash.</param>
    /// <exception cref="ClipLensException">There is no run, nothing of it is finished, or the images are not those of the run.</exception>
    public static RunDirectory Open(string path, string? images = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (images is not null && !Directory.Exists(images))
            throw new SettingException("RunImages", $"There is no folder {images}; give the folder where the run's images are now.");
        if (!File.Exists(RunFiles.Manifest(path)))
            throw new ClipLensException($"{path} is no run directory: it has no run.json; analyze a model into it first.");
        CheckInside(path);
        var manifest = RunManifest.Read(RunFiles.Manifest(path));
        if (manifest.Layers.Count > 0)
        {
            var run = new RunDirectory(path, manifest, images);
            if (images is not null) run.CheckMovedImages();
            return run;
        }
        throw new ClipLensException($"The run {path} is not finished; analyze with the same settings again to continue it.");
    }

    /// <summary>The blocks that a selection means, of those that the run has; all of the run's for <see
    /// cref="LayerSelection.All"/>.</summary>
    /// <exception cref="ClipLensException">The run or its model has no such block.</exception>
    public IReadOnlyList<int> Resolve(LayerSelection selection)
    {
        ArgumentNullException.ThrowIfNull(selection);
        if (selection == LayerSelection.All) return Layers;
        var layers = selection.Resolve(Manifest.Model.Blocks, Manifest.Model.WritingBlocks);
        foreach (int layer in layers) Neurons(layer);
        return layers;
    }

    /// <summary>Makes sure, before long work, that its results can go into the run.</summary>
    /// <exception cref="ClipLensException">The run cannot be written to, or another process works on it.</exception>
    public void CheckWritable() => RunLock.Take(Path).Dispose();

    /// <summary>The neurons of a block.</summary>
    /// <exception cref="ClipLensException">The block is not in the run, or its file is damaged.</exception>
    public LayerNeurons Neurons(int layer)
    {
        CheckLayer(layer);
        return Once(neurons, layer, () => NeuronsInBrief(layer) with { Mean = NeuronFile.ReadMeans(RunFiles.Neurons(Path, layer), Manifest) });
    }

    /// <summary>The neurons of a block without <see cref="LayerNeurons.Mean"/>, which is empty: less to read and to hold, where a run is
    /// looked at and nothing is worked out.</summary>
    /// <exception cref="ClipLensException">The block is not in the run, or its file is damaged.</exception>
    public LayerNeurons NeuronsInBrief(int layer)
    {
        CheckLayer(layer);
        return Once(brief, layer, () => NeuronFile.ReadBrief(RunFiles.Neurons(Path, layer), layer, Manifest));
    }

    /// <summary>The neurons of the block of a neuron that must be there.</summary>
    /// <exception cref="ClipLensException">The block or the neuron is not in the run.</exception>
    public LayerNeurons NeuronsWith(NeuronId neuron)
    {
        var layer = Neurons(neuron.Layer);
        return neuron.Index < layer.Count ? layer
            : throw new ClipLensException($"Layer {neuron.Layer} has no neuron {neuron.Index}; its neurons are numbered from 0 to "
            + $"{layer.Count - 1}.");
    }

    /// <summary>What a block's neurons do on all images; null where <see cref="Studies.Portraits.PortraitStudy"/> has not made it
    /// yet.</summary>
    /// <exception cref="ClipLensException">The block is not in the run, or its file is damaged.</exception>
    public LayerPortraits? Portraits(int layer)
    {
        CheckLayer(layer);
        string path = RunFiles.Portraits(Path, layer);
        return portraits.ContainsKey(layer) || File.Exists(path) ? Once(portraits, layer, () => PortraitFile.Read(path, layer, Manifest))
            : null;
    }

    /// <summary>The score <see cref="LayerPortraits.Polysemanticity"/> of a block's neurons alone, which is read at once; null without
    /// portraits.</summary>
    /// <exception cref="ClipLensException">The block is not in the run, or its file is damaged.</exception>
    public IReadOnlyList<float>? Polysemanticity(int layer)
    {
        CheckLayer(layer);
        string path = RunFiles.Portraits(Path, layer);
        return portraits.TryGetValue(layer, out var known) && known.IsValueCreated ? known.Value.Polysemanticity
            : File.Exists(path) ? Array.AsReadOnly(PortraitFile.ReadPolysemanticity(path, Manifest)) : null;
    }

    /// <summary>The unit representations of the images by their index, zero where one could not be read: [images, d]. Null where <see
    /// cref="Studies.Portraits.PortraitStudy"/> has not made them yet.</summary>
    /// <exception cref="ClipLensException">The file is damaged.</exception>
    public ReadOnlyMemory<float>? ImageRepresentations()
    {
        string path = RunFiles.ImageRepresentations(Path);
        if (representations is null && File.Exists(path)) representations = PortraitFile.ReadImages(path, Manifest);
        return representations;
    }

    /// <summary>Sizes for which a block has a table of a pool's texts, ascending.</summary>
    public IReadOnlyList<int> Sizes(int layer, string pool) => Pool(pool).Tables.FirstOrDefault(tables => tables.Layer == layer)?.Sizes
        ?? [];

    /// <summary>The texts of a block's neurons, by neuron, then by rank. A neuron may have fewer than <paramref name="size"/>, if fewer
    /// give its direction.</summary>
    /// <exception cref="ClipLensException">The run has no such table, or it is damaged.</exception>
    public IReadOnlyList<NeuronText> Texts(int layer, string pool, int size)
    {
        CheckTexts(layer, pool, size);
        return texts.GetOrAdd(new(layer, pool, size), wanted =>
            TextTable.Read(RunFiles.Texts(Path, wanted.Layer, wanted.Pool, wanted.Size), Manifest.Model.Neurons, wanted.Size,
            Pool(pool).Count));
    }

    /// <summary>The same table as places in the pool; read anew every time.</summary>
    /// <exception cref="ClipLensException">The run has no such table, or it is damaged.</exception>
    public TextPlaces TextsAsPlaces(int layer, string pool, int size)
    {
        CheckTexts(layer, pool, size);
        return TextTable.ReadPlaces(RunFiles.Texts(Path, layer, pool, size), Manifest.Model.Neurons, size, Pool(pool).Count);
    }

    /// <summary>
    /// What a block's neurons act on: the texts of an image that tell how strongly a neuron acts on it, by neuron, then by rank;
    /// coefficients above 0. A neuron that no text describes has none. Null where the run has no such table: of fewer than two dozen images
    /// none is made, and older versions made none.
    /// </summary>
    /// <param name="layer">The block.</param>
    /// <param name="pool">The text pool.</param>
    /// <exception cref="ClipLensException">The block or the pool is not in the run, or the table is damaged.</exception>
    public IReadOnlyList<NeuronText>? ActsOn(int layer, string pool)
    {
        CheckLayer(layer);
        string path = RunFiles.ActsOn(Path, layer, Pool(pool).Name);
        return File.Exists(path)
            ? acts.GetOrAdd((layer, pool), _ => TextTable.Read(path, Manifest.Model.Neurons, ActingTexts.Most, Pool(pool).Count)) : null;
    }

    /// <summary>The same table as places in the pool; read anew every time.</summary>
    /// <inheritdoc cref="ActsOn"/>
    public TextPlaces? ActsOnAsPlaces(int layer, string pool)
    {
        CheckLayer(layer);
        string path = RunFiles.ActsOn(Path, layer, Pool(pool).Name);
        return File.Exists(path) ? TextTable.ReadPlaces(path, Manifest.Model.Neurons, ActingTexts.Most, Pool(pool).Count) : null;
    }

    /// <summary>
    /// Whether a block's neurons write what they act on: for every neuron the correlation, over the run's images, of what the texts that it
    /// acts on say of an image with what its direction says. From -1 to 1; NaN for a neuron that no text describes; null where the run has
    /// no table of what neurons act on.
    /// </summary>
    /// <param name="layer">The block.</param>
    /// <param name="pool">The text pool.</param>
    /// <exception cref="ClipLensException">The block or the pool is not in the run, or a file is damaged.</exception>
    public IReadOnlyList<float>? Agreement(int layer, string pool) => ActsOn(layer, pool) is { } table
        ? Array.AsReadOnly(DescriptionAgreement.Between(this, layer, pool, table)) : null;

    /// <summary>The same table as sparse codes, in order of rank: what <see cref="SparseCodes.Reconstruct"/> makes directions of
    /// again.</summary>
    /// <param name="layer">The block.</param>
    /// <param name="pool">The text pool.</param>
    /// <param name="size">Texts a neuron.</param>
    /// <param name="dictionary">The pool's <see cref="Dictionary"/>.</param>
    /// <exception cref="ClipLensException">The run has no such table, or it is damaged.</exception>
    public SparseCodes Codes(int layer, string pool, int size, TextDictionary dictionary)
    {
        using var directions = Neurons(layer).DirectionTensor();
        return TextTable.Codes(Texts(layer, pool, size), size, directions, dictionary);
    }

    /// <summary>The bytes of an image's file, compared with those that the run was made with.</summary>
    /// <exception cref="ClipLensException">It is not there, or is another one.</exception>
    internal byte[] ImageBytes(int index)
    {
        string path = ImagePath(index);
        if (!KnownImage.IsThere(path)) KnownImage.Check(path, null, Images[index].Sha256);
        byte[] bytes = ImageDecoder.ReadFile(path);
        KnownImage.Check(path, Convert.ToHexStringLower(SHA256.HashData(bytes)), Images[index].Sha256);
        return bytes;
    }

    private void CheckMovedImages()
    {
        int[] readable = [.. Images.Where(image => image.Error is null).Select(image => image.Index)];
        for (int i = 0; i < Math.Min(readable.Length, ImagesCompared); i++)
            ImageBytes(readable[(int)((long)i * readable.Length / Math.Min(readable.Length, ImagesCompared))]);
    }

    /// <summary>The path of an image's file.</summary>
    public string ImagePath(int index) => System.IO.Path.Combine(ImageRoot, Images[index].Path);

    /// <summary>Reads an image of the dataset; it must be, byte for byte, the one that the run was made with.</summary>
    /// <exception cref="ClipLensException">Its file is not there any more or has changed.</exception>
    public RgbImage ReadImage(int index) =>
        ImageDecoder.Decode(ImageBytes(index), ImagePath(index), Manifest.Settings.ApplyOrientation);

    /// <summary>All texts of a pool, in its order.</summary>
    /// <exception cref="ClipLensException">The run has no such pool, or its file is damaged.</exception>
    public IReadOnlyList<string> PoolTexts(string pool) => PoolFiles.ReadTexts(RunFiles.PoolTexts(Path, Pool(pool).Name), Pool(pool).Count);

    /// <summary>The embeddings of a pool's texts, float32 [M, d], not normalised; the caller owns them.</summary>
    /// <exception cref="ClipLensException">The run has no such pool, or its file is damaged.</exception>
    public Tensor PoolEmbeddings(string pool) => PoolFiles.ReadEmbeddings(RunFiles.PoolEmbeddings(Path, Pool(pool).Name), Pool(pool).Count,
        Manifest.Model.EmbedDim);

    /// <summary>The same embeddings as numbers; libtorch is not needed for it.</summary>
    /// <param name="pool">The text pool.</param>
    /// <param name="values">Takes them, row by row: [M, d].</param>
    /// <exception cref="ClipLensException">The run has no such pool, or its file is damaged.</exception>
    public void PoolEmbeddings(string pool, Span<float> values)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, Pool(pool).Count * Manifest.Model.EmbedDim);
        PoolFiles.ReadEmbeddings(RunFiles.PoolEmbeddings(Path, pool), Pool(pool).Count, Manifest.Model.EmbedDim, values);
    }

    /// <summary>The dictionary that the run's tables of a pool were made with.</summary>
    /// <exception cref="ClipLensException">The run has no such pool, or its file is damaged.</exception>
    public TextDictionary Dictionary(string pool)
    {
        using var embeddings = PoolEmbeddings(pool);
        return TextDictionary.Create(embeddings, Manifest.Settings.Scaling);
    }

    /// <summary>Neurons with their texts, as the uses of a run take them.</summary>
    /// <param name="layers">The blocks; all of the run if null.</param>
    /// <param name="pool">The text pool; the run's first if null.</param>
    /// <param name="size">Texts a neuron; the largest number that all these blocks have if null.</param>
    /// <returns>The neurons; the caller owns them.</returns>
    /// <exception cref="ClipLensException">The run has no such block, pool or table.</exception>
    public DescribedNeurons Described(IReadOnlyList<int>? layers = null, string? pool = null, int? size = null)
    {
        layers ??= Layers;
        string name = pool ?? FirstPool
            ?? throw new ClipLensException($"The run {Path} has no texts; analyze it again with a file of texts.");
        foreach (int layer in layers) CheckLayer(layer);
        int texts = size ?? layers.Select(layer => Sizes(layer, name)).Aggregate((own, other) => [.. own.Intersect(other)])
            .DefaultIfEmpty(1).Max();
        var dictionary = Dictionary(name);
        try
        {
            DescribedLayer[] described =
                [.. layers.Order().Select(layer => new DescribedLayer(Neurons(layer), Codes(layer, name, texts, dictionary)))];
            return new(described, PoolTexts(name), PoolEmbeddings(name), dictionary);
        }
        catch
        {
            dictionary.Dispose();
            throw;
        }
    }

    /// <summary>Finds the model that the run was made with, and fetches it by its name where that is needed.</summary>
    /// <param name="path">Where the checkpoint is now, or its name; if null where it was, and, of a model with a name, in the
    /// cache.</param>
    /// <param name="progress">Megabytes that have come.</param>
    /// <param name="cancellation">Stops fetching; what has come is kept.</param>
    /// <returns>The checkpoint's path, which need not exist where it is no name.</returns>
    /// <exception cref="ClipLensException">The name is none, or may not be fetched.</exception>
    /// <exception cref="IOException">It could not be fetched.</exception>
    public string FetchModel(string? path = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        string place = Manifest.Model.Path;
        if (path is null && (File.Exists(place) || Directory.Exists(place))) return place;
        return ModelHub.Get(path ?? Manifest.Model.Source ?? place, null, progress, cancellation).Path;
    }

    /// <summary>Loads the model that the run was made with.</summary>
    /// <param name="path">Where the checkpoint is now, or its name; if null as <see cref="FetchModel"/> finds it.</param>
    /// <param name="placement">Where the model computes; the processor, in float32, if null.</param>
    /// <exception cref="ClipLensException">The checkpoint is not there or is another one.</exception>
    public ClipModel LoadModel(string? path = null, Placement? placement = null)
    {
        if (Manifest.Settings.Tower == TowerKind.Text)
            throw new ClipLensException($"The run {Path} is of the text tower, of which this cannot be told; give a run of the image "
                + "tower.");
        string place = FetchModel(path);
        if (!File.Exists(place) && !Directory.Exists(place))
            throw new SettingException("Model", $"The run's checkpoint is not at {place} any more; give the place where it is now (it is "
                + "compared by its hash).");
        var model = ClipModel.Load(place, placement);
        if (model.Sha256 == Manifest.Model.Sha256) return model;
        model.Dispose();
        throw new ClipLensException($"The run {Path} was made with another model than {path ?? Manifest.Model.Path}: the weights or "
            + "their configuration differ; "
            + "give the run's own checkpoint, or make a run with this one.");
    }

    /// <summary>Reads what is kept, once for all who ask for it at the same time: it may be a hundred megabytes. What cannot be read is
    /// tried again by the next.</summary>
    private static T Once<T>(ConcurrentDictionary<int, Lazy<T>> kept, int layer, Func<T> read)
    {
        var own = kept.GetOrAdd(layer, _ => new(read));
        try
        {
            return own.Value;
        }
        catch
        {
            kept.TryRemove(KeyValuePair.Create(layer, own));
            throw;
        }
    }

    private static void CheckInside(string path)
    {
        try
        {
            RunFiles.CheckInside(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ClipLensException($"The run {path} cannot be read ({error.Message.TrimEnd('.')}); change its permissions.", error);
        }
    }

    internal RunPool Pool(string name) => Pools.FirstOrDefault(pool => pool.Name == name)
        ?? throw new ClipLensException($"The run {Path} has no text pool '{name}' "
        + $"({(Pools.Count == 0 ? "it has none" : "it has " + string.Join(", ", Pools.Select(pool => pool.Name)))}); "
            + "analyze the run again with its texts.");

    private void CheckLayer(int layer)
    {
        if (!Layers.Contains(layer))
            throw new ClipLensException($"The run {Path} has no layer {layer} (it has {string.Join(", ", Layers)}); analyze the run "
            + "again with this layer.");
    }

    private void CheckTexts(int layer, string pool, int size)
    {
        CheckLayer(layer);
        var sizes = Sizes(layer, pool);
        if (!sizes.Contains(size))
            throw new ClipLensException($"The run {Path} has no table of {size} texts of the pool '{pool}' for layer {layer} "
                + $"({(sizes.Count == 0 ? "it has none" : "it has " + string.Join(", ", sizes))}); analyze the run again with this size.");
    }
}
