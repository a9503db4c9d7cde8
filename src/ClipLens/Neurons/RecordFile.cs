using System.Runtime.InteropServices;
using ClipLens.Files;
using static TorchSharp.torch;

namespace ClipLens.Neurons;

/// <summary>Records of the same number of values on disk, by number.</summary>
internal sealed class RecordFile : IDisposable
{
    private readonly Microsoft.Win32.SafeHandles.SafeFileHandle handle;
    private readonly string path;
    private readonly int length;

    /// <summary>Opens the file, which may be there already.</summary>
    /// <param name="path">The file.</param>
    /// <param name="length">Values of a record.</param>
    public RecordFile(string path, int length)
    {
        (this.path, this.length) = (path, length);
        handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
    }

    /// <summary>Whether the file is long enough to hold so many records.</summary>
    public bool Reaches(int records) => RandomAccess.GetLength(handle) >= 4L * length * records;

    /// <summary>Writes a record, or several that follow each other.</summary>
    /// <exception cref="IOException">The disk failed or is full.</exception>
    public void Write(int record, ReadOnlySpan<float> values)
    {
        try
        {
            RandomAccess.Write(handle, MemoryMarshal.AsBytes(values), 4L * length * record);
        }
        catch (IOException error)
        {
            throw FileErrors.CannotWrite(path, error);
        }
    }

    /// <summary>Brings to the disk what was written.</summary>
    public void Flush() => RandomAccess.FlushToDisk(handle);

    /// <summary>Some records: [records, length].</summary>
    public Tensor Read(IReadOnlyList<int> records)
    {
        var values = new float[records.Count * length];
        for (int i = 0; i < records.Count; i++) Read(records[i], values.AsSpan(i * length, length));
        return tensor(values, [records.Count, length]);
    }

    /// <summary>Fills these values from a record on.</summary>
    public void Read(int record, Span<float> values)
    {
        var bytes = MemoryMarshal.AsBytes(values);
        for (long offset = 4L * length * record; bytes.Length > 0;)
        {
            int read = RandomAccess.Read(handle, bytes, offset);
            if (read == 0) throw new EndOfStreamException($"{path} ends before record {record}.");
            bytes = bytes[read..];
            offset += read;
        }
    }

    public void Dispose() => handle.Dispose();
}
