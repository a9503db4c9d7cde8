using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ClipLens.Files;

namespace ClipLens.Cues.Adversarial;

/// <summary>
/// What adversarial pictures leave on disk: <c>plan.json</c>, and in <c>SOURCE/repeat-N/</c> for every picture its file, its control and
/// a record of how both came about. Every file is whole or not there, so work that was stopped goes on from them.
/// </summary>
internal sealed class AdversarialFolder(string path)
{
    public static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private const int MostBytes = 64 << 20;

    private string PlanPath => Path.Combine(path, "plan.json");

    /// <summary>A name as part of a path: lower-case letters, digits and hyphens.</summary>
    public static string Safe(string name)
    {
        string[] words = string.Concat(name.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : ' '))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length > 0 ? string.Join('-', words) : "cues";
    }

    /// <summary>The path of a file of the folder.</summary>
    public string Full(string relative) => Path.Combine(path, relative);

    /// <summary>The record's name of a picture, without extension, relative to the folder.</summary>
    public static string Item(string source, int repeat, int index) => $"{Safe(source)}/repeat-{repeat + 1}/{index:000}";

    /// <summary>Begins, or makes sure that what lies there is of the same plan.</summary>
    /// <exception cref="ClipLensException">What lies there is of another plan or damaged.</exception>
    public void Begin(AdversarialPlan plan)
    {
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(plan, Json);
        if (!File.Exists(PlanPath))
        {
            AtomicFile.Write(PlanPath, bytes);
            return;
        }
        var (there, wanted) = (ReadObject(PlanPath), JsonNode.Parse(bytes)!.AsObject());
        foreach (var (name, value) in wanted)
            if (!JsonNode.DeepEquals(value, there[name]))
                throw new ClipLensException($"{path} has adversarial pictures made with another '{name}'; give another output, or the "
                + "same settings to go on there.");
    }

    /// <summary>The record of a picture; null if there is none yet.</summary>
    /// <exception cref="ClipLensException">It is damaged.</exception>
    public PictureRecord? Read(string item)
    {
        string file = Full(item + ".json");
        if (!File.Exists(file)) return null;
        try
        {
            var record = ReadObject(file).Deserialize<PictureRecord>(Json);
            return IsOf(item, record?.Picture) && IsOf($"{item}-control", record?.ControlPicture) ? record
                : throw new JsonException("it names pictures that are not its own");
        }
        // Half of a surrogate pair is valid JSON, but no text.
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw Damaged(file, error);
        }
    }

    private static bool IsOf(string item, string? picture) => picture is null || Path.ChangeExtension(picture, null) == item;

    /// <summary>Whether a picture and its control are there.</summary>
    public bool IsDrawn(PictureRecord record) => record.Picture is not null && record.ControlPicture is not null
        && File.Exists(Full(record.Picture)) && File.Exists(Full(record.ControlPicture));

    /// <summary>Keeps a description before there is a picture.</summary>
    public PictureRecord Keep(string item, DescriptionTask task, Description description)
    {
        var record = new PictureRecord(task.Seed, task.Cues, description.Text, description.Control, description.Exchanges);
        Write(item, record);
        return record;
    }

    /// <summary>Keeps a picture and its control, then the record that names them.</summary>
    public PictureRecord Keep(string item, PictureRecord record, PicturePair pair)
    {
        var full = record with
        {
            Picture = item + pair.Picture.Extension,
            ControlPicture = $"{item}-control{pair.Control.Extension}",
            Account = pair.Account
        };
        AtomicFile.Write(Full(full.Picture), pair.Picture.Bytes.Span);
        AtomicFile.Write(Full(full.ControlPicture), pair.Control.Bytes.Span);
        Write(item, full);
        return full;
    }

    /// <summary>Keeps that a model refused, so that it is not asked again.</summary>
    public PictureRecord Keep(string item, DescriptionTask task, PictureRecord? described, ModelRefusedException refusal)
    {
        var record = (described ?? new PictureRecord(task.Seed, task.Cues, "", "", refusal.Exchanges)) with { Refused = refusal.Message };
        Write(item, record);
        return record;
    }

    private void Write(string item, PictureRecord record) =>
        AtomicFile.Write(Full(item + ".json"), JsonSerializer.SerializeToUtf8Bytes(record, Json));

    private static JsonObject ReadObject(string file)
    {
        byte[] bytes = FileErrors.ReadAll(file, MostBytes);
        try
        {
            return JsonNode.Parse(bytes, null, JsonFile.Strict)?.AsObject() ?? throw new JsonException("it is empty");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw Damaged(file, error);
        }
    }

    private static ClipLensException Damaged(string file, Exception error) =>
        new($"{file} is damaged ({error.Message.TrimEnd('.')}); remove it, then the same command makes it again.", error);
}

/// <summary>Everything that pictures depend on.</summary>
internal sealed record AdversarialPlan(string Model, string True, string Fooled, int Count, int Repeats, int CuesPerPicture, ulong Seed,
    IReadOnlyList<string> Templates, string Descriptions, string Pictures, IReadOnlyList<CueList> Sources, int? Trials);

/// <summary>How a picture came about.</summary>
internal sealed record PictureRecord(ulong Seed, IReadOnlyList<string> Cues, string Description, string Control,
    IReadOnlyList<ModelExchange> Exchanges,
    string? Picture = null, string? ControlPicture = null, JsonObject? Account = null, string? Refused = null);
