namespace ClipLens.Scenes.Language;

/// <summary>Says in varied wording what a scene shows: whole sentences, short phrases, single words.</summary>
public static class CaptionWriter
{
    private static readonly string[] Openings =
        ["a picture of ", "an image of ", "a photo of ", "a drawing of ", "this is ", "there is ", "we see ", "the picture shows "];

    private static readonly string[] Besides = ["with", "next to", "beside", "near", "by"];

    /// <summary>A text about a scene; the same seed gives the same text.</summary>
    /// <exception cref="ClipLensException">The scene has no object.</exception>
    public static Caption Write(Scene scene, ulong seed)
    {
        if (scene.Objects.Count == 0) throw new ClipLensException("A scene without objects has no caption.");
        var random = new SceneRandom(seed);
        return random.Chance(0.3) ? Phrase(scene, random) : Sentence(scene, random);
    }

    /// <summary>Everything that there is to say, in one fixed wording: "a striped red ship on the sea with a blue bird".</summary>
    public static string WriteInFull(Scene scene)
    {
        var objects = scene.Objects.Select(item =>
        {
            string pattern = item.Pattern == SurfacePattern.Plain ? "" : Lexicon.NameOf(item.Pattern) + " ";
            string noun = $"{pattern}{Lexicon.NameOf(item.Colour)} {Lexicon.NameOf(item.Kind)}";
            return (noun[0] is 'a' or 'e' or 'i' or 'o' or 'u' ? "an " : "a ") + noun;
        }).ToList();
        string text = string.Join(" ", objects.Take(1).Append(Lexicon.PlacesOf(scene.Background)[0]));
        return objects.Count < 2 ? text : $"{text} with {string.Join(" and ", objects.Skip(1))}";
    }

    private static Caption Phrase(Scene scene, SceneRandom random)
    {
        var main = scene.Objects[0];
        switch (random.Weighted([0.34f, 0.22f, 0.12f, 0.14f, 0.06f, 0.12f]))
        {
            case 0:
                return new Caption(WithArticle(Word(random, Lexicon.NamesOf(main.Kind)), random), new([new(main.Kind)], null));
            case 1:
                return new Caption($"{Word(random, Lexicon.NamesOf(main.Colour))} {Word(random, Lexicon.NamesOf(main.Kind))}",
                    new([new(main.Kind, main.Colour)], null));
            case 2:
                return new Caption($"{Word(random, Lexicon.NamesOf(main.Pattern))} {Word(random, Lexicon.NamesOf(main.Kind))}",
                    new([new(main.Kind, null, main.Pattern)], null));
            case 3:
                return new Caption(random.Chance(0.5) ? Word(random, Lexicon.NamesOf(scene.Background))
                    : Word(random, Lexicon.PlacesOf(scene.Background)),
                    new([], scene.Background));
            case 4:
                bool colour = main.Pattern == SurfacePattern.Plain || random.Chance(0.5);
                string adjective = colour ? Word(random, Lexicon.NamesOf(main.Colour)) : Word(random, Lexicon.NamesOf(main.Pattern));
                return new Caption(random.Chance(0.5) ? adjective : "something " + adjective,
                    new([new(null, colour ? main.Colour : null, colour ? null : main.Pattern)], null));
            default:
                return Keywords(scene, random);
        }
    }

    private static Caption Keywords(Scene scene, SceneRandom random)
    {
        var words = new List<string>();
        var claims = new List<ObjectClaim>();
        foreach (var item in scene.Objects)
        {
            words.Add(Word(random, Lexicon.NamesOf(item.Kind)));
            claims.Add(new(item.Kind));
        }
        words.Add(Word(random, Lexicon.NamesOf(scene.Background)));
        return new Caption(string.Join(", ", words), new(claims, scene.Background));
    }

    private static Caption Sentence(Scene scene, SceneRandom random)
    {
        string subject = Describe(scene.Objects[0], random, 0.6, 0.55, 0.2, out var claim);
        List<ObjectClaim> claims = [claim];
        var company = new List<string>();
        if (random.Chance(0.75))
            foreach (var item in scene.Objects.Skip(1))
            {
                company.Add(Describe(item, random, 0.3, 0, 0, out var companion));
                claims.Add(companion);
            }
        string besides = company.Count == 0 ? "" : $" {(random.Chance(0.3) ? "and" : random.Pick(Besides))} "
            + $"{string.Join(" and ", company)}";
        if (!random.Chance(0.75)) return new Caption(Opening(random) + subject + besides, new(claims, null));
        string text = random.Weighted([0.45f, 0.2f, 0.2f, 0.15f]) switch
        {
            0 => $"{Opening(random)}{subject} {Word(random, Lexicon.PlacesOf(scene.Background))}{besides}",
            1 => $"{Opening(random)}{subject}{besides} {Word(random, Lexicon.PlacesOf(scene.Background))}",
            2 => $"{Word(random, Lexicon.PlacesOf(scene.Background))}{(random.Chance(0.5) ? " there is " : ", ")}{subject}{besides}",
            _ => $"the {Lexicon.NameOf(scene.Background)} with {subject}{besides.Replace(" with ", " and ", StringComparison.Ordinal)}",
        };
        return new Caption(text, new(claims, scene.Background));
    }

    private static string Opening(SceneRandom random) => random.Chance(0.6) ? "" : random.Pick(Openings);

    private static string Describe(SceneObject item, SceneRandom random, double colourShare, double patternShare, double sizeShare,
        out ObjectClaim claim)
    {
        var adjectives = new List<string>();
        SceneColour? colour = random.Chance(colourShare) ? item.Colour : null;
        // That a surface is plain is seldom said.
        SurfacePattern? pattern = random.Chance(item.Pattern == SurfacePattern.Plain ? patternShare * 0.2 : patternShare) ? item.Pattern
            : null;
        var size = random.Chance(sizeShare) ? ObjectClaim.SizeOf(item) : null;
        if (colour is { } c) adjectives.Add(Word(random, Lexicon.NamesOf(c)));
        if (pattern is { } p) adjectives.Insert(random.Below(adjectives.Count + 1), Word(random, Lexicon.NamesOf(p)));
        if (size is { } s) adjectives.Insert(0, Word(random, Lexicon.NamesOf(s)));
        claim = new ObjectClaim(item.Kind, colour, pattern, size);
        return WithArticle(string.Join(" ", [.. adjectives, Word(random, Lexicon.NamesOf(item.Kind))]), random, always: true);
    }

    private static string WithArticle(string noun, SceneRandom random, bool always = false)
    {
        if (!always && random.Chance(0.5)) return noun;
        if (random.Chance(0.15)) return "the " + noun;
        return (noun[0] is 'a' or 'e' or 'i' or 'o' or 'u' ? "an " : "a ") + noun;
    }

    /// <summary>Mostly the usual word, sometimes another.</summary>
    private static string Word(SceneRandom random, IReadOnlyList<string> words) => random.Chance(0.5) ? words[0] : random.Pick(words);
}
