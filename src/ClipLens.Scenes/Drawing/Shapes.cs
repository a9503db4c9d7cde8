using SkiaSharp;

namespace ClipLens.Scenes.Drawing;

/// <summary>Outlines made of a few numbers. In an object's own coordinates: x to the right, y down, both about -1 to 1.</summary>
internal static class Shapes
{
    public static SKPath Oval(float x, float y, float radiusX, float radiusY)
    {
        var path = new SKPath();
        path.AddOval(new SKRect(x - radiusX, y - radiusY, x + radiusX, y + radiusY));
        return path;
    }

    public static SKPath Disc(float x, float y, float radius) => Oval(x, y, radius, radius);

    public static SKPath Box(float left, float top, float right, float bottom, float corner = 0)
    {
        var path = new SKPath();
        path.AddRoundRect(new SKRect(left, top, right, bottom), corner, corner);
        return path;
    }

    /// <summary>A closed polygon through x, y, x, y, ...</summary>
    public static SKPath Polygon(params ReadOnlySpan<float> points)
    {
        var path = new SKPath();
        path.MoveTo(points[0], points[1]);
        for (int i = 2; i < points.Length; i += 2) path.LineTo(points[i], points[i + 1]);
        path.Close();
        return path;
    }

    /// <summary>An open polyline.</summary>
    public static SKPath Polyline(params ReadOnlySpan<float> points)
    {
        var path = new SKPath();
        path.MoveTo(points[0], points[1]);
        for (int i = 2; i < points.Length; i += 2) path.LineTo(points[i], points[i + 1]);
        return path;
    }

    /// <summary>A closed curve through all the points (Catmull-Rom).</summary>
    public static SKPath Smooth(params ReadOnlySpan<float> points) => Spline(points, closed: true);

    /// <summary>An open curve through all the points.</summary>
    public static SKPath Curve(params ReadOnlySpan<float> points) => Spline(points, closed: false);

    /// <summary>A limb, tail or neck: a tapering band with round ends along x, y, half-width, x, y, half-width, ...</summary>
    public static SKPath Limb(params ReadOnlySpan<float> joints)
    {
        int count = joints.Length / 3;
        Span<float> sides = stackalloc float[4 * count];
        for (int i = 0; i < count; i++)
        {
            int before = Math.Max(i - 1, 0), after = Math.Min(i + 1, count - 1);
            float alongX = joints[3 * after] - joints[3 * before], alongY = joints[3 * after + 1] - joints[3 * before + 1];
            float scale = joints[3 * i + 2] / MathF.Max(1e-6f, MathF.Sqrt(alongX * alongX + alongY * alongY));
            float x = joints[3 * i], y = joints[3 * i + 1];
            sides[2 * i] = x - alongY * scale;
            sides[2 * i + 1] = y + alongX * scale;
            sides[^(2 * i + 2)] = x + alongY * scale;
            sides[^(2 * i + 1)] = y - alongX * scale;
        }
        var path = Spline(sides, closed: false);
        path.Close();
        path.FillType = SKPathFillType.Winding;
        // The band runs counter-clockwise; ends that ran the other way would cut holes into it.
        path.AddOval(Around(joints[0], joints[1], joints[2]), SKPathDirection.CounterClockwise);
        path.AddOval(Around(joints[^3], joints[^2], joints[^1]), SKPathDirection.CounterClockwise);
        return path;
    }

    /// <summary>A sector of a disc, angles in degrees clockwise from the right.</summary>
    public static SKPath Sector(float x, float y, float radiusX, float radiusY, float start, float sweep)
    {
        var path = new SKPath();
        path.AddArc(new SKRect(x - radiusX, y - radiusY, x + radiusX, y + radiusY), start, sweep);
        path.Close();
        return path;
    }

    /// <summary>Several outlines as one.</summary>
    public static SKPath Join(params ReadOnlySpan<SKPath> parts)
    {
        var path = new SKPath { FillType = SKPathFillType.Winding };
        foreach (var part in parts)
        {
            path.AddPath(part);
            part.Dispose();
        }
        return path;
    }

    private static SKRect Around(float x, float y, float radius) => new(x - radius, y - radius, x + radius, y + radius);

    private static SKPath Spline(ReadOnlySpan<float> points, bool closed)
    {
        int count = points.Length / 2;
        var path = new SKPath();
        path.MoveTo(points[0], points[1]);
        for (int i = 0; i < (closed ? count : count - 1); i++)
        {
            var (x0, y0) = At(points, i - 1, closed);
            var (x1, y1) = At(points, i, closed);
            var (x2, y2) = At(points, i + 1, closed);
            var (x3, y3) = At(points, i + 2, closed);
            path.CubicTo(x1 + (x2 - x0) / 6, y1 + (y2 - y0) / 6, x2 - (x3 - x1) / 6, y2 - (y3 - y1) / 6, x2, y2);
        }
        if (closed) path.Close();
        return path;
    }

    private static (float X, float Y) At(ReadOnlySpan<float> points, int index, bool closed)
    {
        int count = points.Length / 2;
        int i = closed ? (index + count) % count : Math.Clamp(index, 0, count - 1);
        return (points[2 * i], points[2 * i + 1]);
    }
}
