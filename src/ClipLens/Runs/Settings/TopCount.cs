using System.Globalization;
using ClipLens.Models.Configuration;

namespace ClipLens.Runs.Settings;

/// <summary>How many top images of a neuron to keep: a number, or a share of the images (the paper: 100 of 5,000, so 2 %).</summary>
public sealed record TopCount
{
    private const string DefaultText = "auto";
    private const double DefaultPercent = 2, SoundPercent = 10;
    private const int Fewest = 10, Most = 100, FewestImages = (int)(Fewest * 100 / SoundPercent);

    private readonly double amount;
    private readonly bool isShare;

    private TopCount(string text, double amount, bool isShare) => (Text, this.amount, this.isShare) = (text, amount, isShare);

    /// <summary>
    /// The paper's 2 % of the images, but at least 10, without which a direction is drawn from next to nothing, and at most the paper's
    /// 100; written "auto".
    /// </summary>
    public static TopCount Default { get; } = new(DefaultText, DefaultPercent, true);

    /// <summary>The count as it was written.</summary>
    public string Text { get; }

    /// <summary>Reads "100", "2%" or "auto".</summary>
    /// <exception cref="ClipLensException">It is none of these.</exception>
    public static TopCount Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string plain = text.Replace(" ", "", StringComparison.Ordinal);
        if (plain == DefaultText) return Default;
        bool share = plain.EndsWith('%');
        var style = share ? NumberStyles.AllowDecimalPoint : NumberStyles.None;
        if (!double.TryParse(share ? plain[..^1] : plain, style, CultureInfo.InvariantCulture, out double amount)
            || !(amount > 0) || amount > (share ? 100 : int.MaxValue))
            throw new ClipLensException($"The number of top images '{text}' is not understood; write a number from 1 (100), a share of "
            + "the images (2%) or auto.");
        return new(plain, amount, share);
    }

    /// <summary>The number k of top images.</summary>
    /// <param name="images">Images that can be used.</param>
    /// <exception cref="ClipLensException">There are fewer images than top images.</exception>
    public int Resolve(int images)
    {
        int top = isShare ? Math.Max(1, (int)Math.Round(images * amount / 100, MidpointRounding.AwayFromZero)) : (int)amount;
        if (Text == DefaultText) top = Math.Min(images, Math.Clamp(top, Fewest, Most));
        if (top <= images) return top;
        throw new SettingException(nameof(AnalysisSettings.Top), $"{top} top images of a neuron were asked for, but there "
            + $"{(images == 1 ? "is 1 image" : $"are {images} images")} that can be read; "
            + (images < FewestImages ? $"give more images, {FewestImages} at the least."
            : $"give more images, or ask for fewer, such as {Default.Resolve(images)}."));
    }

    /// <summary>What makes results with so many top images doubtful, a sentence each; none where they are sound.</summary>
    /// <param name="top">Number k of top images.</param>
    /// <param name="images">Images that were used.</param>
    /// <param name="tower">The tower, whose dataset is of images or of texts.</param>
    public static IReadOnlyList<string> Doubts(int top, int images, TowerKind tower = TowerKind.Image)
    {
        string item = tower == TowerKind.Text ? "text" : "image";
        var doubts = new List<string>();
        string remedy = images < FewestImages ? $"give more {item}s, {FewestImages} at the least"
            : $"{Default.Resolve(images)} top {item}s suit {images} {item}s";
        if (top < Fewest)
            doubts.Add($"A neuron's direction comes from {(top == 1 ? $"1 top {item}" : $"{top} top {item}s")}: of fewer than {Fewest} the "
            + "variance explained says "
                + $"{(top == 1 ? "nothing (it is always 100 %)" : "little")}; {remedy}.");
        if (top * 100.0 > images * SoundPercent)
            doubts.Add(string.Create(CultureInfo.InvariantCulture, $"The top {item}s of a neuron are {top} of {images} "
            + $"({top * 100.0 / images:0} %): among more than {SoundPercent} % are {item}s ")
                + $"on which it does nothing special, which blur its direction; {remedy}.");
        return doubts;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <inheritdoc/>
    public bool Equals(TopCount? other) => Text == other?.Text;

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);
}
