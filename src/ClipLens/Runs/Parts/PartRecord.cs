using System.Text.Json;
using System.Text.Json.Serialization;
using ClipLens.Compute;
using ClipLens.Files;
using ClipLens.Models.Configuration;
using ClipLens.Neurons;
using ClipLens.Runs.Settings;
using ClipLens.Runs.Storage;
using ClipLens.Runs.Work;
using ClipLens.Texts;

namespace ClipLens.Runs.Parts;

/// <summary>What a part of a run was made of, as <c>part.json</c> beside it says: enough to make the other parts and to merge
/// them.</summary>
internal sealed record PartRecord
{
    private const int MostBytes = 1 << 20;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        AllowDuplicateProperties = false,
    };

    public required int Number { get; init; }
    public required int Count { get; init; }
    public required string Cliplens { get; init; }
    public required string Model { get; init; }
    public required string ModelSha256 { get; init; }
    public TowerKind Tower { get; init; }
    public required string Images { get; init; }
    public required int ImageCount { get; init; }
    public required string NamesSha256 { get; init; }
    public required IReadOnlyList<string> Texts { get; init; }
    public required IReadOnlyList<string> TextsSha256 { get; init; }
    public required IReadOnlyList<int> Layers { get; init; }
    public required string Top { get; init; }
    public required IReadOnlyList<int> Sizes { get; init; }
    public required DictionaryScaling Scaling { get; init; }
    public required DirectionSign Sign { get; init; }
    public required int Batch { get; init; }
    public required bool ApplyOrientation { get; init; }
    public int? Sample { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Type { get; init; }

    public static PartRecord Create(AnalysisInputs inputs, Shard shard, string version)
    {
        var settings = inputs.Settings;
        return new()
        {
            Number = shard.Number,
            Count = shard.Count,
            Cliplens = version,
            Model = inputs.Place.Name ?? Path.GetFullPath(inputs.Place.Path),
            Tower = settings.Tower,
            ModelSha256 = inputs.Model.Sha256,
            Images = Path.GetFullPath(settings.Images),
            ImageCount = inputs.Images.Count,
            NamesSha256 = ImageTable.Fingerprint(inputs.Images.Select(image => image.Name)),
            Texts = [.. settings.TextFiles.Select(file => File.Exists(file) ? Path.GetFullPath(file) : file)],
            TextsSha256 = [.. inputs.Pools.Select(pool => pool.Sha256)],
            Layers = inputs.Layers,
            Top = settings.Top.Text,
            Sizes = settings.Sizes,
            Scaling = settings.Scaling,
            Sign = settings.Sign,
            Batch = settings.Batch,
            ApplyOrientation = settings.ApplyOrientation,
            Sample = settings.Sample,
            Type = inputs.Model.Placement.IsHalf ? inputs.Model.Placement.TypeName : null,
        };
    }

    /// <summary>The settings of the analysis, with what has moved.</summary>
    public AnalysisSettings Settings(MergeSettings moved) => new()
    {
        Model = moved.Model ?? Model,
        Tower = Tower,
        Images = moved.Images ?? Images,
        Output = moved.Run,
        TextFiles = moved.TextFiles ?? Texts,
        Layers = LayerSelection.FromLayers(Layers),
        Top = TopCount.Parse(Top),
        Sizes = Sizes,
        Scaling = Scaling,
        Sign = Sign,
        Batch = Batch,
        ApplyOrientation = ApplyOrientation,
        Sample = Sample,
        Workers = moved.Workers,
        Placement = moved.Placement ?? Placement.Find("cpu", Type ?? Placement.Cpu.TypeName),
    };

    /// <summary>What this and another part differ in, as part of a sentence; null where they belong together. Where the inputs lie does not
    /// matter.</summary>
    public string? Difference(PartRecord other) =>
        Count != other.Count ? $"it is one of {Count} parts, not of {other.Count}"
        : Cliplens != other.Cliplens ? $"it was made by ClipLens {Cliplens}, not {other.Cliplens}"
        : ModelSha256 != other.ModelSha256 ? "it is of another model"
        : Tower != other.Tower ? "it is of the other tower"
        : NamesSha256 != other.NamesSha256 ? $"it is of other images ({ImageCount}, not {other.ImageCount})"
        : !TextsSha256.SequenceEqual(other.TextsSha256) ? "it is of other texts"
        : !Layers.SequenceEqual(other.Layers) ? "it is of other layers"
        : Type != other.Type ? "its numbers are of another type"
        : (Top, Scaling, Sign, Batch, ApplyOrientation, Sample) != (other.Top, other.Scaling, other.Sign, other.Batch,
            other.ApplyOrientation, other.Sample) || !Sizes.SequenceEqual(other.Sizes) ? "its settings are others"
        : null;

    private bool IsSound => Count >= 1 && Number >= 1 && Number <= Count && ImageCount >= 0 && Batch >= 1 && Sample is null or >= 0
        && Layers.Count > 0 && Sizes.Count > 0 && Sizes.All(size => size > 0) && !Texts.Contains(null!) && !TextsSha256.Contains(null!);

    public void Write(string path) => AtomicFile.Write(path, [.. JsonSerializer.SerializeToUtf8Bytes(this, Json), (byte)'\n']);

    /// <exception cref="ClipLensException">It is damaged.</exception>
    public static PartRecord Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<PartRecord>(FileErrors.ReadAll(path, MostBytes), Json) is { IsSound: true } record ? record
                : throw new JsonException("It is empty, or its numbers are none that a part can have.");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or NotSupportedException)
        {
            throw new ClipLensException($"{path} is damaged; remove its folder and analyze this part again.", error);
        }
    }
}
