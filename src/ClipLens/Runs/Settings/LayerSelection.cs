using System.Globalization;
using ClipLens.Models.Configuration;

namespace ClipLens.Runs.Settings;

/// <summary>Which blocks to analyze: as a person writes it, before the model's depth is known.</summary>
public sealed record LayerSelection
{
    private readonly IReadOnlyList<(int First, int Last)>? ranges;

    private LayerSelection(string text, IReadOnlyList<(int First, int Last)>? ranges) => (Text, this.ranges) = (text, ranges);

    /// <summary>Every block that has second-order effects: all but the last.</summary>
    public static LayerSelection All { get; } = new("all", null);

    /// <summary>The selection as it was written.</summary>
    public string Text { get; }

    /// <summary>Reads "9", "9,10", "8-10", "2,8-10" or "all". Blocks are counted from 0.</summary>
    /// <exception cref="ClipLensException">It is none of these.</exception>
    public static LayerSelection Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Trim().Equals("all", StringComparison.OrdinalIgnoreCase)) return All;
        return new(text.Trim(), [.. text.Split(',').Select(part => ParseRange(part.Trim(), text))]);
    }

    /// <summary>These blocks.</summary>
    public static LayerSelection FromLayers(params IReadOnlyList<int> layers) => Parse(string.Join(',', layers));

    /// <summary>The blocks meant, ascending, each once.</summary>
    /// <param name="blocks">Number L of blocks of the image tower.</param>
    /// <param name="writing">How many of them have second-order effects (<see cref="VisionConfig.WritingLayers"/>); all but the last if
    /// null.</param>
    /// <exception cref="ClipLensException">A block is not there, or is the last one, behind which no attention follows.</exception>
    public IReadOnlyList<int> Resolve(int blocks, int? writing = null)
    {
        int count = writing ?? blocks - 1;
        if (count < 1) throw new ClipLensException($"The model's image tower has {blocks} block; second-order effects need at least 2.");
        if (ranges is null) return [.. Enumerable.Range(0, count)];
        int largest = ranges.Max(range => range.Last);
        if (largest == blocks - 1 && count < blocks)
            throw new ClipLensException($"Layer {largest} is the model's last block, behind which no attention follows, so its neurons "
            + "have no "
                + $"second-order effects; ask for layers from 0 to {count - 1}.");
        if (largest >= blocks)
            throw new ClipLensException($"Layer {largest} does not exist: the model has {blocks} blocks, counted from 0; ask for layers "
            + $"from 0 to {count - 1}.");
        return ResolveAny(blocks);
    }

    /// <summary>These blocks, the last one too, for what reads blocks instead of effects of their neurons; ascending, each once.</summary>
    /// <param name="blocks">Number L of blocks of the image tower.</param>
    /// <exception cref="ClipLensException">A block is not there.</exception>
    public IReadOnlyList<int> ResolveAny(int blocks)
    {
        if (ranges is null) return [.. Enumerable.Range(0, blocks)];
        int largest = ranges.Max(range => range.Last);
        if (largest >= blocks)
            throw new ClipLensException($"Layer {largest} does not exist: the model has {blocks} blocks, counted from 0; ask for layers "
            + $"from 0 to {blocks - 1}.");
        return [.. ranges.SelectMany(range => Enumerable.Range(range.First, range.Last - range.First + 1)).Distinct().Order()];
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <inheritdoc/>
    public bool Equals(LayerSelection? other) => Text == other?.Text;

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    private static (int First, int Last) ParseRange(string part, string text)
    {
        string[] ends = part.Split('-');
        if (ends.Length <= 2 && Number(ends[0]) is { } first && Number(ends[^1]) is { } last && first <= last) return (first, last);
        throw new ClipLensException($"The layers '{text}' are not understood; write a number (9), several (9,10), a range (8-10) or all.");
    }

    private static int? Number(string text) =>
        int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
