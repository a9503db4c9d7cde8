using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace ClipLens.Files;

/// <summary>A file mapped into memory, read-only: its bytes are there without being read, and cost no memory of our own.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private const int LargeCopy = 1 << 16;

    private readonly MemoryMappedFile? map;
    private readonly MemoryMappedViewAccessor? view;
    private byte* start;

    /// <summary>Maps a file.</summary>
    /// <exception cref="ClipLensException">It is not there, is a folder or may not be read.</exception>
    public MappedFile(string path)
    {
        Path = path;
        try
        {
            using var stream = FileErrors.OpenRead(path);
            Length = stream.Length;
            // An empty file cannot be mapped.
            if (Length == 0) return;
            map = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            view = map.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            start += view.PointerOffset;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Dispose();
            throw new ClipLensException($"{path} could not be read: {error.Message}", error);
        }
    }

    public string Path { get; }

    /// <summary>The file's length in bytes.</summary>
    public long Length { get; }

    /// <summary>The bytes from <paramref name="offset"/> on; valid until the file is disposed.</summary>
    public ReadOnlySpan<byte> Span(long offset, int count)
    {
        ObjectDisposedException.ThrowIf(start == null && Length > 0, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - count);
        return count == 0 ? [] : new ReadOnlySpan<byte>(start + offset, count);
    }

    /// <summary>The bytes as values; valid until the file is disposed.</summary>
    public ReadOnlySpan<T> Span<T>(long offset, int count) where T : unmanaged =>
        MemoryMarshal.Cast<byte, T>(Span(offset, checked(count * sizeof(T))));

    /// <summary>
    /// Copies bytes out. Many are mapped for themselves and let go again: pages that were touched would count as this process's
    /// memory as long as the file is open, and a model would seem to be there twice.
    /// </summary>
    public void CopyTo(long offset, Span<byte> target)
    {
        if (target.Length < LargeCopy)
        {
            Span(offset, target.Length).CopyTo(target);
            return;
        }
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - target.Length);
        ObjectDisposedException.ThrowIf(this.start == null, this);
        using var view = map!.CreateViewAccessor(offset, target.Length, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        new ReadOnlySpan<byte>(start + view.PointerOffset, target.Length).CopyTo(target);
        view.SafeMemoryMappedViewHandle.ReleasePointer();
    }

    public void Dispose()
    {
        if (start != null)
        {
            start = null;
            view!.SafeMemoryMappedViewHandle.ReleasePointer();
        }
        view?.Dispose();
        map?.Dispose();
    }
}
