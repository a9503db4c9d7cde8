using System.Security.Cryptography;
using System.Text;
using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Models.Images;
using static TorchSharp.torch;

namespace ClipLens.Cues.Adversarial.Photographs;

/// <summary>Photographs that can be asked what they show.</summary>
internal sealed class PhotographIndex : IDisposable
{
    private readonly Tensor poolMeans, poolDeviations;

    private PhotographIndex(IReadOnlyList<ImageEntry> entries, Tensor embeddings, Tensor pool, string sha256)
    {
        (Entries, Embeddings, Sha256) = (entries, embeddings, sha256);
        using var scope = NewDisposeScope();
        // Mean and deviation of the cosines with all texts of the pool follow from the pool's first two moments.
        var texts = nn.functional.normalize(pool, 2, -1);
        long count = texts.shape[0];
        var means = embeddings.mv(texts.mean([0]));
        var squares = embeddings.matmul(texts.t().matmul(texts) / count).mul(embeddings).sum([1]);
        poolMeans = means.DetachFromDisposeScope();
        poolDeviations = (squares - means * means).clamp(1e-12).mul((double)count / Math.Max(1, count - 1)).sqrt().DetachFromDisposeScope();
    }

    /// <summary>The photographs that could be read.</summary>
    public IReadOnlyList<ImageEntry> Entries { get; }

    /// <summary>Their unit representations [n, d].</summary>
    public Tensor Embeddings { get; }

    /// <summary>Fingerprint of their names and contents.</summary>
    public string Sha256 { get; }

    /// <summary>Reads and embeds photographs; those that cannot be read are left out.</summary>
    /// <exception cref="ClipLensException">None can be read.</exception>
    public static PhotographIndex Read(ClipModel model, IReadOnlyList<ImageEntry> entries, Tensor pool, bool applyOrientation, int batch,
        WorkOptions options)
    {
        using var reader = new ImageBatchReader(model.Preprocessor, entries, applyOrientation);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var all = empty(entries.Count, model.Config.EmbedDim);
        var (readable, names, failures) = (new List<int>(), new StringBuilder(), new List<string>());
        var pass = new DatasetPass(reader, batch, "Looking at the photographs", options);
        pass.Run(read => nn.functional.normalize(model.Image.Encode(read.Pixels), 2, -1), (read, found) =>
        {
            if (found is not null) all.narrow(0, readable.Count, read.Indices.Count).copy_(found);
            readable.AddRange(read.Indices);
            foreach (var outcome in read.Outcomes) names.Append(outcome.Sha256).Append('\n');
            failures.AddRange(read.Outcomes.Select(outcome => outcome.Error).OfType<string>());
        });
        if (readable.Count == 0) throw new ClipLensException($"None of the {entries.Count} photographs can be read; the first error: "
            + $"{failures[0]}");
        foreach (var entry in entries) names.Append(entry.Name).Append('\n');
        return new([.. readable.Select(index => entries[index])], all.narrow(0, 0, readable.Count).contiguous().DetachFromDisposeScope(),
            pool, Fingerprint(names.ToString()));
    }

    private static string Fingerprint(string names) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(names)));

    /// <summary>The same of photographs that the model has seen already.</summary>
    public static PhotographIndex From(SeenImages seen, IReadOnlyList<ImageEntry> entries, Tensor pool)
    {
        string names = string.Concat(seen.Hashes.Select(hash => hash + "\n")) + string.Concat(entries.Select(entry => entry.Name + "\n"));
        return new(entries, seen.Representations.clone().DetachFromDisposeScope(), pool, Fingerprint(names));
    }

    /// <summary>For every text, how far it fits each photograph better than the pool's texts do, in standard deviations.</summary>
    /// <param name="texts">Unit embeddings [C, d].</param>
    /// <returns>C arrays, a value a photograph.</returns>
    public float[][] Presence(Tensor texts)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var presence = (texts.matmul(Embeddings.t()) - poolMeans).div(poolDeviations).contiguous();
        return [.. Enumerable.Range(0, (int)texts.shape[0]).Select(text => presence[text].data<float>().ToArray())];
    }

    public void Dispose()
    {
        Embeddings.Dispose();
        poolMeans.Dispose();
        poolDeviations.Dispose();
    }
}
