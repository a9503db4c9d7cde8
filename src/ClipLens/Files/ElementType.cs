using static TorchSharp.torch;

namespace ClipLens.Files;

/// <summary>The element types that a weight file may hold and ClipLens can read.</summary>
internal enum ElementType
{
    Bool, UInt8, Int8, Int16, UInt16, Int32, UInt32, Int64, UInt64, Float16, BFloat16, Float32, Float64,
}

/// <summary>What each element type is called elsewhere, and how long it is.</summary>
internal static class ElementTypes
{
    private static readonly (ElementType Type, string SafeTensors, int Size, ScalarType? Torch)[] Table =
    [
        (ElementType.Bool, "BOOL", 1, ScalarType.Bool),
        (ElementType.UInt8, "U8", 1, ScalarType.Byte),
        (ElementType.Int8, "I8", 1, ScalarType.Int8),
        (ElementType.Int16, "I16", 2, ScalarType.Int16),
        (ElementType.UInt16, "U16", 2, null),
        (ElementType.Int32, "I32", 4, ScalarType.Int32),
        (ElementType.UInt32, "U32", 4, null),
        (ElementType.Int64, "I64", 8, ScalarType.Int64),
        (ElementType.UInt64, "U64", 8, null),
        (ElementType.Float16, "F16", 2, ScalarType.Float16),
        (ElementType.BFloat16, "BF16", 2, ScalarType.BFloat16),
        (ElementType.Float32, "F32", 4, ScalarType.Float32),
        (ElementType.Float64, "F64", 8, ScalarType.Float64),
    ];

    /// <summary>Bytes of one element.</summary>
    public static int Size(this ElementType type) => Table[(int)type].Size;

    /// <summary>The name in a safetensors header.</summary>
    public static string SafeTensorsName(this ElementType type) => Table[(int)type].SafeTensors;

    /// <summary>The type in torch, or null where torch has none.</summary>
    public static ScalarType? Torch(this ElementType type) => Table[(int)type].Torch;

    public static bool IsFloat(this ElementType type) => type >= ElementType.Float16;

    /// <summary>The element type with this name in a safetensors header, or null.</summary>
    public static ElementType? FromSafeTensorsName(string name)
    {
        foreach (var row in Table)
            if (row.SafeTensors == name) return row.Type;
        return null;
    }

    /// <summary>The element type of a torch tensor, or null where safetensors has none.</summary>
    public static ElementType? FromTorch(ScalarType type)
    {
        foreach (var row in Table)
            if (row.Torch == type) return row.Type;
        return null;
    }

    /// <summary>The element type of a .NET value.</summary>
    public static ElementType For<T>() where T : unmanaged => default(T) switch
    {
        bool => ElementType.Bool,
        byte => ElementType.UInt8,
        sbyte => ElementType.Int8,
        short => ElementType.Int16,
        ushort => ElementType.UInt16,
        int => ElementType.Int32,
        uint => ElementType.UInt32,
        long => ElementType.Int64,
        ulong => ElementType.UInt64,
        Half => ElementType.Float16,
        float => ElementType.Float32,
        double => ElementType.Float64,
        _ => throw new NotSupportedException($"No weight file holds elements of {typeof(T)}."),
    };
}
