using System.Buffers.Binary;
using System.Text;
using static ClipLens.Files.ThriftReader;

namespace ClipLens.Files;

/// <summary>
/// Checks a table's description and the heads of its pages before the Parquet library sees them, which trusts both: one row group of flat
/// columns, everything inside of the file, no page that grows beyond what its compression can do, and values in no encoding but those that
/// this library writes: of the others the Parquet library takes texts for numbers and numbers for texts, and writes past its arrays.
/// </summary>
internal static class ParquetFooter
{
    private const int Magic = 4, MostRowsPerByte = 4, Uncompressed = 0, Snappy = 1, DataPage = 0, DictionaryPage = 2;

    private const long Plain = 0, PlainDictionary = 2;

    // Snappy's longest copy, 64 bytes, takes three.
    private const int SnappyGrowth = 22, Slack = 64;

    private static readonly Field Number = new(Kind.Int), Large = new(Kind.Long), Words = new(Kind.Text), Truth = new(Kind.Bool);

    private static readonly Shape Empty = [];

    private static readonly Shape Statistics = new()
    {
        [1] = Words,
        [2] = Words,
        [3] = Large,
        [4] = Large,
        [5] = Words,
        [6] = Words,
        [7] = Truth,
        [8] = Truth
    };

    private static readonly Shape KeyValue = new() { [1] = Words, [2] = Words };

    /// <summary>Of the logical types those of texts and of whole numbers.</summary>
    private static readonly Shape LogicalType = new()
    {
        [1] = new(Kind.Struct, Empty),
        [10] = new(Kind.Struct, new() { [1] = new(Kind.Byte), [2] = Truth })
    };

    private static readonly Shape Element = new()
    {
        [1] = Number,
        [2] = Number,
        [3] = Number,
        [4] = Words,
        [5] = Number,
        [6] = Number,
        [7] = Number,
        [8] = Number,
        [9] = Number,
        [10] = new(Kind.Struct, LogicalType),
    };

    private static readonly Shape ColumnFacts = new()
    {
        [1] = Number,
        [2] = new(Kind.List, Item: Kind.Int),
        [3] = new(Kind.List, Item: Kind.Text),
        [4] = Number,
        [5] = Large,
        [6] = Large,
        [7] = Large,
        [8] = new(Kind.List, KeyValue),
        [9] = Large,
        [10] = Large,
        [11] = Large,
        [12] = new(Kind.Struct, Statistics),
        [13] = new(Kind.List, new() { [1] = Number, [2] = Number, [3] = Number }),
    };

    private static readonly Shape Column = new() { [2] = Large, [3] = new(Kind.Struct, ColumnFacts) };

    private static readonly Shape RowGroup = new()
    {
        [1] = new(Kind.List, Column),
        [2] = Large,
        [3] = Large,
        [5] = Large,
        [6] = Large,
        [7] = new(Kind.Short)
    };

    private static readonly Shape File = new()
    {
        [1] = Number,
        [2] = new(Kind.List, Element),
        [3] = Large,
        [4] = new(Kind.List, RowGroup),
        [5] = new(Kind.List, KeyValue),
        [6] = Words,
        [7] = new(Kind.List, new() { [1] = new(Kind.Struct, Empty) }),
    };

    private static readonly Shape Page = new()
    {
        [1] = Number,
        [2] = Number,
        [3] = Number,
        [4] = Number,
        [5] = new(Kind.Struct, new() { [1] = Number, [2] = Number, [3] = Number, [4] = Number, [5] = new(Kind.Struct, Statistics) }),
        [7] = new(Kind.Struct, new() { [1] = Number, [2] = Number, [3] = Truth }),
    };

    /// <summary>Checks a file and returns the length of its pages, behind which the library must not look for more.</summary>
    /// <exception cref="InvalidDataException">It is no table as this library writes them.</exception>
    public static int Check(ReadOnlySpan<byte> file)
    {
        if (file.Length < 3 * Magic || !file.StartsWith("PAR1"u8) || !file.EndsWith("PAR1"u8)) throw Bad("it is no Parquet file");
        int length = BinaryPrimitives.ReadInt32LittleEndian(file[^(2 * Magic)..]), start = file.Length - 2 * Magic - length;
        if (length < 1 || start < Magic) throw Bad("its description is longer than the file");
        var facts = new ThriftReader(file.Slice(start, length)).Read(File);
        long rows = Long(facts, 3);
        if (rows < 0 || rows > (long)file.Length * MostRowsPerByte) throw Bad($"it says it has {rows} rows");
        var columns = Columns(facts);
        if (List(facts, 4) is not [Dictionary<int, object> group] || Long(group, 3) != rows || List(group, 1) is not { } chunks
            || chunks.Length != columns.Count)
            throw Bad("its rows are not in one group of all columns");
        int end = Magic;
        for (int i = 0; i < chunks.Length; i++)
        {
            if (((Dictionary<int, object>)chunks[i]).GetValueOrDefault(3) is not Dictionary<int, object> chunk
                || Long(chunk, 1) != columns[i].Type
                || List(chunk, 3) is not [byte[] name] || !name.AsSpan().SequenceEqual(columns[i].Name) || Long(chunk, 5) != rows)
                throw Bad($"its column {i} is not as it is described");
            end += CheckPages(file[..start], end, chunk, rows);
        }
        return end == start ? end : throw Bad("there is something between its columns and their description");
    }

