using System.Security.Cryptography;
using System.Text;

namespace ClipLens.Models.Hub;

/// <summary>
/// The hash that a content must have. The hub names contents by it: large files by their SHA-256, small ones by git's SHA-1 over the word
/// "blob", the length and the bytes. A name of another kind promises nothing but the length.
/// </summary>
internal sealed class Checksum : IDisposable
{
    private const int Sha256Digits = 64, Sha1Digits = 40;

    private readonly IncrementalHash? hash;
    private readonly string expected;

    /// <param name="name">The name of the content.</param>
    /// <param name="length">Its length in bytes.</param>
    public Checksum(string name, long length)
    {
        expected = name.ToLowerInvariant();
        if (!expected.All(char.IsAsciiHexDigit)) return;
        if (name.Length == Sha256Digits) hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (name.Length != Sha1Digits) return;
        hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes($"blob {length}\0"));
    }

    public void Add(ReadOnlySpan<byte> bytes) => hash?.AppendData(bytes);

    /// <summary>Whether the bytes so far are the content.</summary>
    public bool Fits() => hash is null || Convert.ToHexStringLower(hash.GetHashAndReset()) == expected;

    /// <summary>Whether a file is the content of a name.</summary>
    public static bool Fits(string name, string path, CancellationToken cancellation)
    {
        using var file = Files.FileErrors.OpenRead(path);
        using var checksum = new Checksum(name, file.Length);
        byte[] buffer = new byte[1 << 20];
        for (int read; (read = file.Read(buffer)) > 0;)
        {
            cancellation.ThrowIfCancellationRequested();
            checksum.Add(buffer.AsSpan(0, read));
        }
        return checksum.Fits();
    }

    public void Dispose() => hash?.Dispose();
}
