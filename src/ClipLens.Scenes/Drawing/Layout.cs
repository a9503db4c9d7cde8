namespace ClipLens.Scenes.Drawing;

/// <summary>Where in the picture an object goes, and how large it is.</summary>
internal static class Layout
{
    /// <summary>Half the side of the main object's box, smallest and largest.</summary>
    public const float MainMin = 0.27f, MainMax = 0.42f;

    /// <summary>The main object is called small below the first of these and big above the second.</summary>
    public const float SmallBelow = 0.31f, BigAbove = 0.38f;

    /// <summary>Half the side of a companion's box.</summary>
    public const float CompanionMin = 0.14f, CompanionMax = 0.2f;

    /// <summary>Kinds whose main surface is too thin for a pattern are always plain.</summary>
    public static bool ShowsPattern(ObjectKind kind) => kind is not (ObjectKind.Bicycle or ObjectKind.Clock);

    /// <summary>An object at a random place and size; colour, pattern, variant and seed are still to be set.</summary>
    public static SceneObject Place(SceneRandom random, ObjectKind kind, bool isMain)
    {
        float size = isMain ? random.Uniform(MainMin, MainMax) : random.Uniform(CompanionMin, CompanionMax);
        return Place(random, kind, isMain, size);
    }

    /// <summary>The same at a given size.</summary>
    public static SceneObject Place(SceneRandom random, ObjectKind kind, bool isMain, float size)
    {
        var drawn = Catalog.Entry(kind);
        float stretch = random.Uniform(0.86f, 1.16f), tilt = random.Uniform(-drawn.MaxTilt, drawn.MaxTilt);
        bool mirrored = random.Chance(0.5);
        float margin = drawn.HalfWidth * size * 0.92f;
        float x = margin >= 0.5f ? 0.5f : random.Uniform(margin, 1 - margin);
        if (isMain) x = 0.5f + (x - 0.5f) * 0.7f;
        bool flies = drawn.Placement == Placement.Air || (drawn.Placement == Placement.Anywhere && random.Chance(0.5));
        float highest = -drawn.Top * size * 0.96f, lowest = 1 - drawn.Bottom * size - 0.02f;
        float y = flies
            ? random.Uniform(Math.Min(highest, 0.5f), Math.Max(0.5f, Math.Min(lowest, 0.56f)))
            : random.Uniform(isMain ? 0.78f : 0.66f, 0.97f) - drawn.Bottom * size;
        return new SceneObject(kind, default, default, x, Math.Max(y, Math.Min(highest, 0.5f)), size, stretch, mirrored, tilt, 0, 0);
    }

    /// <summary>The share of the smaller one's box that the two boxes have in common.</summary>
    public static float Overlap(SceneObject a, SceneObject b)
    {
        var (left, top, right, bottom) = BoxOf(a);
        var (otherLeft, otherTop, otherRight, otherBottom) = BoxOf(b);
        float width = Math.Min(right, otherRight) - Math.Max(left, otherLeft),
            height = Math.Min(bottom, otherBottom) - Math.Max(top, otherTop);
        if (width <= 0 || height <= 0) return 0;
        return width * height / Math.Min((right - left) * (bottom - top), (otherRight - otherLeft) * (otherBottom - otherTop));
    }

    private static (float Left, float Top, float Right, float Bottom) BoxOf(SceneObject item)
    {
        var drawn = Catalog.Entry(item.Kind);
        return (item.X - drawn.HalfWidth * item.Size, item.Y + drawn.Top * item.Size, item.X + drawn.HalfWidth * item.Size,
            item.Y + drawn.Bottom * item.Size);
    }
}
