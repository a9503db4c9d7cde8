using System.Text;

namespace ClipLens.Scenes.Language;

/// <summary>Understands texts of the world's language.</summary>
public static class CaptionParser
{
    /// <summary>What a text says.</summary>
    /// <param name="caption">Such as "a red striped ship on the sea with a bird"; upper and lower case are the same.</param>
    /// <returns>Up to four objects in the order of mention, and the background if one is named.</returns>
    /// <exception cref="ClipLensException">The text is empty, has unknown words (all of them are named), says nothing that can be
    /// drawn, names too many objects or two backgrounds, or an adjective belongs to no object.</exception>
    public static CaptionClaims Parse(string caption)
    {
        var words = Split(caption);
        if (words.Count == 0) throw new ClipLensException(
            "The caption is empty; say what to draw, for instance \"a red ship on the sea\".");
        var unknown = words.Where(w => Lexicon.MeaningOf(w) is null && !Lexicon.IsGlue(w)).Distinct().ToList();
        if (unknown.Count > 0)
            throw new ClipLensException($"The caption \"{caption.Trim()}\" has words that the world does not know: "
            + $"{string.Join(", ", unknown)}.");
        var reader = new Reader(caption.Trim());
        foreach (string word in words)
            if (Lexicon.MeaningOf(word) is { } meaning) reader.Take(word, meaning);
        return reader.Finish();
    }

    private static List<string> Split(string caption)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (char c in caption.ToLowerInvariant() + " ")
        {
            if (char.IsLetterOrDigit(c) || c is '-' or '\'')
            {
                word.Append(c);
            }
            else if (word.Length > 0)
            {
                string found = word.ToString().Trim('-', '\'');
                if (found.Length > 0) words.Add(found);
                word.Clear();
            }
        }
        return words;
    }

    /// <summary>Adjectives wait for the noun that they belong to.</summary>
    private sealed class Reader(string caption)
    {
        private readonly List<ObjectClaim> objects = [];
        private readonly List<string> waiting = [];
        private ObjectClaim next = new(null);
        private SceneBackground? background;

        public void Take(string word, object meaning)
        {
            switch (meaning)
            {
                case ObjectKind kind:
                    objects.Add(next with { Kind = kind });
                    next = new ObjectClaim(null);
                    waiting.Clear();
                    if (objects.Count > Scene.MaxObjects)
                        throw new ClipLensException($"The caption \"{caption}\" names more than {Scene.MaxObjects} objects.");
                    return;
                case SceneBackground background:
                    if (this.background is { } other && other != background)
                        throw new ClipLensException($"The caption \"{caption}\" names two backgrounds, {Lexicon.NameOf(other)} and "
                        + $"{Lexicon.NameOf(background)}.");
                    this.background = background;
                    return;
                case SceneColour colour:
                    if (next.Colour is not null) throw Twice("colours");
                    next = next with { Colour = colour };
                    break;
                case SurfacePattern pattern:
                    if (next.Pattern is not null) throw Twice("patterns");
                    next = next with { Pattern = pattern };
                    break;
                case SizeWord size:
                    if (next.Size is not null) throw Twice("sizes");
                    next = next with { Size = size };
                    break;
            }
            waiting.Add(word);
        }

        public CaptionClaims Finish()
        {
            if (waiting.Count > 0) AttachToLast();
            if (objects.Count == 0 && background is null)
                throw new ClipLensException($"The caption \"{caption}\" names nothing that can be drawn.");
            return new CaptionClaims(objects, background);
        }

        // "The ship is red": what is left over belongs to the last object, if that has no such property yet.
        private void AttachToLast()
        {
            var last = objects.LastOrDefault();
            if (last is null || (next.Colour is not null && last.Colour is not null)
                || (next.Pattern is not null && last.Pattern is not null)
                || (next.Size is not null && last.Size is not null))
                throw new ClipLensException($"In the caption \"{caption}\", {string.Join(", ", waiting)} describes no object.");
            objects[^1] = new ObjectClaim(last.Kind, last.Colour ?? next.Colour, last.Pattern ?? next.Pattern, last.Size ?? next.Size);
        }

        private ClipLensException Twice(string what) => new($"The caption \"{caption}\" gives one object two {what}.");
    }
}
