using Parquet;
using Parquet.Schema;

namespace ClipLens.Files;

/// <summary>Small tables in Parquet, written and read whole, one row group each.</summary>
internal static class ParquetTable
{
    private const long MostBytes = 1L << 30;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    /// <summary>A column to write: int, float or (nullable) string values.</summary>
    public sealed record Column(DataField Field, Func<ParquetRowGroupWriter, DataField, Task> Write)
    {
        public static Column Create(string name, int[] values) => new(new DataField<int>(name), (group, field) =>
            group.WriteAsync<int>(field, values));

        public static Column Create(string name, float[] values) => new(new DataField<float>(name), (group, field) =>
            group.WriteAsync<float>(field, values));

        public static Column Create(string name, string[] values) =>
            new(new DataField(name, typeof(string), isNullable: false), (group, field) => group.WriteAsync(field, values));

        public static Column OfNullable(string name, string?[] values) =>
            new(new DataField(name, typeof(string), isNullable: true), (group, field) => group.WriteAsync(field, values!));
    }

    /// <summary>Writes a table atomically.</summary>
    public static void Write(string path, params IReadOnlyList<Column> columns)
    {
        using var memory = new MemoryStream();
        WriteAsync(memory, columns).GetAwaiter().GetResult();
        AtomicFile.Write(path, memory.GetBuffer().AsSpan(0, (int)memory.Length));
    }

    /// <summary>Reads a table.</summary>
    /// <param name="path">The file.</param>
    /// <param name="read">Takes the columns it wants from the table, and may refuse what they hold with an <see
    /// cref="InvalidDataException"/>.</param>
    /// <exception cref="ClipLensException">The file is missing, damaged or lacks a column.</exception>
    public static T Read<T>(string path, Func<Reader, T> read)
    {
        try
        {
            byte[] file = ReadFile(path);
            int pages = ParquetFooter.Check(file);
            // The library ends no loop that a file leads it into, so it works aside and is left there; on a thread of its own, since whoever
            // waits here may hold one of the few that tasks are given.
            var work = Task.Factory.StartNew(() => ReadAsync(path, new MemoryStream(file), pages, read).GetAwaiter().GetResult(),
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            return Task.WaitAny([work], Limit) == 0 ? work.GetAwaiter().GetResult()
                : throw new InvalidDataException("It takes too long to read");
        }
        catch (Exception error) when (error is not (ClipLensException or OutOfMemoryException))
        {
            // Damaged data leads the library to exceptions of every kind.
            throw new ClipLensException($"{path} is damaged ({error.Message.Split('\n')[0].TrimEnd('.', '\r')}); make the run again, "
                + "overwriting it.", error);
        }
    }

    private static byte[] ReadFile(string path)
    {
        FileKind.RefuseSpecial(path);
        using var stream = FileErrors.OpenRead(path);
        if (stream.Length > MostBytes) throw new InvalidDataException($"It has {stream.Length >> 20} MB, more than any table of a run");
        byte[] file = new byte[stream.Length];
        stream.ReadExactly(file);
        return file;
    }

    private static async Task WriteAsync(Stream stream, IReadOnlyList<Column> columns)
    {
        var schema = new ParquetSchema(columns.Select(column => (Field)column.Field));
        await using var writer = await ParquetWriter.CreateAsync(schema, stream).ConfigureAwait(false);
        using var group = writer.CreateRowGroup();
        foreach (var (column, field) in columns.Zip(schema.DataFields)) await column.Write(group, field).ConfigureAwait(false);
    }

    private static async Task<T> ReadAsync<T>(string path, MemoryStream stream, int pages, Func<Reader, T> read)
    {
        await using var reader = await ParquetReader.CreateAsync(stream).ConfigureAwait(false);
        // Where a page holds fewer values than it says, the library goes on reading behind it.
        stream.SetLength(pages);
        using var group = reader.OpenRowGroupReader(0);
        return read(new Reader(path, reader.Schema, group));
    }

    /// <summary>The columns of an open table; valid while it is being read.</summary>
    public sealed class Reader(string path, ParquetSchema schema, ParquetRowGroupReader group)
    {
        public int Rows => checked((int)group.RowCount);

        public int[] Ints(string name) => Values<int>(name);

        public float[] Floats(string name) => Values<float>(name);

        /// <summary>The texts of a column that has one in every row.</summary>
        public string[] Texts(string name) =>
            [.. Strings(name).Select(text => text ?? throw new InvalidDataException($"Its column '{name}' lacks a text"))];

        /// <summary>The whole numbers of a column, all of them from 0 to less than <paramref name="end"/>.</summary>
        public int[] Indices(string name, int end)
        {
            int[] values = Ints(name);
            return Array.Find(values, value => value < 0 || value >= end) is var other && (other != 0 || (end < 1 && values.Length > 0))
                ? throw new InvalidDataException($"Its column '{name}' has {other}, which is not from 0 to {end - 1}") : values;
        }

        public string?[] Strings(string name)
        {
            string?[] values = new string?[Rows];
            group.ReadAsync(Field(name), values.AsMemory()!).AsTask().GetAwaiter().GetResult();
            return values;
        }

        private T[] Values<T>(string name) where T : unmanaged
        {
            T[] values = new T[Rows];
            group.ReadAsync<T>(Field(name), values.AsMemory()).AsTask().GetAwaiter().GetResult();
            return values;
        }

        private DataField Field(string name) => schema.DataFields.FirstOrDefault(field => field.Name == name)
            ?? throw new ClipLensException($"{path} has no column '{name}'; make the run again, overwriting it.");
    }
}
