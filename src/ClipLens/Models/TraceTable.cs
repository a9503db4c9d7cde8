using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace ClipLens.Models;

/// <summary>What a forward pass kept of one kind, by layer. Asking for a layer that was not kept says what to request.</summary>
/// <typeparam name="T">What is kept of a layer.</typeparam>
#pragma warning disable CA1710 // A dictionary by what it can do; a table by what it is.
public sealed class TraceTable<T> : IReadOnlyDictionary<int, T>
#pragma warning restore CA1710
{
    private readonly SortedDictionary<int, T> kept = [];
    private readonly string name, request;

    internal TraceTable(string name, string? request = null) => (this.name, this.request) = (name, request ?? name);

    /// <summary>What was kept of a layer.</summary>
    /// <exception cref="InvalidOperationException">The forward pass was not asked to keep it; the message names the request.</exception>
    public T this[int key] => kept.TryGetValue(key, out var value) ? value
        : throw new InvalidOperationException($"The trace has no {name} of layer {key}; ask for it with {nameof(TraceRequest)}.{request}.");

    /// <summary>The layers, in ascending order.</summary>
    public IEnumerable<int> Keys => kept.Keys;

    /// <summary>What was kept, in the order of the layers.</summary>
    public IEnumerable<T> Values => kept.Values;

    /// <summary>Number of layers.</summary>
    public int Count => kept.Count;

    /// <summary>Whether a layer was kept.</summary>
    public bool ContainsKey(int key) => kept.ContainsKey(key);

    /// <summary>What was kept of a layer, if it was.</summary>
    public bool TryGetValue(int key, [MaybeNullWhen(false)] out T value) => kept.TryGetValue(key, out value);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<int, T>> GetEnumerator() => kept.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void Keep(int layer, T value) => kept.Add(layer, value);
}
