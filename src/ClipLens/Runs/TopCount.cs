using System.Globalization;

namespace ClipLens.Runs;

/// <summary>How many top images of a neuron to keep: a number, or a share of the images (the paper: 100 of 5,000, so 2 %).</summary>
public sealed record TopCount
{
    private readonly double amount;
    private readonly bool isShare;

    private TopCount(string text, double amount, bool isShare) => (Text, this.amount, this.isShare) = (text, amount, isShare);

    /// <summary>The paper's 100.</summary>
    public static TopCount Default { get; } = Parse("100");

    /// <summary>The count as it was written.</summary>
    public string Text { get; }

    /// <summary>Reads "100" or "2%".</summary>
    /// <exception cref="ClipLensException">It is neither.</exception>
    public static TopCount Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string plain = text.Replace(" ", "", StringComparison.Ordinal);
        bool share = plain.EndsWith('%');
        var style = share ? NumberStyles.AllowDecimalPoint : NumberStyles.None;
        if (!double.TryParse(share ? plain[..^1] : plain, style, CultureInfo.InvariantCulture, out double amount)
            || !(amount > 0) || amount > (share ? 100 : int.MaxValue))
            throw new ClipLensException($"The number of top images '{text}' is not understood; write a number from 1 (100) or a share of the images (2%).");
        return new(plain, amount, share);
    }

    /// <summary>The number k of top images.</summary>
    /// <param name="images">Images that can be used.</param>
    /// <exception cref="ClipLensException">There are fewer images than top images.</exception>
    public int Resolve(int images)
    {
        int top = isShare ? Math.Max(1, (int)Math.Round(images * amount / 100, MidpointRounding.AwayFromZero)) : (int)amount;
        if (top <= images) return top;
        throw new SettingException(nameof(AnalysisSettings.Top),
            $"{top} top images of a neuron were asked for, but there {(images == 1 ? "is 1 image" : $"are {images} images")} that can be read; "
            + $"give more images, or ask for fewer, such as {Math.Max(1, images / 50)} or 2%.");
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <inheritdoc/>
    public bool Equals(TopCount? other) => Text == other?.Text;

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);
}
