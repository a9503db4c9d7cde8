using ClipLens.Scenes.Drawing;

namespace ClipLens.Scenes.Language;

/// <summary>Makes a scene of which a text is true.</summary>
public static class SceneComposer
{
    /// <summary>A scene for a text of the world's language.</summary>
    /// <param name="caption">See <see cref="CaptionParser.Parse"/>.</param>
    /// <param name="seed">Decides everything that the text leaves open. Object by object: another text of the same beginning draws the
    /// same first objects, so a companion can be left out without changing the rest.</param>
    /// <exception cref="ClipLensException">As <see cref="CaptionParser.Parse"/>, or the objects find no room.</exception>
    public static Scene Compose(string caption, ulong seed) => Compose(CaptionParser.Parse(caption), seed);

    /// <summary>A scene of which claims are true. A background that is not claimed is any; a colour that is not claimed is any; a
    /// pattern that is not claimed is plain.</summary>
    /// <exception cref="ClipLensException">An object has no kind, or the objects find no room.</exception>
    public static Scene Compose(CaptionClaims claims, ulong seed)
    {
        var common = new SceneRandom(SceneRandom.Derive(seed, 1000));
        var anywhere = common.Pick(Enum.GetValues<SceneBackground>());
        var light = new SceneLight(common.Uniform(0.9f, 1.05f), common.Uniform(-0.04f, 0.04f), common.Uniform(-0.1f, 0.1f),
            common.Uniform(-0.1f, 0.1f), common.Uniform(0, 6));
        var objects = new List<SceneObject>();
        for (int i = 0; i < claims.Objects.Count; i++) objects.Add(Place(claims.Objects[i], SceneRandom.Derive(seed, (ulong)i), objects));
        return new Scene(seed, claims.Background ?? anywhere, objects, light);
    }

    private static SceneObject Place(ObjectClaim claim, ulong seed, List<SceneObject> placed)
    {
        var kind = claim.Kind ?? throw new ClipLensException("An object without a kind cannot be drawn.");
        var random = new SceneRandom(seed);
        var colour = claim.Colour ?? random.Pick(Enum.GetValues<SceneColour>());
        int variant = random.Below(Catalog.Entry(kind).Variants);
        ulong shape = random.NextBits();
        SceneObject? best = null;
        float leastOverlap = float.MaxValue;
        for (int attempt = 0; attempt < 60; attempt++)
        {
            var item = Layout.Place(random, kind, placed.Count == 0, SizeFor(claim.Size, placed.Count == 0, random));
            float overlap = placed.Count == 0 ? 0 : placed.Max(other => Layout.Overlap(item, other));
            if (overlap < leastOverlap) (best, leastOverlap) = (item, overlap);
            if (leastOverlap < 0.2f) break;
        }
        return best! with { Colour = colour, Pattern = claim.Pattern ?? SurfacePattern.Plain, Variant = variant, Seed = shape };
    }

    private static float SizeFor(SizeWord? size, bool isMain, SceneRandom random) => (size, isMain) switch
    {
        (SizeWord.Small, true) => random.Uniform(Layout.MainMin, Layout.SmallBelow),
        (SizeWord.Small, false) => random.Uniform(0.13f, 0.16f),
        (SizeWord.Big, true) => random.Uniform(Layout.BigAbove, Layout.MainMax),
        (SizeWord.Big, false) => random.Uniform(Layout.BigAbove, Layout.BigAbove + 0.01f),
        (null, true) => random.Uniform(0.32f, 0.37f),
        _ => random.Uniform(Layout.CompanionMin, Layout.CompanionMax),
    };
}
