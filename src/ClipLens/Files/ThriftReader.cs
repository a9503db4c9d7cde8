using System.Buffers.Binary;

namespace ClipLens.Files;

/// <summary>
/// Reads structures in Thrift's compact protocol that are of a known shape. What is not of the shape is refused, every value takes at least
/// a byte, and nothing is allocated that the bytes do not hold, so that any input ends.
/// </summary>
internal ref struct ThriftReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> bytes = bytes;

    /// <summary>Bytes read.</summary>
    public int Position { get; private set; }

    /// <summary>The kinds of values that the shapes here have; Thrift's own numbers.</summary>
    public enum Kind
    {
        Bool = 1, Byte = 3, Short = 4, Int = 5, Long = 6, Double = 7, Text = 8, List = 9, Struct = 12,
    }

    /// <summary>A field of a structure: its kind; of a list the kind of its items; and the shape of a structure or of a list's
    /// items.</summary>
    public sealed record Field(Kind Kind, Shape? Inner = null, Kind Item = Kind.Struct);

    /// <summary>The fields of a structure by their numbers.</summary>
    public sealed class Shape : Dictionary<int, Field>;

    /// <summary>Reads a structure: numbers as long, texts as their bytes, lists as object[], structures as dictionaries, by
    /// field.</summary>
    /// <exception cref="InvalidDataException">The bytes are of another shape or end too early.</exception>
    public Dictionary<int, object> Read(Shape shape)
    {
        var fields = new Dictionary<int, object>();
        for (int number = 0; ;)
        {
            byte head = Next();
            if (head == 0) return fields;
            int kind = head & 15;
            number = head >> 4 == 0 ? (int)Number() : number + (head >> 4);
            if (!shape.TryGetValue(number, out var field)) throw Bad($"field {number} is unknown");
            // Of a truth value the kind is the value.
            bool isTruth = field.Kind == Kind.Bool && kind is 1 or 2;
            if (!isTruth && kind != (int)field.Kind) throw Bad($"field {number} is of another kind");
            if (!fields.TryAdd(number, isTruth ? kind == 1 ? 1L : 0L : Value(field))) throw Bad($"field {number} is there twice");
        }
    }

    private object Value(Field field) => field.Kind switch
    {
        Kind.Struct => Read(field.Inner!),
        Kind.List => Items(field),
        _ => Simple(field.Kind),
    };

    private object Simple(Kind kind) => kind switch
    {
        Kind.Bool or Kind.Byte => (long)(sbyte)Next(),
        Kind.Double => BitConverter.DoubleToInt64Bits(BinaryPrimitives.ReadDoubleLittleEndian(Take(8))),
        Kind.Text => Take(checked((int)Unsigned())).ToArray(),
        _ => Number(),
    };

    private object[] Items(Field field)
    {
        byte head = Next();
        ulong count = head >> 4 == 15 ? Unsigned() : (ulong)(head >> 4);
        // A truth value is written as either of two kinds.
        int kind = (head & 15) == 2 ? 1 : head & 15;
        if (count > (ulong)(bytes.Length - Position)) throw Bad("a list is longer than the data");
        if (count > 0 && kind != (int)field.Item) throw Bad("a list is of another kind");
        object[] items = new object[(int)count];
        for (int i = 0; i < items.Length; i++) items[i] = field.Item == Kind.Struct ? Read(field.Inner!) : Simple(field.Item);
        return items;
    }

    private long Number() => Unsigned() is var zigzag ? (long)(zigzag >> 1) ^ -(long)(zigzag & 1) : 0;

    private ulong Unsigned()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte part = Next();
            value |= (ulong)(part & 127) << shift;
            if (part < 128) return value;
        }
        throw Bad("a number is too long");
    }

    private byte Next() => Take(1)[0];

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > bytes.Length - Position) throw Bad("it ends too early");
        var taken = bytes.Slice(Position, count);
        Position += count;
        return taken;
    }

    private static InvalidDataException Bad(string why) => new($"Its description is not what Parquet's is: {why}");
}
