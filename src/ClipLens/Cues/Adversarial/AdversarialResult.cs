namespace ClipLens.Cues.Adversarial;

/// <summary>What came of adversarial pictures.</summary>
/// <param name="True">The class that the pictures show.</param>
/// <param name="Fooled">The class that they were to be taken for.</param>
/// <param name="Sources">Figures by source of cues, in the order of the settings.</param>
/// <param name="Pictures">All pictures, by source, repeat and number.</param>
public sealed record AdversarialResult(string True, string Fooled, IReadOnlyList<CueFigures> Sources,
    IReadOnlyList<AdversarialPicture> Pictures)
{
    /// <summary>Photographs of the true class that the pictures are made of, again and again; null where they are made of none.</summary>
    public int? Photographs { get; init; }
}

/// <summary>How the cues of one source did.</summary>
/// <param name="Source">Its name.</param>
/// <param name="Cues">The cues that were in pictures.</param>
/// <param name="NotShown">The cues that no picture could be made of.</param>
/// <param name="Repeats">By repeat.</param>
public sealed record CueFigures(string Source, IReadOnlyList<string> Cues, IReadOnlyList<string> NotShown,
    IReadOnlyList<RepeatFigures> Repeats)
{
    private double[] Rates => [.. Repeats.Select(repeat => repeat.PerHundred).Where(double.IsFinite)];

    /// <summary>Fooled of a hundred counted pictures, the mean over the repeats; NaN where nothing counts.</summary>
    public double Mean => Rates is { Length: > 0 } rates ? rates.Average() : double.NaN;

    /// <summary>Standard deviation (n - 1) over the repeats; NaN with fewer than two.</summary>
    public double StandardDeviation
    {
        get
        {
            double mean = Mean;
            return Rates is { Length: > 1 } rates ? Math.Sqrt(rates.Sum(rate => (rate - mean) * (rate - mean)) / (rates.Length - 1))
                : double.NaN;
        }
    }

    /// <summary>How much nearer the cues bring a counted picture to the wrong class: the mean change of the difference of the logits; NaN
    /// where nothing counts.</summary>
    public double Shift
    {
        get
        {
            var counted = Repeats.Where(repeat => repeat.Counted > 0).ToList();
            return counted.Count > 0 ? counted.Sum(repeat => repeat.Shift * repeat.Counted) / counted.Sum(repeat => repeat.Counted)
                : double.NaN;
        }
    }
}

/// <summary>The figures of one repeat.</summary>
/// <param name="Pictures">Pictures that were judged.</param>
/// <param name="Counted">Those whose control is classified right; only these count.</param>
/// <param name="Fooled">Counted pictures that are taken for the wrong class.</param>
/// <param name="Shift">Mean change of the difference of the logits by the cues, over the counted pictures; NaN without any.</param>
public sealed record RepeatFigures(int Pictures, int Counted, int Fooled, double Shift)
{
    /// <summary>Fooled of a hundred counted pictures; NaN where nothing counts.</summary>
    public double PerHundred => Counted > 0 ? 100.0 * Fooled / Counted : double.NaN;

    internal static RepeatFigures Summarise(IReadOnlyCollection<AdversarialPicture> pictures)
    {
        var counted = pictures.Where(picture => picture.Verdict.Counts).ToList();
        return new(pictures.Count, counted.Count, counted.Count(picture => picture.Verdict.IsFooled),
            counted.Count > 0 ? counted.Average(picture => (double)picture.Verdict.Margin - picture.Verdict.ControlMargin) : double.NaN);
    }
}

/// <summary>One picture with all that is known of it.</summary>
/// <param name="Source">The source of its cues.</param>
/// <param name="Repeat">The repeat, from 0.</param>
/// <param name="Index">Its place in the repeat, from 0.</param>
/// <param name="Cues">The cues in it.</param>
/// <param name="Description">What it shows.</param>
/// <param name="Control">What its control shows.</param>
/// <param name="File">Its file, relative to the output.</param>
/// <param name="ControlFile">Its control's file.</param>
/// <param name="Verdict">What the model takes both for.</param>
public sealed record AdversarialPicture(string Source, int Repeat, int Index, IReadOnlyList<string> Cues, string Description,
    string Control,
    string File, string ControlFile, Verdict Verdict);

/// <summary>What the model takes a picture and its control for.</summary>
/// <param name="Margin">Logit of the wrong class less that of the true one (100 x cosines) for the picture.</param>
/// <param name="ControlMargin">The same for its control.</param>
public readonly record struct Verdict(float Margin, float ControlMargin)
{
    /// <summary>Whether the verdict counts: the picture without the cues is classified right.</summary>
    public bool Counts => ControlMargin < 0;

    /// <summary>Whether the cues made the model take the picture for the wrong class.</summary>
    public bool IsFooled => Counts && Margin > 0;
}
