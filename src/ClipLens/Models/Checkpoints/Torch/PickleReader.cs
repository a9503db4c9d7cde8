using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;

namespace ClipLens.Models.Checkpoints.Torch;

/// <summary>
/// Reads a Python pickle (protocols 0 to 5) of tensors, containers and plain values. It executes nothing: a function or class
/// outside <see cref="PickleCalls"/> ends the reading with an error that names it.
/// </summary>
internal sealed partial class PickleReader
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly byte[] bytes;
    private readonly string path;
    private readonly Dictionary<long, object?> memo = [];
    private readonly Stack<List<object?>> outer = new();
    private List<object?> stack = [];
    private int position;

    private PickleReader(byte[] bytes, string path)
    {
        this.bytes = bytes;
        this.path = path;
    }

    /// <summary>Reads one pickle.</summary>
    /// <param name="bytes">The pickle; what follows it is not looked at.</param>
    /// <param name="path">The file that the messages name.</param>
    /// <returns>
    /// null, bool, long, BigInteger, double, string, byte[], object[] (a tuple), List (a list or set), <see cref="PickleDict"/>,
    /// <see cref="PickleObject"/>, <see cref="PickleTensor"/>, <see cref="PickleStorage"/> or <see cref="PickleGlobal"/>.
    /// </returns>
    /// <exception cref="ClipLensException">The pickle is damaged, or names a function or class that is not allowed.</exception>
    public static object? Read(byte[] bytes, string path) => new PickleReader(bytes, path).Run();

    private object? Run()
    {
        while (true)
        {
            char opcode = (char)Byte();
            if (opcode == '.') return Pop();
            if (!Number(opcode) && !Text(opcode) && !Container(opcode) && !Memo(opcode) && !Call(opcode))
                throw Broken($"has the unknown opcode 0x{(int)opcode:x2}");
        }
    }

    private bool Number(char opcode)
    {
        switch (opcode)
        {
            case 'N': Push(null); break;
            case '\x88': Push(true); break;
            case '\x89': Push(false); break;
            case 'K': Push((long)Byte()); break;
            case 'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
            case 'J': Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
            case '\x8a': PushBig(Take(Byte())); break;
            case '\x8b': PushBig(Take(Length(4))); break;
            case 'G': Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;
            case 'I' or 'L': PushDecimal(Line()); break;
            case 'F': Push(double.TryParse(Line(), CultureInfo.InvariantCulture, out double value) ? value : throw Broken("has no number")); break;
            default: return false;
        }
        return true;
    }

    private bool Text(char opcode)
    {
        switch (opcode)
        {
            case 'X': Push(Utf8(Take(Length(4)))); break;
            case '\x8c': Push(Utf8(Take(Byte()))); break;
            case '\x8d': Push(Utf8(Take(Length(8)))); break;
            case 'V': Push(Unescape(Line())); break;
            case 'S': Push(Line().Trim('\'', '"')); break;
            case 'T': Push(Encoding.Latin1.GetString(Take(Length(4)))); break;
            case 'U': Push(Encoding.Latin1.GetString(Take(Byte()))); break;
            case 'B': Push(Take(Length(4)).ToArray()); break;
            case 'C': Push(Take(Byte()).ToArray()); break;
            case '\x8e' or '\x96': Push(Take(Length(8)).ToArray()); break;
            default: return false;
        }
        return true;
    }

    private bool Container(char opcode)
    {
        switch (opcode)
        {
            case '(': outer.Push(stack); stack = []; break;
            case '0': if (stack.Count > 0) Pop(); else PopMark(); break;
            case '1': PopMark(); break;
            case '2': Push(Peek()); break;
            case ')': Push(Array.Empty<object?>()); break;
            case 't': Push(PopMark().ToArray()); break;
            case '\x85': Push(PopMany(1)); break;
            case '\x86': Push(PopMany(2)); break;
            case '\x87': Push(PopMany(3)); break;
            case ']' or '\x8f': Push(new List<object?>()); break;
            case 'l' or '\x91': Push(PopMark()); break;
            case 'a': Extend(PopMany(1)); break;
            case 'e' or '\x90': Extend(PopMark()); break;
            case '}': Push(new PickleDict()); break;
            case 'd': { var items = PopMark(); Push(new PickleDict()); SetItems(items); break; }
            case 's': SetItems(PopMany(2)); break;
            case 'u': SetItems(PopMark()); break;
            default: return false;
        }
        return true;
    }

    private bool Memo(char opcode)
    {
        switch (opcode)
        {
            case '\x80':
                if (Byte() > 5) throw Broken("has a protocol newer than 5");
                break;
            case '\x95': Take(8); break;
            case 'q': memo[Byte()] = Peek(); break;
            case 'r': memo[Length(4)] = Peek(); break;
            case 'p': memo[Decimal(Line())] = Peek(); break;
            case '\x94': memo[memo.Count] = Peek(); break;
            case 'h': Push(Recall(Byte())); break;
            case 'j': Push(Recall(Length(4))); break;
            case 'g': Push(Recall(Decimal(Line()))); break;
            default: return false;
        }
        return true;
    }

    private bool Call(char opcode)
    {
        switch (opcode)
        {
            case 'c': Push(Global(Line(), Line())); break;
            case '\x93':
                {
                    object?[] names = PopMany(2);
                    Push(names is [string module, string name] ? Global(module, name) : throw Broken("names a function by no string"));
                    break;
                }
            case 'Q': Push(Storage(Pop())); break;
            case 'R': Reduce(); break;
            case '\x81': NewObject(Pop()); break;
            case '\x92': Pop(); NewObject(Pop()); break;
            case 'b': Build(Pop()); break;
            case 'i': throw Refused(new PickleGlobal(Line(), Line()));
            case 'o': throw Refused(PopMark() is [PickleGlobal global, ..] ? global : new PickleGlobal("an unknown", "class"));
            case '\x82' or '\x83' or '\x84': throw Refused(new PickleGlobal("copyreg", "extension"));
            case 'P' or '\x97' or '\x98': throw Broken("refers to data outside itself");
            default: return false;
        }
        return true;
    }

    private PickleGlobal Global(string module, string name)
    {
        var global = new PickleGlobal(module, name);
        return PickleCalls.IsKnown(global) ? global : throw Refused(global);
    }

    private void Reduce()
    {
        object? arguments = Pop(), function = Pop();
        if (function is not PickleGlobal global || arguments is not object?[] values) throw Broken("calls something that is no function");
        if (!PickleCalls.IsCallable(global)) throw Refused(global);
        object? result = PickleCalls.Call(global, values);
        if (ReferenceEquals(result, PickleCalls.Wrong)) throw Broken($"has wrong arguments for {global.FullName}");
        Push(result);
    }

    // The arguments of TorchScript's objects are empty; their attributes come with the BUILD that follows.
    private void NewObject(object? arguments)
    {
        if (Pop() is not PickleGlobal global || arguments is not object?[]) throw Broken("builds something that is no class");
        if (global.IsTorchScriptClass) Push(new PickleObject(global.FullName));
        else if (global.FullName == "collections.OrderedDict") Push(new PickleDict());
        else throw Refused(global);
    }

    // The state of a dictionary or a tensor is what Python hangs on it beside its content (_metadata): not needed.
    private void Build(object? state)
    {
        if (Peek() is PickleObject target && state is PickleDict attributes)
            foreach (var (key, value) in attributes.Pairs) target.Attributes.Set(key, value);
    }

    private PickleStorage Storage(object? id)
    {
        if (id is not object?[] and not List<object?>) throw Broken("refers to something that is no storage");
        object?[] parts = id as object?[] ?? [.. (List<object?>)id];
        if (parts is not ["storage", PickleGlobal type, string key, _, long length, ..] || length < 0)
            throw Broken("refers to something that is no storage");
        return PickleCalls.StorageType(type) is { } element ? new PickleStorage(key, element, length) : throw Refused(type);
    }

    private void Extend(IEnumerable<object?> items)
    {
        if (Peek() is not List<object?> list) throw Broken("appends to something that is no list");
        list.AddRange(items);
    }

    private void SetItems(IReadOnlyList<object?> items)
    {
        if (Peek() is not PickleDict dict || items.Count % 2 != 0) throw Broken("sets an item of something that is no dictionary");
        for (int i = 0; i < items.Count; i += 2) dict.Set(items[i], items[i + 1]);
    }

    private void Push(object? value) => stack.Add(value);

    private object? Peek() => stack.Count > 0 ? stack[^1] : throw Broken("takes from an empty stack");

    private object? Pop()
    {
        object? value = Peek();
        stack.RemoveAt(stack.Count - 1);
        return value;
    }

    private object?[] PopMany(int count)
    {
        if (stack.Count < count) throw Broken("takes from an empty stack");
        object?[] values = [.. stack[^count..]];
        stack.RemoveRange(stack.Count - count, count);
        return values;
    }

    private List<object?> PopMark()
    {
        var items = stack;
        stack = outer.Count > 0 ? outer.Pop() : throw Broken("closes a group that was not opened");
        return items;
    }

    private object? Recall(long index) => memo.TryGetValue(index, out object? value) ? value : throw Broken("recalls what it never stored");

    private byte Byte() => Take(1)[0];

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > bytes.Length - position) throw Broken("ends too early");
        position += count;
        return bytes.AsSpan(position - count, count);
    }

    // A length of 4 or 8 bytes; one that does not fit the rest of the pickle is refused before anything is made for it.
    private int Length(int size)
    {
        var bytes = Take(size);
        ulong length = size == 4 ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        return length <= int.MaxValue ? (int)length : throw Broken("ends too early");
    }

    private string Line()
    {
        int end = Array.IndexOf(bytes, (byte)'\n', position);
        if (end < 0) throw Broken("ends too early");
        string line = Encoding.Latin1.GetString(bytes, position, end - position).TrimEnd('\r');
        position = end + 1;
        return line;
    }

    private static string Utf8(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            // Python writes lone surrogates like that; no name of a tensor has any.
            return Encoding.Latin1.GetString(bytes);
        }
    }

    private void PushBig(ReadOnlySpan<byte> littleEndian)
    {
        if (littleEndian.Length <= 8) Push((long)new BigInteger(littleEndian));
        else Push(new BigInteger(littleEndian));
    }

    private void PushDecimal(string line)
    {
        if (line == "00") Push(false);
        else if (line == "01") Push(true);
        else if (!BigInteger.TryParse(line.TrimEnd('L'), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)) throw Broken("has no number");
        else if (value >= long.MinValue && value <= long.MaxValue) Push((long)value);
        else Push(value);
    }

    // Protocol 0 writes what is not Latin-1 as \uXXXX or \UXXXXXXXX.
    private static string Unescape(string line) => Escape().Replace(line, match =>
        int.Parse(match.Value.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) is var code && Rune.IsValid(code)
            ? new Rune(code).ToString() : "\ufffd");

    [GeneratedRegex(@"\\u[0-9a-fA-F]{4}|\\U[0-7][0-9a-fA-F]{7}")]
    private static partial Regex Escape();

    private long Decimal(string line) =>
        long.TryParse(line, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value : throw Broken("has no number");

    private ClipLensException Refused(PickleGlobal global) =>
        new($"{path} calls {global.FullName}, which ClipLens refuses: it reads tensors, containers and plain values from a pickle and runs nothing.");

    private ClipLensException Broken(string what) => new($"{path} holds a damaged pickle: it {what}.");
}
