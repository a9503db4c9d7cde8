using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using ClipLens.Files;
using ClipLens.Models.Checkpoints;

namespace ClipLens.Editing.Weights;

/// <summary>
/// Small files beside weights that hold a digest of them, such as sha256.txt or md5sums: after an edit it would be that of other weights,
/// so the new one stands in its place.
/// </summary>
internal static partial class WeightDigests
{
    private const int Longest = 1 << 20;

    private static readonly Dictionary<int, HashAlgorithmName> Algorithms = new()
    {
        [32] = HashAlgorithmName.MD5,
        [40] = HashAlgorithmName.SHA1,
        [64] = HashAlgorithmName.SHA256,
        [128] = HashAlgorithmName.SHA512,
    };

    /// <summary>The digests that an edit makes untrue.</summary>
    /// <param name="model">The checkpoint's folder or weight file.</param>
    /// <param name="edited">Those of its edited copy.</param>
    /// <param name="beside">Files that are no weights, by their names within both folders.</param>
    /// <param name="weights">The weight files, by their names within both folders.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static IReadOnlyList<BytePiece> Find(string model, string edited, IEnumerable<string> beside, IReadOnlyList<string> weights,
        CancellationToken cancellation)
    {
        string before = CheckpointFolder.RootOf(model), after = CheckpointFolder.RootOf(edited);
        var known = new Dictionary<int, Dictionary<string, string>>();
        var pieces = new List<BytePiece>();
        foreach (string name in beside)
        {
            using var file = new FileBytes(Path.Combine(after, name));
            if (file.Length > Longest) continue;
            foreach (Match digest in Digits().Matches(Encoding.Latin1.GetString(file.Read(0, (int)file.Length))))
            {
                if (!Algorithms.TryGetValue(digest.Length, out var algorithm)) continue;
                if (!known.TryGetValue(digest.Length, out var own)) known[digest.Length] = own = Changed(algorithm);
                if (!own.TryGetValue(digest.Value.ToLowerInvariant(), out string? now)) continue;
                bool isUpper = digest.Value.Any(char.IsAsciiLetterUpper);
                pieces.Add(new(name, "digest of the weights", digest.Index, digest.Length, 1, digest.Length,
                    Encoding.ASCII.GetBytes(digest.Value), Encoding.ASCII.GetBytes(isUpper ? now.ToUpperInvariant() : now)));
            }
        }
        return pieces;

        Dictionary<string, string> Changed(HashAlgorithmName algorithm)
        {
            var digests = new Dictionary<string, string>();
            foreach (string name in weights)
                digests[Hash(Path.Combine(before, name), algorithm)] = Hash(Path.Combine(after, name), algorithm);
            if (algorithm == HashAlgorithmName.SHA256) digests[Fingerprint(model, cancellation)] = Fingerprint(edited, cancellation);
            return digests;
        }

        string Hash(string path, HashAlgorithmName algorithm)
        {
            cancellation.ThrowIfCancellationRequested();
            using var file = FileErrors.OpenRead(path);
            return Convert.ToHexStringLower(CryptographicOperations.HashData(algorithm, file));
        }
    }

    private static string Fingerprint(string model, CancellationToken cancellation)
    {
        using var checkpoint = Checkpoint.Open(model);
        return checkpoint.Sha256(cancellation);
    }

    [GeneratedRegex("(?<![0-9A-Za-z])[0-9A-Fa-f]{32,128}(?![0-9A-Za-z])")]
    private static partial Regex Digits();
}
