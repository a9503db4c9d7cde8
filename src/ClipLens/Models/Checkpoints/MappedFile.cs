using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace ClipLens.Models;

/// <summary>A file mapped into memory, read-only: its bytes are there without being read, and cost no memory of our own.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private const int LargeCopy = 1 << 16;

    private readonly MemoryMappedFile? _map;
    private readonly MemoryMappedViewAccessor? _view;
    private byte* _start;

    /// <summary>Maps a file.</summary>
    /// <exception cref="ClipLensException">It is not there, is a folder or may not be read.</exception>
    public MappedFile(string path)
    {
        Path = path;
        try
        {
            using var stream = Files.OpenRead(path);
            Length = stream.Length;
            // An empty file cannot be mapped.
            if (Length == 0) return;
            _map = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            _view = _map.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
            _start += _view.PointerOffset;
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
        ObjectDisposedException.ThrowIf(_start == null && Length > 0, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - count);
        return count == 0 ? [] : new ReadOnlySpan<byte>(_start + offset, count);
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
        ObjectDisposedException.ThrowIf(_start == null, this);
        using var view = _map!.CreateViewAccessor(offset, target.Length, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        new ReadOnlySpan<byte>(start + view.PointerOffset, target.Length).CopyTo(target);
        view.SafeMemoryMappedViewHandle.ReleasePointer();
    }

    public void Dispose()
    {
        if (_start != null)
        {
            _start = null;
            _view!.SafeMemoryMappedViewHandle.ReleasePointer();
        }
        _view?.Dispose();
        _map?.Dispose();
    }
}
