using System.Collections;
using System.Runtime.InteropServices;
using System.Text.Json;
using ClipLens.Files;
using ClipLens.Models.Images;

namespace ClipLens.Neurons;

/// <summary>What became of the images of a dataset, in order: a hash of 32 bytes each, and the errors of the few that could not be
/// used.</summary>
internal sealed class ImageOutcomes : IReadOnlyList<ImageOutcome>
{
    private const int HashBytes = 32;
    private readonly List<byte> hashes = [];
    private readonly SortedDictionary<int, Failure> failures = [];

    public int Count => hashes.Count / HashBytes;

    /// <summary>Images that could be used.</summary>
    public int Usable => Count - failures.Count;

    public ImageOutcome this[int index]
    {
        get
        {
            string hash = Convert.ToHexStringLower(CollectionsMarshal.AsSpan(hashes).Slice(index * HashBytes, HashBytes));
            return failures.TryGetValue(index, out var failure) ? new(failure.HasHash ? hash : null, failure.Error) : new(hash, null);
        }
    }

    public bool IsUsable(int index) => !failures.ContainsKey(index);

    public void Add(IReadOnlyList<ImageOutcome> outcomes)
    {
        foreach (var outcome in outcomes)
        {
            if (outcome.Error is { } error) failures[Count] = new(error, outcome.Sha256 is not null);
            hashes.AddRange(outcome.Sha256 is { } hash ? Convert.FromHexString(hash) : new byte[HashBytes]);
        }
    }

    /// <summary>The outcomes as a tensor and as the metadata beside it.</summary>
    public (SafeTensorData Hashes, string Failures) Save() =>
        (SafeTensorData.From("hashes", [.. hashes], Count, HashBytes), JsonSerializer.Serialize(failures));

    /// <summary>The outcomes that <see cref="Save"/> gave.</summary>
    public static ImageOutcomes Load(SafeTensorsFile file, string failures)
    {
        var outcomes = new ImageOutcomes();
        outcomes.hashes.AddRange(file.Read<byte>("hashes"));
        try
        {
            foreach (var (index, failure) in JsonSerializer.Deserialize<Dictionary<int, Failure?>>(failures) ?? [])
                if (failure is not null) outcomes.failures[index] = failure;
            return outcomes;
        }
        catch (JsonException error)
        {
            throw new ClipLensException("The state of a pass that was stopped is damaged; remove the run's folder work.", error);
        }
    }

    public IEnumerator<ImageOutcome> GetEnumerator()
    {
        for (int i = 0; i < Count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private sealed record Failure(string Error, bool HasHash);
}
