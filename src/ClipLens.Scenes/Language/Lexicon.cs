namespace ClipLens.Scenes.Language;

/// <summary>The words of the world's language. docs/world.md prints the same tables.</summary>
public static class Lexicon
{
    private static readonly Dictionary<ObjectKind, string[]> KindWords = new()
    {
        [ObjectKind.Ship] = ["ship", "boat", "vessel"],
        [ObjectKind.Car] = ["car", "automobile"],
        [ObjectKind.Truck] = ["truck", "lorry"],
        [ObjectKind.Train] = ["train"],
        [ObjectKind.Airplane] = ["airplane", "plane", "aircraft"],
        [ObjectKind.Bicycle] = ["bicycle", "bike"],
        [ObjectKind.Rocket] = ["rocket", "spaceship"],
        [ObjectKind.Balloon] = ["balloon"],
        [ObjectKind.Bird] = ["bird"],
        [ObjectKind.Horse] = ["horse", "pony"],
        [ObjectKind.Dog] = ["dog", "puppy"],
        [ObjectKind.Cat] = ["cat", "kitten"],
        [ObjectKind.Fish] = ["fish"],
        [ObjectKind.Butterfly] = ["butterfly"],
        [ObjectKind.Tree] = ["tree"],
        [ObjectKind.Flower] = ["flower", "blossom"],
        [ObjectKind.Cactus] = ["cactus"],
        [ObjectKind.Mushroom] = ["mushroom", "toadstool"],
        [ObjectKind.House] = ["house", "cottage"],
        [ObjectKind.Lighthouse] = ["lighthouse"],
        [ObjectKind.Tent] = ["tent"],
        [ObjectKind.Umbrella] = ["umbrella", "parasol"],
        [ObjectKind.Chair] = ["chair", "seat"],
        [ObjectKind.Clock] = ["clock"],
        [ObjectKind.Apple] = ["apple"],
        [ObjectKind.Banana] = ["banana"],
        [ObjectKind.Cup] = ["cup", "mug"],
        [ObjectKind.Book] = ["book"],
        [ObjectKind.Guitar] = ["guitar"],
        [ObjectKind.Snowman] = ["snowman"],
    };

    private static readonly Dictionary<SceneColour, string[]> ColourWords = new()
    {
        [SceneColour.Red] = ["red", "scarlet"],
        [SceneColour.Orange] = ["orange"],
        [SceneColour.Yellow] = ["yellow", "golden"],
        [SceneColour.Green] = ["green"],
        [SceneColour.Blue] = ["blue"],
        [SceneColour.Purple] = ["purple", "violet"],
        [SceneColour.Pink] = ["pink"],
        [SceneColour.Brown] = ["brown"],
        [SceneColour.Black] = ["black"],
        [SceneColour.White] = ["white"],
    };

    private static readonly Dictionary<SurfacePattern, string[]> PatternWords = new()
    {
        [SurfacePattern.Plain] = ["plain"],
        [SurfacePattern.Striped] = ["striped", "stripy"],
        [SurfacePattern.Dotted] = ["dotted", "spotted"],
        [SurfacePattern.Checked] = ["checked", "checkered"],
    };

    private static readonly Dictionary<SizeWord, string[]> SizeWords = new()
    {
        [SizeWord.Small] = ["small", "little", "tiny"],
        [SizeWord.Big] = ["big", "large", "huge"],
    };