    private static List<(byte[] Name, long Type)> Columns(Dictionary<int, object> facts)
    {
        if (List(facts, 2) is not [Dictionary<int, object> root, .. var leaves]
            || Long(root, 5) != leaves.Length) throw Bad("its columns are not flat");
        var columns = new List<(byte[], long)>();
        var names = new HashSet<string>();
        foreach (var leaf in leaves.Cast<Dictionary<int, object>>())
        {
            if (leaf.ContainsKey(5) && Long(leaf, 5) != 0 || Long(leaf, 3) is not (0 or 1) || Long(leaf, 1) is not (1 or 4 or 6)
                || leaf.GetValueOrDefault(4) is not byte[] name || !names.Add(Encoding.UTF8.GetString(name)))
                throw Bad("it has a column of another kind");
            columns.Add((name, Long(leaf, 1)));
        }
        return columns;
    }

    /// <summary>Checks the pages of a column, which start where those of the column before end, and returns how many bytes they
    /// are.</summary>
    private static int CheckPages(ReadOnlySpan<byte> data, int start, Dictionary<int, object> chunk, long rows)
    {
        long codec = Long(chunk, 4), first = Long(chunk, 9), length = Long(chunk, 7), values = 0;
        if (chunk.ContainsKey(11) && Long(chunk, 11) is > 0 and var dictionary) first = Math.Min(first, dictionary);
        if (codec is not (Uncompressed or Snappy) || first != start || length < 0 || length > data.Length - start
            || chunk.ContainsKey(10)) throw Bad("a column lies outside of the file or of its place in it");
        var pages = data.Slice(start, (int)length);
        while (pages.Length > 0)
        {
            var reader = new ThriftReader(pages);
            var page = reader.Read(Page);
            long stored = Long(page, 3), size = Long(page, 2), kind = Long(page, 1);
            var head = page.GetValueOrDefault(kind == DataPage ? 5 : kind == DictionaryPage ? 7 : 0) as Dictionary<int, object>;
            if (head is null || Long(head, 1) is not (>= 0 and var count) || stored < 0
                || stored > pages.Length - reader.Position) throw Bad("a page lies outside of its column");
            if (size < 0 || size > (codec == Snappy ? stored * SnappyGrowth + Slack : stored)) throw Bad(
                "a page is larger than its data can be");
            if (Long(head, 2) is not (Plain or PlainDictionary)) throw Bad("a page is encoded in another way");
            var content = pages.Slice(reader.Position, (int)stored);
            if (codec == Snappy && SnappyLength(content) != size) throw Bad("a page has another size than its data");
            if (kind == DictionaryPage ? count > size : (values += count) > rows) throw Bad("a page has more values than there are");
            pages = pages[(reader.Position + (int)stored)..];
        }
        if (values != rows) throw Bad("a column lacks values");
        return (int)length;
    }

    /// <summary>The size of what is compressed, which Snappy writes in front of it in groups of seven bits; the library makes an array of
    /// it.</summary>
    private static long SnappyLength(ReadOnlySpan<byte> content)
    {
        long length = 0;
        for (int i = 0; i < Math.Min(content.Length, 5); i++)
        {
            length |= (long)(content[i] & 127) << (7 * i);
            if (content[i] < 128) return length;
        }
        return -1;
    }

    private static long Long(Dictionary<int, object> fields, int number) => fields.GetValueOrDefault(number) is long value ? value
        : throw Bad($"field {number} of its description is missing");

    private static object[]? List(Dictionary<int, object> fields, int number) => fields.GetValueOrDefault(number) as object[];

    private static InvalidDataException Bad(string why) => new(char.ToUpperInvariant(why[0]) + why[1..]);
}
