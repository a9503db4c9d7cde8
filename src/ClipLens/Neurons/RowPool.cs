using System.Diagnostics;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using ClipLens.Files;
using Microsoft.Win32.SafeHandles;

namespace ClipLens.Neurons;

/// <summary>
/// Rows of one length on disk, taken and given back one by one. They lie in files of the same number of rows that are added as they are
/// needed: in memory as far as the system likes, or read and written row by row where that would be too much.
/// </summary>
/// <param name="path">The files' path; each has a number behind it.</param>
/// <param name="rowsPerFile">Rows of a file.</param>
/// <param name="length">Values of a row.</param>
/// <param name="inMemory">Whether the files are mapped to memory.</param>
internal sealed unsafe class RowPool(string path, int rowsPerFile, int length, bool inMemory) : IDisposable
{
    private readonly List<Extent> extents = [];
    private readonly Stack<int> free = [];

    /// <summary>Rows that are taken.</summary>
    public int Used => extents.Count * rowsPerFile - free.Count;

    /// <summary>Takes a row, whose values are not defined yet.</summary>
    /// <exception cref="IOException">The disk failed or is full.</exception>
    public int Take()
    {
        if (free.Count == 0) Grow();
        return free.Pop();
    }

    /// <summary>Gives a row back.</summary>
    public void Return(int row) => free.Push(row);

    /// <summary>Opens the files of an earlier process, all rows of which are free but these; false if they are not all there.</summary>
    public bool Reopen(IEnumerable<int> taken)
    {
        Debug.Assert(extents.Count == 0, "Nothing was taken before.");
        var isTaken = new HashSet<int>(taken);
        int files = isTaken.Count == 0 ? 0 : isTaken.Max() / rowsPerFile + 1;
        for (int file = 0; file < files; file++)
            if (new FileInfo(PathOf(file)) is not { Exists: true } own || own.Length != Bytes) return false;
        while (extents.Count < files) extents.Add(Open(PathOf(extents.Count), isThere: true));
        free.Clear();
        for (int row = files * rowsPerFile - 1; row >= 0; row--)
            if (!isTaken.Contains(row)) free.Push(row);
        return true;
    }

    /// <summary>Gives all rows back.</summary>
    public void Clear()
    {
        free.Clear();
        for (int row = extents.Count * rowsPerFile - 1; row >= 0; row--) free.Push(row);
    }

    /// <summary>Writes a row: [length].</summary>
    /// <exception cref="IOException">The disk failed or is full.</exception>
    public void Write(int row, ReadOnlySpan<float> values)
    {
        var extent = extents[row / rowsPerFile];
        long place = (long)(row % rowsPerFile) * length;
        if (extent.Handle is not { } handle) values[..length].CopyTo(new Span<float>(extent.Start + place, length));
        else Write(handle, MemoryMarshal.AsBytes(values[..length]), 4 * place);
    }

    /// <summary>Reads a row: [length].</summary>
    public void Read(int row, Span<float> values)
    {
        var extent = extents[row / rowsPerFile];
        long place = (long)(row % rowsPerFile) * length;
        if (extent.Handle is not { } handle)
        {
            new ReadOnlySpan<float>(extent.Start + place, length).CopyTo(values);
            return;
        }
        var bytes = MemoryMarshal.AsBytes(values[..length]);
        for (int read = 0, more = 1; read < bytes.Length && more > 0; read += more)
            more = RandomAccess.Read(handle, bytes[read..], 4 * place + read);
    }

    /// <summary>Brings to the disk what was written.</summary>
    public void Flush()
    {
        foreach (var extent in extents.ToArray()) extent.Flush();
    }

    public void Dispose() => extents.ForEach(extent => extent.Dispose());

    private long Bytes => 4L * rowsPerFile * length;

    private string PathOf(int file) => $"{path}.{file}";

    private void Write(SafeFileHandle handle, ReadOnlySpan<byte> bytes, long place)
    {
        try
        {
            RandomAccess.Write(handle, bytes, place);
        }
        catch (IOException error)
        {
            throw FileErrors.CannotWrite(path, error);
        }
    }

    private void Grow()
    {
        int number = extents.Count;
        extents.Add(Open(PathOf(number), isThere: false));
        for (int row = (number + 1) * rowsPerFile - 1; row >= number * rowsPerFile; row--) free.Push(row);
    }

    private Extent Open(string file, bool isThere)
    {
        try
        {
            if (!isThere) Allocate(file);
            return new(file, Bytes, inMemory);
        }
        catch (IOException error)
        {
            throw FileErrors.CannotWrite(file, error);
        }
    }

    /// <summary>All of a file is asked for at once: a disk that fills up later would kill a process that writes to mapped
    /// memory.</summary>
    private void Allocate(string file)
    {
        File.Delete(file);
        File.OpenHandle(file, FileMode.CreateNew, FileAccess.ReadWrite, preallocationSize: Bytes).Dispose();
        using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.SetLength(handle, Bytes);
    }

    /// <summary>A file of rows.</summary>
    private sealed class Extent : IDisposable
    {
        private readonly MemoryMappedFile? map;
        private readonly MemoryMappedViewAccessor? view;

        public Extent(string file, long bytes, bool inMemory)
        {
            if (!inMemory)
            {
                Handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
                return;
            }
            map = MemoryMappedFile.CreateFromFile(file, FileMode.Open, null, bytes);
            view = map.CreateViewAccessor(0, bytes);
            byte* start = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            Start = (float*)start;
        }

        /// <summary>The first value in memory.</summary>
        public float* Start { get; }

        /// <summary>The file; null where it is in memory.</summary>
        public SafeFileHandle? Handle { get; }

        public void Flush()
        {
            view?.Flush();
            if (Handle is not null) RandomAccess.FlushToDisk(Handle);
        }

        public void Dispose()
        {
            view?.SafeMemoryMappedViewHandle.ReleasePointer();
            view?.Dispose();
            map?.Dispose();
            Handle?.Dispose();
        }
    }
}
