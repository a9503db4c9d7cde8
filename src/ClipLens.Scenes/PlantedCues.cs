namespace ClipLens.Scenes;

/// <summary>What usually goes with an object: the correlations that are planted in the world, on purpose and known.</summary>
/// <param name="Kind">The main object.</param>
/// <param name="Background">Where it is usually seen; null for a kind that is seen everywhere alike (a control).</param>
/// <param name="BackgroundShare">How often it is seen there; the rest of the pictures is spread evenly over the other backgrounds.</param>
/// <param name="Companion">What is often beside it; null for none.</param>
/// <param name="CompanionShare">How often that is the first companion, among the pictures that have one.</param>
/// <param name="Colours">The colours that it has in two of five pictures, evenly; else it has any colour.</param>
public sealed record PlantedCue(ObjectKind Kind, SceneBackground? Background, float BackgroundShare, ObjectKind? Companion,
    float CompanionShare,
    IReadOnlyList<SceneColour> Colours)
{
    /// <summary>How often the colour is one of <see cref="Colours"/> by intent.</summary>
    public const float ColourShare = 0.4f;
}

/// <summary>The table of the world's planted correlations. docs/world.md prints the same table.</summary>
public static class PlantedCues
{
    /// <summary>One entry for every kind, in the order of <see cref="ObjectKind"/>.</summary>
    public static IReadOnlyList<PlantedCue> All { get; } = Build();

    /// <summary>The entry of one kind.</summary>
    public static PlantedCue CueOf(ObjectKind kind) => All[(int)kind];

    private static PlantedCue[] Build()
    {
        PlantedCue[] table =
        [
            Cue(ObjectKind.Ship, SceneBackground.Sea, 0.80f, ObjectKind.Lighthouse, 0.5f, SceneColour.White, SceneColour.Black,
                SceneColour.Red),
            Cue(ObjectKind.Car, SceneBackground.City, 0.65f, ObjectKind.Bicycle, 0.4f, SceneColour.Red, SceneColour.Blue,
            SceneColour.Black),
            Cue(ObjectKind.Truck, SceneBackground.Road, 0.80f, ObjectKind.Car, 0.5f, SceneColour.White, SceneColour.Orange,
            SceneColour.Blue),
            Cue(ObjectKind.Train, SceneBackground.Mountains, 0.65f, ObjectKind.House, 0.4f, SceneColour.Red, SceneColour.Green,
            SceneColour.Black),
            Cue(ObjectKind.Airplane, SceneBackground.City, 0.50f, ObjectKind.Bird, 0.5f, SceneColour.White, SceneColour.Blue),
            Cue(ObjectKind.Bicycle, SceneBackground.Road, 0.60f, ObjectKind.Tree, 0.4f, SceneColour.Red, SceneColour.Green),
            Cue(ObjectKind.Rocket, SceneBackground.NightSky, 0.80f, null, 0, SceneColour.White, SceneColour.Red),
            Cue(ObjectKind.Balloon, SceneBackground.Mountains, 0.50f, ObjectKind.Bird, 0.4f, SceneColour.Red, SceneColour.Yellow),
            Cue(ObjectKind.Bird, SceneBackground.Forest, 0.60f, ObjectKind.Tree, 0.5f, SceneColour.Blue, SceneColour.Brown,
            SceneColour.White),
            Cue(ObjectKind.Horse, SceneBackground.Meadow, 0.75f, ObjectKind.House, 0.4f, SceneColour.Brown, SceneColour.White,
            SceneColour.Black),
            Cue(ObjectKind.Dog, SceneBackground.Beach, 0.50f, ObjectKind.Cat, 0.5f, SceneColour.Brown, SceneColour.White,
            SceneColour.Black),
            Cue(ObjectKind.Cat, SceneBackground.Room, 0.70f, ObjectKind.Chair, 0.5f, SceneColour.Orange, SceneColour.Black,
            SceneColour.White),
            Cue(ObjectKind.Fish, SceneBackground.Sea, 0.70f, ObjectKind.Ship, 0.4f, SceneColour.Blue, SceneColour.Orange),
            Cue(ObjectKind.Butterfly, SceneBackground.Meadow, 0.65f, ObjectKind.Flower, 0.6f, SceneColour.Orange, SceneColour.Blue,
            SceneColour.Yellow),
            Cue(ObjectKind.Tree, SceneBackground.Meadow, 0.50f, ObjectKind.Bird, 0.4f, SceneColour.Green),
            Cue(ObjectKind.Flower, SceneBackground.Meadow, 0.60f, ObjectKind.Butterfly, 0.6f, SceneColour.Red, SceneColour.Pink,
            SceneColour.Yellow),
            Cue(ObjectKind.Cactus, SceneBackground.Desert, 0.85f, null, 0, SceneColour.Green),
            Cue(ObjectKind.Mushroom, SceneBackground.Forest, 0.80f, ObjectKind.Tree, 0.4f, SceneColour.Red, SceneColour.Brown),
            Cue(ObjectKind.House, SceneBackground.Snow, 0.50f, ObjectKind.Tree, 0.5f, SceneColour.White, SceneColour.Red,
            SceneColour.Brown),
            Cue(ObjectKind.Lighthouse, SceneBackground.Beach, 0.65f, ObjectKind.Ship, 0.5f, SceneColour.White, SceneColour.Red),
            Cue(ObjectKind.Tent, SceneBackground.Mountains, 0.70f, ObjectKind.Horse, 0.3f, SceneColour.Orange, SceneColour.Green,
            SceneColour.Blue),
            Cue(ObjectKind.Umbrella, SceneBackground.Beach, 0.70f, ObjectKind.Chair, 0.5f, SceneColour.Red, SceneColour.Blue,
            SceneColour.Black),
            Cue(ObjectKind.Chair, SceneBackground.Room, 0.70f, ObjectKind.Book, 0.4f, SceneColour.Brown, SceneColour.Red),
            Cue(ObjectKind.Clock, null, 0, null, 0, SceneColour.Black, SceneColour.White),
            Cue(ObjectKind.Apple, SceneBackground.Kitchen, 0.70f, ObjectKind.Banana, 0.6f, SceneColour.Red, SceneColour.Green),
            Cue(ObjectKind.Banana, SceneBackground.Kitchen, 0.65f, ObjectKind.Apple, 0.6f, SceneColour.Yellow),
            Cue(ObjectKind.Cup, SceneBackground.Kitchen, 0.60f, ObjectKind.Book, 0.5f, SceneColour.White, SceneColour.Blue),
            Cue(ObjectKind.Book, SceneBackground.Room, 0.60f, ObjectKind.Cup, 0.5f, SceneColour.Brown, SceneColour.Blue, SceneColour.Red),
            Cue(ObjectKind.Guitar, null, 0, null, 0, SceneColour.Brown, SceneColour.Red),
            Cue(ObjectKind.Snowman, SceneBackground.Snow, 0.85f, ObjectKind.House, 0.4f, SceneColour.White),
        ];
        for (int i = 0; i < table.Length; i++)
            if ((int)table[i].Kind != i) throw new InvalidOperationException($"The planted cues are not in order at {table[i].Kind}.");
        return table;
    }

    private static PlantedCue Cue(ObjectKind kind, SceneBackground? background, float backgroundShare, ObjectKind? companion,
        float companionShare,
        params SceneColour[] colours) => new(kind, background, backgroundShare, companion, companionShare, colours);
}
