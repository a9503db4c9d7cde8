using System.Text.Encodings.Web;
using System.Text.Json;
using ClipLens.Files;
using ClipLens.Neurons;
using ClipLens.Runs;

namespace ClipLens.Explorer.Labels;

/// <summary>
/// The labels of a run's neurons in <c>labels.json</c> of its folder. Each change reads the file anew, one process at a time, and writes it
/// whole; a change of a label that has changed meanwhile is refused, so that neither a crash nor a second page loses one.
/// </summary>
internal sealed class LabelBook(RunDirectory run)
{
    private const int MostBytes = 32 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private readonly string path = Path.Combine(run.Path, "labels.json");

    /// <summary>All labels, by neuron.</summary>
    /// <exception cref="ClipLensException">The file is damaged.</exception>
    public SortedDictionary<string, NeuronLabel> Read()
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists) return new(StringComparer.Ordinal);
            if ((file.Attributes & FileAttributes.ReparsePoint) != 0)
                throw new ClipLensException($"{path} is a link, which a run has not; put what it leads to in its place.");
            return file.Length <= MostBytes ? Parse(File.ReadAllBytes(path)) : throw new JsonException("it is too long");
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ClipLensException($"{path} is damaged ({error.Message.Split('\n')[0].TrimEnd('.')}); repair it or move it away, it "
                + "is never overwritten like this.", error);
        }
    }

    /// <summary>The file's bytes as they are exported.</summary>
    public byte[] Export() => ToJson(Read());

    /// <summary>Changes a label.</summary>
    /// <param name="neuron">The neuron.</param>
    /// <param name="label">What is said of it now.</param>
    /// <param name="version">The version that the change is one of.</param>
    /// <returns>The label as it is in the file now; of another name, note or star than asked for where it had changed meanwhile.</returns>
    /// <exception cref="ClipLensException">The file is damaged or cannot be written to.</exception>
    public (NeuronLabel Label, bool IsWritten) Put(NeuronId neuron, NeuronLabel label, int version)
    {
        using var held = Hold();
        var labels = Read();
        var present = labels.GetValueOrDefault($"{neuron}", NeuronLabel.None);
        if (present.Version != version) return (present, false);
        var written = label.Cut() with { Version = version + 1, Changed = DateTimeOffset.UtcNow };
        labels[$"{neuron}"] = written;
        AtomicFile.Write(path, ToJson(labels));
        return (written, true);
    }

    /// <summary>Takes in labels from another file; where both have one of a neuron, nothing of either is lost.</summary>
    /// <param name="bytes">The other file.</param>
    /// <returns>Labels taken in.</returns>
    /// <exception cref="ClipLensException">It is no file of labels, or the run's cannot be written to.</exception>
    public int Merge(byte[] bytes)
    {
        SortedDictionary<string, NeuronLabel> others;
        try
        {
            others = Parse(bytes);
        }
        catch (JsonException error)
        {
            throw new ClipLensException("The file is no labels.json; give one that was exported from the explorer.", error);
        }
        using var held = Hold();
        var labels = Read();
        foreach (var (neuron, other) in others)
        {
            var own = labels.GetValueOrDefault(neuron);
            var both = own is null ? other.Cut() : own.With(other);
            labels[neuron] = both == own ? own : both with { Version = both.Version + 1 };
        }
        AtomicFile.Write(path, ToJson(labels));
        return others.Count;
    }

    private SortedDictionary<string, NeuronLabel> Parse(byte[] bytes)
    {
        var file = JsonSerializer.Deserialize<LabelFile>(bytes, Json) ?? throw new JsonException("it is empty");
        var labels = new SortedDictionary<string, NeuronLabel>(StringComparer.Ordinal);
        foreach (var (name, label) in file.Neurons)
        {
            if (label is null || !IsNeuron(name)) throw new JsonException($"'{name}' is no label of a neuron of the run");
            labels[name] = label;
        }
        return labels;
    }

    private bool IsNeuron(string name)
    {
        try
        {
            var id = NeuronId.Parse(name);
            return $"{id}" == name && id.Layer < run.Manifest.Model.Blocks && id.Index < run.Manifest.Model.Neurons;
        }
        catch (ClipLensException)
        {
            return false;
        }
    }

    private FolderLock Hold()
    {
        var until = DateTime.UtcNow + Patience;
        try
        {
            while (true)
            {
                if (FolderLock.Take(path + ".lock") is { } held) return held;
                if (DateTime.UtcNow > until) throw new ClipLensException($"Another program writes {path}; try again.");
                Thread.Sleep(20);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ClipLensException($"{path} cannot be written to ({error.Message.TrimEnd('.')}); change the folder's permissions.",
                error);
        }
    }

    private static byte[] ToJson(SortedDictionary<string, NeuronLabel> labels) =>
        [.. JsonSerializer.SerializeToUtf8Bytes(new LabelFile(1, labels), Json), (byte)'\n'];

    private sealed record LabelFile(int Form, IReadOnlyDictionary<string, NeuronLabel> Neurons);
}
