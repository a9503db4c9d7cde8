using System.Globalization;

namespace ClipLens.Runs.Parts;

/// <summary>One of the parts into which a dataset is cut for several machines, written "3/16".</summary>
public readonly record struct Shard
{
    internal Shard(int number, int count) => (Number, Count) = (number, count);

    /// <summary>Which part, from 1.</summary>
    public int Number { get; }

    /// <summary>Of how many.</summary>
    public int Count { get; }

    /// <summary>Reads "3/16".</summary>
    /// <exception cref="ClipLensException">It is something else, or there is no such part.</exception>
    public static Shard Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Split('/') is [var number, var count] && Whole(number) is { } which && Whole(count) is { } all && which >= 1
            && which <= all)
            return new(which, all);
        throw new ClipLensException($"The part '{text}' is not understood; write its number and how many there are, such as 3/16.");
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Number}/{Count}";

    private static int? Whole(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