    private static readonly Dictionary<SceneBackground, (string[] Nouns, string[] Places)> BackgroundWords = new()
    {
        [SceneBackground.Sea] = (["sea", "ocean", "water", "waves"], ["on the sea", "at sea", "on the ocean", "in the water",
            "in the waves"]),
        [SceneBackground.Beach] = (["beach", "shore", "coast"], ["on the beach", "at the beach", "on the shore", "at the coast"]),
        [SceneBackground.Road] = (["road", "highway", "street"], ["on the road", "on a road", "on the highway", "in the street"]),
        [SceneBackground.City] = (["city", "town", "skyscrapers"], ["in the city", "in a city", "in town", "before skyscrapers"]),
        [SceneBackground.Forest] = (["forest", "woods"], ["in the forest", "in a forest", "in the woods"]),
        [SceneBackground.Meadow] = (["meadow", "grass", "field"], ["in a meadow", "on the meadow", "on the grass", "in a field"]),
        [SceneBackground.Mountains] = (["mountains", "peaks"], ["in the mountains", "before the mountains", "under the peaks"]),
        [SceneBackground.Desert] = (["desert", "dunes"], ["in the desert", "in a desert", "on the dunes"]),
        [SceneBackground.Snow] = (["snow", "winter"], ["in the snow", "on the snow", "in winter"]),
        [SceneBackground.NightSky] = (["night", "stars", "moon"], ["at night", "under the night sky", "under the stars", "under the moon"]),
        [SceneBackground.Room] = (["room", "indoors"], ["in a room", "in the room", "in the living room", "indoors"]),
        [SceneBackground.Kitchen] = (["kitchen"], ["in the kitchen", "in a kitchen"]),
    };

    /// <summary>Words that carry no meaning of their own here.</summary>
    private static readonly string[] GlueWords =
    [
        "a", "an", "the", "of", "with", "and", "in", "on", "at", "under", "before", "near", "next", "to", "beside", "by", "there", "is",
            "we", "see",
        "seen", "shows", "this", "it", "some", "something", "picture", "image", "photo", "drawing", "scene", "living", "sky",
    ];

    private static readonly Dictionary<string, object> Meanings = BuildMeanings();

    /// <summary>Every word that the world's language knows, sorted.</summary>
    public static IReadOnlyList<string> Words { get; } = [.. Meanings.Keys.Concat(GlueWords).Order(StringComparer.Ordinal)];

    /// <summary>The usual name of a kind of object.</summary>
    public static string NameOf(ObjectKind kind) => KindWords[kind][0];

    /// <summary>The usual name of a colour.</summary>
    public static string NameOf(SceneColour colour) => ColourWords[colour][0];

    /// <summary>The usual name of a surface pattern.</summary>
    public static string NameOf(SurfacePattern pattern) => PatternWords[pattern][0];

    /// <summary>The usual name of a background.</summary>
    public static string NameOf(SceneBackground background) => BackgroundWords[background].Nouns[0];

    /// <summary>All names of a kind of object, the usual one first.</summary>
    public static IReadOnlyList<string> NamesOf(ObjectKind kind) => KindWords[kind];

    /// <summary>All names of a colour, the usual one first.</summary>
    public static IReadOnlyList<string> NamesOf(SceneColour colour) => ColourWords[colour];

    /// <summary>All names of a surface pattern, the usual one first.</summary>
    public static IReadOnlyList<string> NamesOf(SurfacePattern pattern) => PatternWords[pattern];

    /// <summary>All names of a background, the usual one first.</summary>
    public static IReadOnlyList<string> NamesOf(SceneBackground background) => BackgroundWords[background].Nouns;

    /// <summary>All phrases that say that something is there, the usual one first ("on the sea").</summary>
    public static IReadOnlyList<string> PlacesOf(SceneBackground background) => BackgroundWords[background].Places;

    internal static IReadOnlyList<string> NamesOf(SizeWord size) => SizeWords[size];

    /// <summary>What a word means: an <see cref="ObjectKind"/>, a colour, a pattern, a size or a background; null for a word without
    /// meaning of its own and for an unknown word.</summary>
    internal static object? MeaningOf(string word) => Meanings.GetValueOrDefault(word);

    internal static bool IsGlue(string word) => Array.IndexOf(GlueWords, word) >= 0;

    private static Dictionary<string, object> BuildMeanings()
    {
        var meanings = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var (kind, words) in KindWords) Add(words, kind);
        foreach (var (colour, words) in ColourWords) Add(words, colour);
        foreach (var (pattern, words) in PatternWords) Add(words, pattern);
        foreach (var (size, words) in SizeWords) Add(words, size);
        foreach (var (background, words) in BackgroundWords) Add(words.Nouns, background);
        return meanings;

        void Add(string[] words, object meaning)
        {
            foreach (string word in words) meanings.Add(word, meaning);
        }
    }
}
