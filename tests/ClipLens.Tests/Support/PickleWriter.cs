using System.Buffers.Binary;
using System.Text;

namespace ClipLens.Tests.Support;

/// <summary>Writes pickles by hand, opcode by opcode, as Python's protocol 2 does.</summary>
internal sealed class PickleWriter
{
    private readonly List<byte> bytes = [0x80, 2];

    public byte[] Finish() => [.. bytes, (byte)'.'];

    public PickleWriter Raw(params ReadOnlySpan<byte> bytes)
    {
        this.bytes.AddRange(bytes);
        return this;
    }

    public PickleWriter Op(char opcode) => Raw((byte)opcode);

    public PickleWriter Global(string module, string name) => Op('c').Raw(Encoding.ASCII.GetBytes($"{module}\n{name}\n"));

    public PickleWriter Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return Op('X').Raw(BitConverter.GetBytes(bytes.Length)).Raw(bytes);
    }

    public PickleWriter Int(long value) => value is >= 0 and < 256 ? Op('K').Raw((byte)value)
        : value is >= int.MinValue and <= int.MaxValue ? Op('J').Raw(BitConverter.GetBytes((int)value))
        : Raw(0x8a, 8).Raw(BitConverter.GetBytes(value));

    public PickleWriter Double(double value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteDoubleBigEndian(bytes, value);
        return Op('G').Raw(bytes);
    }

    public PickleWriter Ints(IEnumerable<long> values)
    {
        Op('(');
        foreach (long value in values) Int(value);
        return Op('t');
    }

    /// <summary>A dictionary: the items write key and value in turn.</summary>
    public PickleWriter Dict(Action<PickleWriter> items)
    {
        Raw("}("u8);
        items(this);
        return Op('u');
    }

    /// <summary>A tensor as torch.save describes it.</summary>
    public PickleWriter Tensor(string storageClass, string key, long storageLength, long offset, long[] shape, long[] strides)
    {
        Global("torch._utils", "_rebuild_tensor_v2").Op('(').Op('(').Text("storage").Global("torch", storageClass).Text(key).Text("cpu")
            .Int(storageLength).Op('t').Op('Q').Int(offset).Ints(shape).Ints(strides);
        return Raw(0x89).Global("collections", "OrderedDict").Raw(")RtR"u8);
    }
}
