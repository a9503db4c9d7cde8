using ClipLens.Scenes.Language;

namespace ClipLens.Scenes;

/// <summary>The text pool of the world: every word of its language that says what is to be seen, each with what it claims of a
/// picture.</summary>
public static class WorldPool
{
    /// <summary>Backgrounds, colours, patterns and kinds of object, under all their names.</summary>
    public static IReadOnlyList<Caption> Texts { get; } =
    [
        .. Enum.GetValues<SceneBackground>().SelectMany(background => Lexicon.NamesOf(background)
            .Select(name => new Caption(name, new([], background)))),
        .. Enum.GetValues<SceneColour>().SelectMany(colour => Lexicon.NamesOf(colour)
        .Select(name => new Caption(name, new([new(null, colour)], null)))),
        .. Enum.GetValues<SurfacePattern>().SelectMany(pattern => Lexicon.NamesOf(pattern)
        .Select(name => new Caption(name, new([new(null, null, pattern)], null)))),
        .. Enum.GetValues<ObjectKind>().SelectMany(kind => Lexicon.NamesOf(kind).Select(name => new Caption(name, new([new(kind)], null)))),
    ];
}
