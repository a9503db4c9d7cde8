namespace ClipLens.Scenes;

/// <summary>The kinds of object that the world can draw.</summary>
public enum ObjectKind
{
#pragma warning disable CS1591 // Each name says what is drawn.
    Ship, Car, Truck, Train, Airplane, Bicycle, Rocket, Balloon,
    Bird, Horse, Dog, Cat, Fish, Butterfly,
    Tree, Flower, Cactus, Mushroom,
    House, Lighthouse, Tent,
    Umbrella, Chair, Clock, Apple, Banana, Cup, Book, Guitar, Snowman,
#pragma warning restore CS1591
}

/// <summary>The colour of an object's main surface.</summary>
public enum SceneColour
{
#pragma warning disable CS1591
    Red, Orange, Yellow, Green, Blue, Purple, Pink, Brown, Black, White,
#pragma warning restore CS1591
}

/// <summary>What is painted on an object's main surface.</summary>
public enum SurfacePattern
{
#pragma warning disable CS1591
    Plain, Striped, Dotted, Checked,
#pragma warning restore CS1591
}

/// <summary>Where a scene takes place.</summary>
public enum SceneBackground
{
#pragma warning disable CS1591
    Sea, Beach, Road, City, Forest, Meadow, Mountains, Desert, Snow, NightSky, Room, Kitchen,
#pragma warning restore CS1591
}

/// <summary>
/// One object of a scene. Lengths are shares of the picture's side, so a scene can be drawn at any size.
/// </summary>
/// <param name="Kind">What it is.</param>
/// <param name="Colour">Colour of its main surface.</param>
/// <param name="Pattern">Pattern on its main surface.</param>
/// <param name="X">Horizontal centre, 0 (left) to 1.</param>
/// <param name="Y">Vertical centre, 0 (top) to 1.</param>
/// <param name="Size">Half the side of the square box that the drawing fills.</param>
/// <param name="Stretch">Width over height relative to the kind's usual proportions.</param>
/// <param name="Mirrored">Whether it faces left.</param>
/// <param name="Tilt">Rotation in degrees, clockwise.</param>
/// <param name="Variant">Which of the kind's shapes or poses is drawn.</param>
/// <param name="Seed">Seed of the small irregularities of its shape.</param>
public sealed record SceneObject(ObjectKind Kind, SceneColour Colour, SurfacePattern Pattern, float X, float Y, float Size,
    float Stretch, bool Mirrored, float Tilt, int Variant, ulong Seed);

/// <summary>The light of a scene, applied to the finished picture.</summary>
/// <param name="Brightness">Factor on all channels; 1 leaves the picture as it is.</param>
/// <param name="Warmth">Tint: positive is towards yellow and red, negative towards blue; about -0.1 to 0.1.</param>
/// <param name="GradientX">Brightness gained from the left edge to the right one.</param>
/// <param name="GradientY">Brightness gained from the top edge to the bottom one.</param>
/// <param name="Noise">Largest deviation of the noise, in 8-bit steps.</param>
public sealed record SceneLight(float Brightness, float Warmth, float GradientX, float GradientY, float Noise)
{
    /// <summary>Light that changes nothing.</summary>
    public static SceneLight Neutral { get; } = new(1, 0, 0, 0, 0);
}

/// <summary>A picture of the world, as facts: everything that is needed to draw it, and nothing else.</summary>
/// <param name="Seed">Seed of the background's details and of the noise.</param>
/// <param name="Background">Where it takes place.</param>
/// <param name="Objects">Up to four objects; the first one is the main object.</param>
/// <param name="Light">The light.</param>
public sealed record Scene(ulong Seed, SceneBackground Background, IReadOnlyList<SceneObject> Objects, SceneLight Light)
{
    /// <summary>The most objects that a scene holds.</summary>
    public const int MaxObjects = 4;
}
