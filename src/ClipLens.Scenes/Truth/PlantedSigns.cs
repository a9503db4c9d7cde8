using ClipLens.Scenes.Language;

namespace ClipLens.Scenes.Truth;

/// <summary>What the world plants as signs of a class: a picture that shows them is more likely one of that class, although they are no
/// part of it.</summary>
public static class PlantedSigns
{
    /// <summary>The signs of the fooled class that are not just as much signs of the true one: background, companion and usual
    /// colours.</summary>
    /// <param name="trueKind">What a picture shows.</param>
    /// <param name="fooledKind">What a model might take it for.</param>
    /// <returns>Claims, one a sign.</returns>
    public static IReadOnlyList<CaptionClaims> Between(ObjectKind trueKind, ObjectKind fooledKind)
    {
        PlantedCue fooled = PlantedCues.CueOf(fooledKind), own = PlantedCues.CueOf(trueKind);
        var signs = new List<CaptionClaims>();
        if (fooled.Background is { } background && background != own.Background) signs.Add(new([], background));
        if (fooled.Companion is { } companion && companion != trueKind
            && companion != own.Companion) signs.Add(new([new(companion)], null));
        signs.AddRange(fooled.Colours.Except(own.Colours).Select(colour => new CaptionClaims([new(null, colour)], null)));
        return signs;
    }

    /// <summary>The same as words of the world.</summary>
    /// <param name="trueKind">What a picture shows.</param>
    /// <param name="fooledKind">What a model might take it for.</param>
    public static IReadOnlyList<string> Words(ObjectKind trueKind, ObjectKind fooledKind) => [.. Between(trueKind, fooledKind)
        .Select(sign => WorldPool.Texts.First(text => Names(text.Claims, sign)).Text)];

    /// <summary>Whether a text names a sign: its background, its kind of object, or its colour.</summary>
    public static bool Names(CaptionClaims text, CaptionClaims sign)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(sign);
        if (sign.Background is { } background) return text.Background == background;
        var wanted = sign.Objects[0];
        return text.Objects.Any(claim => wanted.Kind is { } kind ? claim.Kind == kind : claim.Kind is null
            && claim.Colour == wanted.Colour);
    }
}
