using System.Buffers.Binary;
using System.Text;

namespace ClipLens.Models.Tokenizer;

/// <summary>Writes a message in Google's protocol buffers' form: numbered fields, one after the other.</summary>
internal sealed class ProtoWriter
{
    private readonly List<byte> bytes = [];

    public ProtoWriter Number(int field, int value) => Tag(field, 0).Varint((ulong)value);

    public ProtoWriter Single(int field, float value)
    {
        Tag(field, 5);
        Span<byte> little = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(little, value);
        bytes.AddRange(little);
        return this;
    }

    public ProtoWriter Bytes(int field, ReadOnlySpan<byte> value)
    {
        Tag(field, 2).Varint((ulong)value.Length);
        bytes.AddRange(value);
        return this;
    }

    public ProtoWriter Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public ProtoWriter Message(int field, ProtoWriter value) => Bytes(field, value.ToArray());

    public byte[] ToArray() => [.. bytes];

    private ProtoWriter Tag(int field, int kind) => Varint((ulong)(field << 3 | kind));

    private ProtoWriter Varint(ulong value)
    {
        for (; value >= 128; value >>= 7) bytes.Add((byte)(value | 128));
        bytes.Add((byte)value);
        return this;
    }
}
