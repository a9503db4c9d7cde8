using ClipLens.Files;

namespace ClipLens.Models.Checkpoints.Torch;

/// <summary>A dictionary of a pickle, in its order. Keys may be anything; those that are strings can be looked up.</summary>
internal sealed class PickleDict
{
    private static readonly Dictionary<string, object?> Nothing = [];

    // Made when something is put in: a pickle may hold millions of empty ones.
    private List<KeyValuePair<object?, object?>>? pairs;
    private Dictionary<string, object?>? byName;

    public IReadOnlyList<KeyValuePair<object?, object?>> Pairs => pairs ?? [];

    public IReadOnlyDictionary<string, object?> Named => byName ?? Nothing;

    public void Set(object? key, object? value)
    {
        (pairs ??= []).Add(new(key, value));
        if (key is string name) (byName ??= [])[name] = value;
    }
}

/// <summary>
/// An instance of a class, or what a function would have given, as nothing but the attributes that the pickle hangs on it. Neither the
/// class nor the function is looked for, let alone called.
/// </summary>
internal sealed class PickleObject
{
    public PickleDict Attributes { get; } = new();
}

/// <summary>The name of a function or class in a pickle.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    public string FullName => $"{Module}.{Name}";
}

/// <summary>A block of memory that tensors of a pickle lie in.</summary>
/// <param name="Key">Its name in the archive.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Length">Number of elements.</param>
internal sealed record PickleStorage(string Key, ElementType Type, long Length);

/// <summary>A tensor of a pickle: a strided view of a storage.</summary>
/// <param name="Storage">Where its values lie.</param>
/// <param name="Offset">The first one, in elements.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Strides">Elements from one index to the next, for each dimension.</param>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, long[] Shape, long[] Strides)
{
    /// <summary>Elements from the first to the last one of the view, both included; 0 for a tensor without elements.</summary>
    public long Extent => Shape.Contains(0) ? 0 : 1 + Shape.Zip(Strides, (side, stride) => (side - 1) * stride).Sum();
}
