namespace ClipLens.Drawing;

/// <summary>Where a text begins, ends or has its middle.</summary>
internal enum TextAnchor
{
    Start,
    Middle,
    End,
}

/// <summary>What a chart is drawn on. Lengths are pixels from the top left; colours are 0xRRGGBB.</summary>
internal interface IChartSurface
{
    void Line(float x1, float y1, float x2, float y2, uint colour, float width);

    /// <summary>A line through several points, dashed if asked for.</summary>
    void Path(IReadOnlyList<(float X, float Y)> points, uint colour, float width, bool dashed);

    void Disc(float x, float y, float radius, uint colour);

    void Box(float x, float y, float width, float height, uint colour);

    /// <summary>A text whose base line is at y; upright ones read from bottom to top.</summary>
    void Text(string text, float x, float y, float size, uint colour, TextAnchor anchor, bool bold = false, bool upright = false);

    /// <summary>What follows is cut at the box, until the next call; null ends it.</summary>
    void Clip((float X, float Y, float Width, float Height)? box);
}
