namespace ClipLens.Scenes.Drawing;

/// <summary>Where an object is put in a picture.</summary>
internal enum Placement
{
    /// <summary>Its foot on the ground, on the water or on the floor.</summary>
    Ground,

    /// <summary>In the air.</summary>
    Air,

    /// <summary>Either.</summary>
    Anywhere,
}

/// <summary>How one kind of object is drawn.</summary>
/// <param name="Draw">Draws it in its own coordinates.</param>
/// <param name="Variants">Number of shapes or poses.</param>
/// <param name="Placement">Where it is put.</param>
/// <param name="HalfWidth">Half its width in its own coordinates.</param>
/// <param name="Top">Its upper edge there.</param>
/// <param name="Bottom">Its lower edge there: the foot that stands on the ground.</param>
/// <param name="MaxTilt">Largest rotation, in degrees.</param>
internal sealed record Drawn(Action<Brush> Draw, int Variants, Placement Placement, float HalfWidth, float Top, float Bottom,
    float MaxTilt);

/// <summary>The drawings of all kinds of object.</summary>
internal static class Catalog
{
    private static readonly Drawn[] Entries = Build();

    public static Drawn Entry(ObjectKind kind) => Entries[(int)kind];

    private static Drawn[] Build()
    {
        var table = new Dictionary<ObjectKind, Drawn>
        {
            [ObjectKind.Ship] = new(Vehicles.Ship, 3, Placement.Ground, 0.95f, -0.8f, 0.62f, 4),
            [ObjectKind.Car] = new(Vehicles.Car, 3, Placement.Ground, 0.95f, -0.4f, 0.58f, 3),
            [ObjectKind.Truck] = new(Vehicles.Truck, 3, Placement.Ground, 0.97f, -0.6f, 0.58f, 3),
            [ObjectKind.Train] = new(Vehicles.Train, 2, Placement.Ground, 1, -0.7f, 0.64f, 2),
            [ObjectKind.Airplane] = new(Vehicles.Airplane, 3, Placement.Air, 1, -0.6f, 0.56f, 24),
            [ObjectKind.Bicycle] = new(Vehicles.Bicycle, 2, Placement.Ground, 0.97f, -0.6f, 0.65f, 3),
            [ObjectKind.Rocket] = new(Vehicles.Rocket, 2, Placement.Air, 0.5f, -0.98f, 0.98f, 35),
            [ObjectKind.Balloon] = new(Vehicles.Balloon, 3, Placement.Air, 0.65f, -0.98f, 0.97f, 6),
            [ObjectKind.Bird] = new(Animals.Bird, 2, Placement.Anywhere, 0.98f, -0.85f, 0.9f, 8),
            [ObjectKind.Horse] = new(Animals.Horse, 3, Placement.Ground, 0.9f, -0.95f, 0.94f, 3),
            [ObjectKind.Dog] = new(Animals.Dog, 3, Placement.Ground, 0.95f, -0.75f, 0.92f, 4),
            [ObjectKind.Cat] = new(Animals.Cat, 2, Placement.Ground, 0.9f, -0.92f, 0.93f, 4),
            [ObjectKind.Fish] = new(Animals.Fish, 2, Placement.Anywhere, 0.98f, -0.7f, 0.7f, 18),
            [ObjectKind.Butterfly] = new(Animals.Butterfly, 2, Placement.Air, 0.97f, -0.88f, 0.8f, 22),
            [ObjectKind.Tree] = new(Plants.Tree, 3, Placement.Ground, 0.75f, -0.95f, 0.98f, 3),
            [ObjectKind.Flower] = new(Plants.Flower, 3, Placement.Ground, 0.52f, -0.95f, 0.96f, 8),
            [ObjectKind.Cactus] = new(Plants.Cactus, 2, Placement.Ground, 0.76f, -0.97f, 0.98f, 3),
            [ObjectKind.Mushroom] = new(Plants.Mushroom, 2, Placement.Ground, 0.93f, -0.9f, 0.94f, 7),
            [ObjectKind.House] = new(Buildings.House, 3, Placement.Ground, 0.95f, -0.94f, 0.9f, 2),
            [ObjectKind.Lighthouse] = new(Buildings.Lighthouse, 2, Placement.Ground, 0.72f, -1, 0.98f, 2),
            [ObjectKind.Tent] = new(Buildings.Tent, 3, Placement.Ground, 0.95f, -0.62f, 0.66f, 3),
            [ObjectKind.Umbrella] = new(Things.Umbrella, 2, Placement.Anywhere, 0.96f, -0.95f, 0.93f, 18),
            [ObjectKind.Chair] = new(Things.Chair, 3, Placement.Ground, 0.72f, -0.94f, 0.93f, 3),
            [ObjectKind.Clock] = new(Things.Clock, 2, Placement.Anywhere, 0.88f, -0.88f, 0.88f, 8),
            [ObjectKind.Apple] = new(Things.Apple, 2, Placement.Ground, 0.88f, -0.9f, 0.84f, 12),
            [ObjectKind.Banana] = new(Things.Banana, 2, Placement.Ground, 0.97f, -0.7f, 0.7f, 25),
            [ObjectKind.Cup] = new(Things.Cup, 2, Placement.Ground, 0.9f, -0.9f, 0.84f, 4),
            [ObjectKind.Book] = new(Things.Book, 2, Placement.Anywhere, 0.9f, -0.86f, 0.9f, 10),
            [ObjectKind.Guitar] = new(Things.Guitar, 2, Placement.Anywhere, 0.5f, -0.99f, 0.98f, 40),
            [ObjectKind.Snowman] = new(Things.Snowman, 2, Placement.Ground, 0.8f, -0.98f, 0.98f, 4),
        };
        return [.. Enum.GetValues<ObjectKind>().Select(kind => table[kind])];
    }
}
