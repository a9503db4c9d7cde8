namespace ClipLens.Scenes.Language;

/// <summary>How large a text calls the main object.</summary>
public enum SizeWord
{
    /// <summary>Half its box is below 0.31 of the picture.</summary>
    Small,

    /// <summary>Half its box is above 0.38 of the picture.</summary>
    Big,
}

/// <summary>What a text says of one object; null where it says nothing.</summary>
/// <param name="Kind">Its kind; null only in texts such as "something red".</param>
/// <param name="Colour">Its colour.</param>
/// <param name="Pattern">Its surface pattern.</param>
/// <param name="Size">Its size.</param>
public sealed record ObjectClaim(ObjectKind? Kind, SceneColour? Colour = null, SurfacePattern? Pattern = null, SizeWord? Size = null)
{
    /// <summary>Whether this is true of an object.</summary>
    public bool IsTrueOf(SceneObject item) =>
        (Kind is null || Kind == item.Kind) && (Colour is null || Colour == item.Colour) && (Pattern is null || Pattern == item.Pattern)
        && (Size is null || Size == SizeOf(item));

    /// <summary>The word for an object's size; null for one of middle size.</summary>
    public static SizeWord? SizeOf(SceneObject item) =>
        item.Size < Drawing.Layout.SmallBelow ? SizeWord.Small : item.Size > Drawing.Layout.BigAbove ? SizeWord.Big : null;
}

/// <summary>Everything that a text says of a picture.</summary>
/// <param name="Objects">The objects in the order of mention; the first is the main one.</param>
/// <param name="Background">Where it is; null if the text does not say.</param>
public sealed record CaptionClaims(IReadOnlyList<ObjectClaim> Objects, SceneBackground? Background)
{
    /// <summary>Whether all of it is true of a scene, where any of its objects may be the one that the text means.</summary>
    public bool IsTrueOf(Scene scene) =>
        (Background is null || Background == scene.Background) && Objects.All(claim => scene.Objects.Any(claim.IsTrueOf));
}

/// <summary>A text about a picture, with what it claims.</summary>
/// <param name="Text">The text.</param>
/// <param name="Claims">Its meaning.</param>
public sealed record Caption(string Text, CaptionClaims Claims);

/// <summary>What a concept is about.</summary>
public enum ConceptType
{
#pragma warning disable CS1591
    Thing, Colour, Pattern, Background,
#pragma warning restore CS1591
}

/// <summary>Something that is to be seen in a picture.</summary>
/// <param name="Name">Its usual name in the world's language, such as "ship", "red", "striped", "sea".</param>
/// <param name="Type">What it is about.</param>
/// <param name="ObjectIndex">The object's index in the scene; null for the background.</param>
public sealed record SceneConcept(string Name, ConceptType Type, int? ObjectIndex)
{
    /// <summary>All concepts of a scene: the background, and of each object its kind, colour and, unless plain, its pattern.</summary>
    public static IReadOnlyList<SceneConcept> ConceptsIn(Scene scene)
    {
        List<SceneConcept> concepts = [new(Lexicon.NameOf(scene.Background), ConceptType.Background, null)];
        for (int i = 0; i < scene.Objects.Count; i++)
        {
            var item = scene.Objects[i];
            concepts.Add(new(Lexicon.NameOf(item.Kind), ConceptType.Thing, i));
            concepts.Add(new(Lexicon.NameOf(item.Colour), ConceptType.Colour, i));
            if (item.Pattern != SurfacePattern.Plain) concepts.Add(new(Lexicon.NameOf(item.Pattern), ConceptType.Pattern, i));
        }
        return concepts;
    }
}
