using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace ClipLens.Files;

/// <summary>
/// A large file, of which parts are read when they are needed. Not mapped into memory: a mapped file that someone shortens ends the
/// process, and one that is overwritten changes under the reader without a word.
/// </summary>
internal sealed class FileBytes : IDisposable
{
    private readonly SafeFileHandle handle;
    private readonly DateTime written;

    /// <summary>Opens a file.</summary>
    /// <exception cref="ClipLensException">It is not there, is no plain file or may not be read.</exception>
    public FileBytes(string path)
    {
        Path = path;
        handle = FileErrors.OpenHandle(path);
        try
        {
            Length = RandomAccess.GetLength(handle);
            written = File.GetLastWriteTimeUtc(handle);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            handle.Dispose();
            throw FileErrors.CannotRead(path, error);
        }
    }

    public string Path { get; }

    /// <summary>The file's length in bytes when it was opened.</summary>
    public long Length { get; }

    /// <summary>A copy of the bytes from <paramref name="offset"/> on.</summary>
    public byte[] Read(long offset, int count) => Read<byte>(offset, count);

    /// <summary>A copy of the values from the byte <paramref name="offset"/> on.</summary>
    public T[] Read<T>(long offset, int count) where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        CheckRange(offset, (long)count * Marshal.SizeOf<T>());
        T[] values = GC.AllocateUninitializedArray<T>(count);
        CopyTo(offset, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <summary>Copies bytes out.</summary>
    /// <exception cref="ClipLensException">The file ends before them, because it was shortened, or cannot be read.</exception>
    public void CopyTo(long offset, Span<byte> target)
    {
        CheckRange(offset, target.Length);
        try
        {
            while (target.Length > 0)
            {
                int read = RandomAccess.Read(handle, target, offset);
                if (read == 0) throw Changed();
                target = target[read..];
                offset += read;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.CannotRead(Path, error);
        }
    }

    /// <summary>Makes sure that the file is the one that was opened: what was read of it before and after belongs together.</summary>
    /// <exception cref="ClipLensException">It was written to since.</exception>
    public void CheckUnchanged()
    {
        if (RandomAccess.GetLength(handle) != Length || File.GetLastWriteTimeUtc(handle) != written) throw Changed();
    }

    /// <summary>The SHA-256 of the whole file.</summary>
    public byte[] Sha256(CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[1 << 20];
        for (long done = 0; done < Length; done += buffer.Length)
        {
            cancellation.ThrowIfCancellationRequested();
            var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, Length - done));
            CopyTo(done, piece);
            hash.AppendData(piece);
        }
        CheckUnchanged();
        return hash.GetHashAndReset();
    }

    public void Dispose() => handle.Dispose();

    private void CheckRange(long offset, long count)
    {
        ObjectDisposedException.ThrowIf(handle.IsClosed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - count);
    }

    private ClipLensException Changed() =>
        new($"{Path} was changed while it was being read; wait until it is complete and give the same command again.");
}
