using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace ClipLens.Models.Checkpoints.Torch;

/// <summary>
/// Reads a Python pickle (protocols 0 to 5) of tensors, containers and plain values. It executes nothing: what a function or class
/// outside <see cref="PickleCalls"/> would make is an opaque value, and one that only an attack names (<see cref="PickleAttack"/>) ends
/// the reading with an error that names it.
/// </summary>
internal sealed partial class PickleReader
{
    // Python itself takes no more digits from a text.
    private const int MostDigits = 4300;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly byte[] bytes;
    private readonly string path;
    private readonly PickleBudget budget;
    private readonly Dictionary<long, object?> memo = [];
    private readonly Stack<List<object?>> outer = new();
    private List<object?> stack = [];
    private int position;

    private PickleReader(byte[] bytes, string path)
    {
        this.bytes = bytes;
        this.path = path;
        budget = new PickleBudget(path, bytes.Length);
    }

    /// <summary>Reads one pickle.</summary>
    /// <param name="bytes">The pickle; what follows it is not looked at.</param>
    /// <param name="path">The file that the messages name.</param>
    /// <returns>
    /// null, bool, long, BigInteger, double, string, byte[], object[] (a tuple), List (a list or set), <see cref="PickleDict"/>,
    /// <see cref="PickleObject"/>, <see cref="PickleTensor"/>, <see cref="PickleStorage"/> or <see cref="PickleGlobal"/>.
    /// </returns>
    /// <exception cref="ClipLensException">The pickle is damaged, asks for too much memory, or names what would do harm.</exception>
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
            case 'F':
                Push(double.TryParse(Line(), CultureInfo.InvariantCulture, out double value) ? value
                : throw Broken("has no number")); break;
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
            case 'T': Push(Latin1(Take(Length(4)))); break;
            case 'U': Push(Latin1(Take(Byte()))); break;
            case 'B': Push(Bytes(Take(Length(4)))); break;
            case 'C': Push(Bytes(Take(Byte()))); break;
            case '\x8e' or '\x96': Push(Bytes(Take(Length(8)))); break;
            default: return false;
        }
        return true;
    }

    private bool Container(char opcode)
    {
        switch (opcode)
        {
            case '(': budget.Charge(PickleBudget.Object); outer.Push(stack); stack = []; break;
            case '0': if (stack.Count > 0) Pop(); else PopMark(); break;
            case '1': PopMark(); break;
            case '2': Push(Peek()); break;
            case ')': Push(Array.Empty<object?>()); break;
            case 't': Push(Tuple(PopMark())); break;
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
            case 'q': Memorize(Byte()); break;
            case 'r': Memorize(Length(4)); break;
            case 'p': Memorize(Decimal(Line())); break;
            case '\x94': Memorize(memo.Count); break;
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
            case '\x81': NewObject(); break;
            case '\x92': Pop(); NewObject(); break;
            case 'b': Build(Pop()); break;
            case 'i': Global(Line(), Line()); PopMark(); Push(new PickleObject()); break;
            case 'o': PopMark(); Push(new PickleObject()); break;
            case '\x82' or '\x83' or '\x84': throw Refused(new PickleGlobal("copyreg", "extension"));
            case 'P' or '\x97' or '\x98': throw Broken("refers to data outside itself");
            default: return false;
        }
        return true;
    }

    private PickleGlobal Global(string module, string name)
    {
        var global = new PickleGlobal(module, name);
        return PickleAttack.Names(global) ? throw Refused(global) : global;
    }

    private void Reduce()
    {
        object? arguments = Pop(), function = Pop();
        // A function that is itself the result of a call, as of a partial, is opaque, and so is what it gives.
        if (function is not PickleGlobal global || !PickleCalls.IsCallable(global))
        {
            Push(new PickleObject());
            return;
        }
        if (arguments is not object?[] values) throw Broken($"has wrong arguments for {global.FullName}");
        // No call makes more than a copy of what it is given.
        foreach (object? value in values) budget.Charge(Size(value));
        object? result = PickleCalls.Call(global, values);
        if (ReferenceEquals(result, PickleCalls.Wrong)) throw Broken($"has wrong arguments for {global.FullName}");
        Push(result);
    }

    private static long Size(object? value) => value switch
    {
        string text => text.Length,
        List<object?> list => (long)list.Count * 4 * PickleBudget.Slot,
        object?[] tuple => (long)tuple.Length * 4 * PickleBudget.Slot,
        PickleDict dict => (long)dict.Pairs.Count * 4 * PickleBudget.Slot,
        _ => 0,
    };

    // The arguments are not needed; attributes come with the BUILD that follows.
    private void NewObject()
    {
        Pop();
        Push(Pop() is PickleGlobal { FullName: "collections.OrderedDict" } ? new PickleDict() : new PickleObject());
    }

    // The state of a dictionary or a tensor is what Python hangs on it beside its content (_metadata): not needed.
    private void Build(object? state)
    {
        if (Peek() is not PickleObject target) return;
        // An object with slots has a pair of two such dictionaries.
        foreach (object? part in state is object?[] { Length: 2 } pair ? pair : [state])
        {
            if (part is not PickleDict attributes) continue;
            budget.Charge(Size(attributes));
            foreach (var (key, value) in attributes.Pairs) target.Attributes.Set(key, value);
        }
    }

    private PickleStorage Storage(object? id)
    {
        if (id is not object?[] and not List<object?>) throw Broken("refers to something that is no storage");
        object?[] parts = id as object?[] ?? [.. (List<object?>)id];
        if (parts is not ["storage", PickleGlobal type, string key, _, long length, ..] || length < 0)
            throw Broken("refers to something that is no storage");
        return PickleCalls.StorageType(type) is { } element ? new PickleStorage(key, element, length) : throw Refused(type);
    }

    private void Extend(IReadOnlyList<object?> items)
    {
        // Python lets a class take items as a list does.
        if (Peek() is PickleObject) return;
        if (Peek() is not List<object?> list) throw Broken("appends to something that is no list");
        budget.Charge((long)items.Count * PickleBudget.Slot);
        list.AddRange(items);
    }

    private void SetItems(IReadOnlyList<object?> items)
    {
        if (Peek() is PickleObject) return;
        if (Peek() is not PickleDict dict || items.Count % 2 != 0) throw Broken("sets an item of something that is no dictionary");
        budget.Charge((long)items.Count * 2 * PickleBudget.Slot);
        for (int i = 0; i < items.Count; i += 2) dict.Set(items[i], items[i + 1]);
    }

    private void Push(object? value)
    {
        budget.Charge(PickleBudget.Slot + (value is long or double ? PickleBudget.Slot : value is null or bool ? 0 : PickleBudget.Object));
        stack.Add(value);
    }

    private void Memorize(long index)
    {
        budget.Charge(PickleBudget.Object);
        memo[index] = Peek();
    }

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
        object?[] values = [.. CollectionsMarshal.AsSpan(stack)[^count..]];
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

    private object?[] Tuple(List<object?> items)
    {
        budget.Charge((long)items.Count * PickleBudget.Slot);
        return [.. items];
    }

    private byte[] Bytes(ReadOnlySpan<byte> bytes)
    {
        budget.Charge(bytes.Length);
        return bytes.ToArray();
    }

    private string Latin1(ReadOnlySpan<byte> bytes)
    {
        budget.Charge(2L * bytes.Length);
        return Encoding.Latin1.GetString(bytes);
    }

    private string Line()
    {
        int end = Array.IndexOf(bytes, (byte)'\n', position);
        if (end < 0) throw Broken("ends too early");
        budget.Charge(2L * (end - position));
        string line = Encoding.Latin1.GetString(bytes, position, end - position).TrimEnd('\r');
        position = end + 1;
        return line;
    }

    private string Utf8(ReadOnlySpan<byte> bytes)
    {
        budget.Charge(2L * bytes.Length);
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
        budget.Charge(littleEndian.Length);
        if (littleEndian.Length <= 8) Push((long)new BigInteger(littleEndian));
        else Push(new BigInteger(littleEndian));
    }

    private void PushDecimal(string line)
    {
        // The time that digits take grows with their square.
        if (line.Length > MostDigits) throw Broken($"has a number of {line.Length} digits");
        if (line == "00") Push(false);
        else if (line == "01") Push(true);
        else if (!BigInteger.TryParse(line.TrimEnd('L'), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
            out var value)) throw Broken("has no number");
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
        long.TryParse(line, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value
        : throw Broken("has no number");

    private ClipLensException Refused(PickleGlobal global) =>
        new($"{path} calls {global.FullName}, which no checkpoint needs and which would do harm where it is run; ClipLens runs nothing "
            + "and takes no weights from such a file: get it from a source that you trust.");

    private ClipLensException Broken(string what) => new($"{path} holds a damaged pickle: it {what}.");
}
