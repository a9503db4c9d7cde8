using ClipLens.Scenes.Language;
using static TorchSharp.torch;

namespace ClipLens.Scenes.Training;

/// <summary>Measures a model on held-out pictures of the world, whose backgrounds, companions and colours are independent of the
/// object.</summary>
internal static class WorldEvaluation
{
    /// <summary>Scenes of this seed are used for nothing else.</summary>
    public const ulong HeldOutSeed = 0xE7A1;

    /// <summary>Pictures among which a caption is to be found.</summary>
    public const int RetrievalSize = 200;

    /// <summary>The scores of a model given by its two functions, each from items to unit vectors [items, d].</summary>
    public static WorldScores Measure(Func<IReadOnlyList<Scene>, Tensor> pictures, Func<IReadOnlyList<string>, Tensor> texts, int count)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var scenes = new SceneGenerator(HeldOutSeed, new SceneSettings(CueStrength: 0)).Take(count).ToList();
        var vectors = pictures(scenes);
        var kinds = Enum.GetValues<ObjectKind>();
        var colours = Enum.GetValues<SceneColour>();
        var patterns = Enum.GetValues<SurfacePattern>();
        var backgrounds = Enum.GetValues<SceneBackground>();
        var (pictureToText, textToPicture) = Retrieval(vectors, scenes, texts);
        var classes = ClassVectors(texts, [.. kinds.Select(Lexicon.NameOf)]);
        var planted = new SceneGenerator(HeldOutSeed + 1).Take(count).ToList();
        return new WorldScores(
            Accuracy(pictures(planted), classes, i => (int)planted[i].Objects[0].Kind),
            Accuracy(vectors, classes, i => (int)scenes[i].Objects[0].Kind),
            GivenKind(vectors, scenes, texts, [.. colours.Select(Lexicon.NameOf)], o => (int)o.Colour),
            GivenKind(vectors, scenes, texts, [.. patterns.Select(Lexicon.NameOf)], o => (int)o.Pattern),
            Accuracy(vectors, texts([.. backgrounds.Select(b => Lexicon.PlacesOf(b)[0])]), i => (int)scenes[i].Background),
            pictureToText, textToPicture);
    }

    private static Tensor ClassVectors(Func<IReadOnlyList<string>, Tensor> texts, string[] names)
    {
        var sum = WorldModel.Templates.Select(t => texts([.. names.Select(name => t.Replace("{}", name, StringComparison.Ordinal))]))
            .Aggregate((a, b) => a + b);
        return nn.functional.normalize(sum, dim: 1);
    }

    private static double Accuracy(Tensor vectors, Tensor classes, Func<int, int> truth)
    {
        long[] found = vectors.matmul(classes.t()).argmax(1).data<long>().ToArray();
        return 100.0 * found.Where((f, i) => f == truth(i)).Count() / found.Length;
    }

    /// <summary>Accuracy of an adjective before the name of the kind that is there.</summary>
    private static double GivenKind(Tensor vectors, List<Scene> scenes, Func<IReadOnlyList<string>, Tensor> texts, string[] adjectives,
        Func<SceneObject, int> truth)
    {
        var kinds = Enum.GetValues<ObjectKind>();
        var all = texts([.. kinds.SelectMany(kind => adjectives.Select(a => $"a {a} {Lexicon.NameOf(kind)}"))]);
        var scores = vectors.matmul(all.t()).view(scenes.Count, kinds.Length, adjectives.Length);
        int right = 0, asked = 0;
        for (int i = 0; i < scenes.Count; i++)
        {
            var main = scenes[i].Objects[0];
            asked++;
            if (scores[i, (int)main.Kind].argmax().item<long>() == truth(main)) right++;
        }
        return 100.0 * right / asked;
    }

    private static (double PictureToText, double TextToPicture) Retrieval(Tensor vectors, List<Scene> scenes, Func<IReadOnlyList<string>,
        Tensor> texts)
    {
        int right = 0, back = 0, asked = 0;
        for (int start = 0; start + RetrievalSize <= scenes.Count; start += RetrievalSize)
        {
            var captions = texts([.. scenes.Skip(start).Take(RetrievalSize).Select(CaptionWriter.WriteInFull)]);
            var scores = vectors.narrow(0, start, RetrievalSize).matmul(captions.t());
            var own = arange(RetrievalSize, ScalarType.Int64);
            right += (int)scores.argmax(1).eq(own).sum().item<long>();
            back += (int)scores.argmax(0).eq(own).sum().item<long>();
            asked += RetrievalSize;
        }
        return asked == 0 ? (double.NaN, double.NaN) : (100.0 * right / asked, 100.0 * back / asked);
    }
}
