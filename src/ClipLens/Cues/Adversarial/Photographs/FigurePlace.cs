namespace ClipLens.Cues.Adversarial.Photographs;

/// <summary>Where a cut-out stands on a new scene.</summary>
internal static class FigurePlace
{
    /// <summary>The part of the picture that its box covers at most, so that the scene is seen, and at least, so that the class
    /// is.</summary>
    private const double Most = 0.4, Least = 0.12;

    /// <summary>Where it was, on the same ground: made smaller or larger about the middle of its lower edge.</summary>
    public static PastePlace Fit(CutOut cut, int side)
    {
        double share = (double)cut.Width * cut.Height / ((double)side * side);
        double scale = Math.Sqrt(Math.Clamp(share, Least, Most) / share);
        scale = Math.Min(scale, (double)side / Math.Max(cut.Width, cut.Height));
        int width = Math.Max(1, (int)(cut.Width * scale)), height = Math.Max(1, (int)(cut.Height * scale));
        return new(Math.Clamp(cut.Left + (cut.Width - width) / 2, 0, side - width),
            Math.Clamp(cut.Top + cut.Height - height, 0, side - height), width, height);
    }
}
