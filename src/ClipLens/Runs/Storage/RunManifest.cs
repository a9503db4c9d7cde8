using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ClipLens.Files;
using ClipLens.Models.Configuration;
using ClipLens.Neurons;
using ClipLens.Runs.Settings;
using ClipLens.Texts;

namespace ClipLens.Runs.Storage;

/// <summary>The facts of a run, as <c>run.json</c> keeps them.</summary>
public sealed record RunManifest
{
    /// <summary>Version of the run directory's form that this library writes.</summary>
    public const int CurrentForm = 1;

    private const int MostBytes = 64 << 20;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        AllowDuplicateProperties = false,
    };

    /// <summary>Version of the run directory's form.</summary>
    public required int Form { get; init; }

    /// <summary>Version of ClipLens that began the run.</summary>
    public required string Cliplens { get; init; }

    /// <summary>The model.</summary>
    public required RunModel Model { get; init; }

    /// <summary>The dataset.</summary>
    public required RunImages Images { get; init; }

    /// <summary>The settings that results depend on.</summary>
    public required RunSettings Settings { get; init; }

    /// <summary>Blocks that are done.</summary>
    public required IReadOnlyList<int> Layers { get; init; }

    /// <summary>What to keep in mind when the results are read, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Text pools, in the order in which they were asked for first.</summary>
    public required IReadOnlyList<RunPool> Pools { get; init; }

    /// <summary>Versions of what computed the run.</summary>
    public required IReadOnlyDictionary<string, string> Versions { get; init; }

    /// <summary>Seconds spent by stage, over all calls that worked on the run.</summary>
    public required IReadOnlyDictionary<string, double> Timings { get; init; }

    internal byte[] ToJson() => [.. JsonSerializer.SerializeToUtf8Bytes(this, Json), (byte)'\n'];

    /// <summary>What is wrong with the facts, which may come from anyone; null where they can be worked with.</summary>
    private string? Fault()
    {
        if (Model.Blocks < 1 || Model.Neurons < 1 || Model.EmbedDim < 1) return "Its model has no blocks, neurons or width.";
        if (Model.WritingBlocks is < 0 || Model.WritingBlocks > Model.Blocks) return "Its writing blocks are not those of its model.";
        if (Settings.Batch < 1) return "Its batch is of no images.";
        if (Images.Count < 0 || Images.Unreadable is { } unreadable
            && (unreadable < 0 || unreadable > Images.Count)) return "Its number of images is none.";
        if (Layers.Any(layer => layer < 0 || layer >= Model.Blocks) || Layers.Distinct()
            .Count() != Layers.Count) return "Its layers are not those of its model.";
        if (Notes.Contains(null!) || Versions.Values.Contains(null!)) return "A text is missing.";
        if (!Timings.Values.All(double.IsFinite)) return "A time is no number.";
        if (Pools.Contains(null!)) return "A text pool is missing.";
        foreach (var pool in Pools)
        {
            if (!RunFiles.IsPoolName(pool.Name)) return "The name of a text pool is none that a file can have.";
            if (pool.Count < 0) return $"The number of texts of {pool.Name} is none.";
            if (pool.Tables.Any(tables => tables is null || !Layers.Contains(tables.Layer)
                || tables.Sizes.Any(size => size < 1))) return $"The tables of {pool.Name} are not of its layers.";
        }
        return Pools.DistinctBy(pool => pool.Name).Count() == Pools.Count ? null : "Two text pools have one name.";
    }

    /// <summary>Reads <c>run.json</c>.</summary>
    /// <exception cref="ClipLensException">It is not there, damaged, or of a newer form.</exception>
    internal static RunManifest Read(string path)
    {
        try
        {
            FileKind.RefuseSpecial(path);
            using var stream = FileErrors.OpenRead(path);
            if (stream.Length > MostBytes) throw new JsonException("It is too long.");
            var manifest = JsonSerializer.Deserialize<RunManifest>(stream, Json) ?? throw new JsonException("It is empty.");
            if (manifest.Form == CurrentForm) return manifest.Fault() is { } fault ? throw new JsonException(fault) : manifest;
            throw new SettingException(nameof(AnalysisSettings.Overwrite),
                $"{path} is of the form {manifest.Form} and this version of ClipLens reads form {CurrentForm}; "
                + "use the version that made it, or make the run again, overwriting it.");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or NotSupportedException or ArgumentException)
        {
            throw new SettingException(nameof(AnalysisSettings.Overwrite),
                $"{path} is damaged ({error.Message.Split('\n')[0].TrimEnd('.', '\r')}); make the run again, overwriting it.", error);
        }
    }
}

