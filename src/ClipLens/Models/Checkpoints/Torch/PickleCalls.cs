using System.Text;
using ClipLens.Files;

namespace ClipLens.Models.Checkpoints.Torch;

/// <summary>The few functions and classes that a pickle of tensors calls, and what they do. Nothing else is ever called.</summary>
internal static class PickleCalls
{
    private static readonly Dictionary<string, ElementType> StorageTypes = new()
    {
        ["BoolStorage"] = ElementType.Bool,
        ["ByteStorage"] = ElementType.UInt8,
        ["CharStorage"] = ElementType.Int8,
        ["ShortStorage"] = ElementType.Int16,
        ["IntStorage"] = ElementType.Int32,
        ["LongStorage"] = ElementType.Int64,
        ["HalfStorage"] = ElementType.Float16,
        ["BFloat16Storage"] = ElementType.BFloat16,
        ["FloatStorage"] = ElementType.Float32,
        ["DoubleStorage"] = ElementType.Float64,
    };

    private static readonly Dictionary<string, Func<object?[], object?>> Calls = new()
    {
        ["collections.OrderedDict"] = args => args is [] ? new PickleDict() : FromPairs(args),
        ["collections.defaultdict"] = _ => new PickleDict(),
        ["builtins.dict"] = args => args is [] ? new PickleDict() : FromPairs(args),
        ["builtins.list"] = args => args is [] ? new List<object?>() : Items(args),
        ["builtins.set"] = args => args is [] ? new List<object?>() : Items(args),
        ["builtins.frozenset"] = args => args is [] ? new List<object?>() : Items(args),
        ["_codecs.encode"] = args => args is [string text, ..] ? Encoding.Latin1.GetBytes(text) : Wrong,
        ["torch.Size"] = args => args is [object?[] sides] ? sides : Wrong,
        ["torch.device"] = args => args is [string device, ..] ? device : Wrong,
        ["torch._utils._rebuild_tensor"] = args => Tensor(args),
        ["torch._utils._rebuild_tensor_v2"] = args => Tensor(args),
        ["torch._utils._rebuild_parameter"] = args => args is [PickleTensor tensor, ..] ? tensor : Wrong,
        ["torch._utils._rebuild_parameter_with_state"] = args => args is [PickleTensor tensor, ..] ? tensor : Wrong,
        ["torch.jit._pickle.build_intlist"] = Items,
        ["torch.jit._pickle.build_doublelist"] = Items,
        ["torch.jit._pickle.build_boollist"] = Items,
        ["torch.jit._pickle.build_tensorlist"] = Items,
        ["torch.jit._pickle.restore_type_tag"] = args => args is [var value, ..] ? value : Wrong,
    };

    /// <summary>What a call gives whose arguments are not as they should be.</summary>
    public static readonly object Wrong = new();

    /// <summary>Whether this is one of them.</summary>
    public static bool IsCallable(PickleGlobal global) => Calls.ContainsKey(Modern(global));

    /// <summary>What the call gives, or <see cref="Wrong"/>.</summary>
    public static object? Call(PickleGlobal global, object?[] arguments) => Calls[Modern(global)](arguments);

    /// <summary>The element type of a storage class, or null for anything else.</summary>
    public static ElementType? StorageType(PickleGlobal global) =>
        global.Module == "torch" && StorageTypes.TryGetValue(global.Name, out var type) ? type : null;

    // Protocol 2 spells Python 2's module.
    private static string Modern(PickleGlobal global) => global.Module == "__builtin__" ? "builtins." + global.Name : global.FullName;

    private static object Items(object?[] args) => args switch
    {
        [List<object?> list] => new List<object?>(list),
        [object?[] tuple] => new List<object?>(tuple),
        _ => Wrong,
    };

    private static object FromPairs(object?[] args)
    {
        var result = new PickleDict();
        if (args is [PickleDict dict])
        {
            foreach (var (key, value) in dict.Pairs) result.Set(key, value);
            return result;
        }
        if (Items(args) is not List<object?> pairs) return Wrong;
        foreach (object? pair in pairs)
        {
            if (pair is object?[] { Length: 2 } tuple) result.Set(tuple[0], tuple[1]);
            else if (pair is List<object?> { Count: 2 } list) result.Set(list[0], list[1]);
            else return Wrong;
        }
        return result;
    }

    private static object Tensor(object?[] args)
    {
        if (args is not [PickleStorage storage, long offset, object?[] sides, object?[] steps, ..]) return Wrong;
        if (Longs(sides) is not { } shape || Longs(steps) is not { } strides || shape.Length != strides.Length || offset < 0) return Wrong;
        return Fits(storage, offset, shape, strides) ? new PickleTensor(storage, offset, shape, strides) : Wrong;
    }

    // A view must lie in its storage and have no more elements than it: one value repeated a billion times is no weight.
    private static bool Fits(PickleStorage storage, long offset, long[] shape, long[] strides)
    {
        if (shape.Contains(0)) return true;
        Int128 count = 1, last = offset;
        for (int i = 0; i < shape.Length; i++)
        {
            count *= shape[i];
            last += ((Int128)shape[i] - 1) * strides[i];
            if (count > storage.Length || last > long.MaxValue) return false;
        }
        return last < storage.Length;
    }

    private static long[]? Longs(object?[] values)
    {
        var result = new long[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] is not long value || value < 0) return null;
            result[i] = value;
        }
        return result;
    }
}
