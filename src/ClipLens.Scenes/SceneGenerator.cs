using ClipLens.Scenes.Drawing;

namespace ClipLens.Scenes;

/// <summary>How scenes are drawn at random.</summary>
/// <param name="CueStrength">1: the planted correlations as the table has them; 0: background, companions and colours
/// independent of the object, for a balanced test set; between: a mixture.</param>
/// <param name="CompanionShares">Shares of pictures with no, one, two and three companions; null for 0.45, 0.33, 0.15, 0.07.</param>
public sealed record SceneSettings(float CueStrength = 1, IReadOnlyList<float>? CompanionShares = null);

/// <summary>
/// Seeded random scenes. Scene <c>i</c> of a seed depends on nothing but the settings, the seed and <c>i</c>, and is the same on every
/// machine.
/// </summary>
public sealed class SceneGenerator
{
    private static readonly float[] UsualShares = [0.45f, 0.33f, 0.15f, 0.07f];
    private const float MostOverlap = 0.35f;

    private readonly ulong seed;
    private readonly SceneSettings settings;
    private readonly float[] companionShares;

    /// <summary>A generator of the scenes of one seed.</summary>
    /// <exception cref="ClipLensException">The settings are out of range.</exception>
    public SceneGenerator(ulong seed, SceneSettings? settings = null)
    {
        this.seed = seed;
        this.settings = settings ?? new SceneSettings();
        companionShares = [.. this.settings.CompanionShares ?? UsualShares];
        if (this.settings.CueStrength is not (>= 0 and <= 1))
            throw new ClipLensException($"The strength of the planted cues is {this.settings.CueStrength}; it must be from 0 to 1.");
        if (companionShares.Length != Scene.MaxObjects || companionShares.Any(s => !(s >= 0)) || companionShares.Sum() <= 0)
            throw new ClipLensException("The shares of pictures with no, one, two and three companions must be four numbers of at least "
            + "0, not all 0.");
    }

    /// <summary>Scene number <paramref name="index"/> of this seed.</summary>
    public Scene Create(ulong index)
    {
        ulong seed = SceneRandom.Derive(this.seed, index);
        var random = new SceneRandom(seed);
        var kinds = ChooseKinds(random, out var background);
        var objects = new List<SceneObject>(kinds.Count);
        for (int i = 0; i < kinds.Count; i++)
        {
            var item = Place(random, kinds[i], i == 0, objects);
            if (item is not null) objects.Add(item);
        }
        return new Scene(seed, background, objects, ChooseLight(random));
    }

    /// <summary>The first <paramref name="count"/> scenes of this seed.</summary>
    public IEnumerable<Scene> Take(int count) => Enumerable.Range(0, count).Select(i => Create((ulong)i));

    private List<ObjectKind> ChooseKinds(SceneRandom random, out SceneBackground background)
    {
        var allKinds = Enum.GetValues<ObjectKind>();
        var main = random.Pick(allKinds);
        var cue = PlantedCues.CueOf(main);
        background = ChooseBackground(random, cue);
        List<ObjectKind> kinds = [main];
        int companions = random.Weighted(companionShares);
        bool planted = random.Chance(settings.CueStrength * cue.CompanionShare);
        if (companions > 0 && planted && cue.Companion is { } friend) kinds.Add(friend);
        while (kinds.Count <= companions)
        {
            var other = random.Pick(allKinds);
            if (!kinds.Contains(other)) kinds.Add(other);
        }
        return kinds;
    }

    private SceneBackground ChooseBackground(SceneRandom random, PlantedCue cue)
    {
        var all = Enum.GetValues<SceneBackground>();
        if (cue.Background is not { } home || !random.Chance(settings.CueStrength)) return random.Pick(all);
        if (random.Chance(cue.BackgroundShare)) return home;
        SceneBackground other;
        do other = random.Pick(all); while (other == home);
        return other;
    }

    private SceneObject? Place(SceneRandom random, ObjectKind kind, bool isMain, List<SceneObject> placed)
    {
        var cue = PlantedCues.CueOf(kind);
        bool usual = random.Chance(settings.CueStrength * PlantedCue.ColourShare);
        var colour = random.Pick(usual ? cue.Colours : Enum.GetValues<SceneColour>());
        bool plain = !Layout.ShowsPattern(kind) || random.Chance(isMain ? 0.55 : 0.8);
        var pattern = plain ? SurfacePattern.Plain : (SurfacePattern)(1 + random.Below(3));
        int variant = random.Below(Catalog.Entry(kind).Variants);
        ulong shape = random.NextBits();
        for (int attempt = 0; attempt < 24; attempt++)
        {
            var item = Layout.Place(random, kind, isMain) with { Colour = colour, Pattern = pattern, Variant = variant, Seed = shape };
            if (placed.All(other => Layout.Overlap(item, other) < MostOverlap)) return item;
        }
        return null;
    }

    private static SceneLight ChooseLight(SceneRandom random) => new(
        random.Uniform(0.78f, 1.1f), random.Uniform(-0.07f, 0.07f), random.Uniform(-0.2f, 0.2f), random.Uniform(-0.15f, 0.15f),
        random.Uniform(0, 10));
}