/// <summary>The model of a run.</summary>
/// <param name="Path">Where the checkpoint was.</param>
/// <param name="Format">Its format.</param>
/// <param name="Sha256">Fingerprint of its weights and of the configuration that changes the function.</param>
/// <param name="Blocks">Number L of blocks of the image tower.</param>
/// <param name="Neurons">Number N of neurons of a block.</param>
/// <param name="EmbedDim">Width d of the joint space.</param>
public sealed record RunModel(string Path, string Format, string Sha256, int Blocks, int Neurons, int EmbedDim)
{
    /// <summary>The name that the model was asked for by; null for a path.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }

    /// <summary>A name for exactly its files, by which it is found again: repository, @ and commit; null for a path.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Source { get; init; }

    /// <summary>How many blocks, from the first on, have second-order effects; null for all but the last.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? WritingBlocks { get; init; }
}

/// <summary>The dataset of a run.</summary>
/// <param name="Source">The folder or list that was given.</param>
/// <param name="Root">The folder that the images' paths are relative to.</param>
/// <param name="Count">Images, those that could not be read included.</param>
/// <param name="Unreadable">Images that could not be read; null until the pass over the images is done.</param>
/// <param name="NamesSha256">Fingerprint of the images' paths, in order.</param>
/// <param name="Sha256">Fingerprint of the images' paths and contents, in order; null until the pass over the images is done.</param>
public sealed record RunImages(string Source, string Root, int Count, int? Unreadable, string NamesSha256, string? Sha256);

/// <summary>The settings of a run that results depend on; the batch touches only the last bits.</summary>
/// <param name="Top">Top images of a neuron, as written: a count or a share.</param>
/// <param name="ApplyOrientation">Whether images were turned as their EXIF data says.</param>
/// <param name="Scaling">How text embeddings became atoms.</param>
/// <param name="Batch">Images in a forward pass when the run was begun.</param>
public sealed record RunSettings(string Top, bool ApplyOrientation, DictionaryScaling Scaling, int Batch)
{
    /// <summary>Which way the directions point; runs from before this was a choice have the rule of the majority.</summary>
    public DirectionSign Sign { get; init; }

    /// <summary>The tower whose neurons the run has; of the text tower what is called an image here is a text.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TowerKind Tower { get; init; }

    /// <summary>Type of the numbers of the forward pass, such as "float16"; null for float32.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Type { get; init; }

    /// <summary>The device on which the run was begun, such as "cuda:0"; null for the processor. As the batch, it touches only the last
    /// bits.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Device { get; init; }
}

/// <summary>A text pool of a run.</summary>
/// <param name="Name">Its name in file names.</param>
/// <param name="Source">The file that it came from, or "embedded".</param>
/// <param name="Count">Number M of texts.</param>
/// <param name="Sha256">Fingerprint of the texts, in order.</param>
/// <param name="Tables">The tables made with it.</param>
public sealed record RunPool(string Name, string Source, int Count, string Sha256, IReadOnlyList<RunTables> Tables);

/// <summary>The text tables of one block and pool.</summary>
/// <param name="Layer">The block.</param>
/// <param name="Sizes">Texts a neuron, one table each.</param>
public sealed record RunTables(int Layer, IReadOnlyList<int> Sizes);
