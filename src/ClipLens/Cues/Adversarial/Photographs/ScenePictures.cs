using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using ClipLens.Compute;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Segmentation;
using static TorchSharp.torch;

namespace ClipLens.Cues.Adversarial.Photographs;

/// <summary>
/// The scene exchanged: the true class is cut out of its photograph and put on a photograph that fits a cue best and shows neither class,
/// with soft edges and its light brought nearer to the scene's. The control is the same cut-out at the same place on a neutral scene: a
/// photograph that shows neither a class nor any cue. The photographs' own objects are taken out of both. (As in the backgrounds challenge
/// of Xiao and others, 2021.)
/// </summary>
/// <inheritdoc cref="PhotographPictures(ClipModel, IReadOnlyList{ImageEntry}, Tensor, CollageSettings)" path="/param"/>
public sealed class ScenePictures(ClipModel model, IReadOnlyList<ImageEntry> photographs, Tensor pool, CollageSettings settings)
    : PhotographPictures(model, photographs, pool, settings)
{
    /// <summary>Neutral scenes at most.</summary>
    private const int MostNeutral = 60;

    /// <summary>Photographs read for one wanted, at most.</summary>
    private const int Spare = 3;

    private Figure[] figures = [];
    private Scene[] neutral = [];
    private Dictionary<string, IReadOnlyList<Scene>> scenes = [];

    private protected override int Kept => figures.Length;

    private protected override string Kind => "scenes exchanged";

    private protected override IReadOnlySet<string> Keep(IReadOnlyList<string> cues, PhotographIndex index, Tensor directions,
        ImageEntry[] bases, WorkOptions options)
    {
        figures = [.. Each(bases, "Cutting out the true class", entry => AsFigure(entry, directions.narrow(0, 0, 1)), options)
            .OfType<Figure>()];
        if (figures.Length == 0) throw new ClipLensException($"No {Settings.True} could be cut out of the {bases.Length} photographs that "
            + "show it; give others.");
        var shows = index.Presence(directions);
        int[] allowed = [.. Enumerable.Range(0, index.Entries.Count).Where(i => Lacks(shows[0], i) && Lacks(shows[1], i))];
        int[] plain = [.. allowed.Where(i => shows.Skip(2).All(presence => Lacks(presence, i)))];
        // With many cues nearly every photograph shows one; then those that show the clearest one least.
        int[] least = plain.Length >= MostNeutral ? plain : [.. allowed.OrderBy(i => shows.Skip(2).Max(presence => presence[i]))
            .Take(MostNeutral).Order()];
        if (least.Length == 0) throw new ClipLensException($"Every photograph seems to show {ClassNames.WithArticle(Settings.True)} or "
            + $"{ClassNames.WithArticle(Settings.Fooled)}, so there is no scene to put one into; give more photographs.");
        // A photograph's own object is taken out once, whichever cues it fits.
        var known = new ConcurrentDictionary<int, Lazy<Scene?>>();
        Scene? SceneOf(int image) => known.GetOrAdd(image, wanted => new(() => AsScene(index, wanted))).Value;
        neutral = [.. Each([.. new SeededRandom(Settings.Seed).Choose(least.Length, MostNeutral)], "Reading neutral scenes", i =>
            SceneOf(least[i]), options).OfType<Scene>()];
        if (neutral.Length == 0) throw new ClipLensException("Of no photograph a scene is left when its own object is taken out; give more "
            + "photographs.");
        // Of some photographs no scene is left; then the next one is read.
        var fitting = ChooseDonors(index, cues, directions, allowed, Spare * Settings.DonorsPerCue).GroupBy(donor => donor.Cue)
            .Select(group => (Cue: cues[group.Key], Images: group.Select(donor => donor.Image).ToList())).ToList();
        var found = Each(fitting, "Reading the cues' scenes", own => own.Images.Select(SceneOf).OfType<Scene>()
            .Take(Settings.DonorsPerCue).ToList(), options);
        scenes = fitting.Zip(found).Where(own => own.Second.Count > 0)
            .ToDictionary(own => own.First.Cue, own => (IReadOnlyList<Scene>)own.Second);
        return scenes.Keys.ToHashSet();

        static bool Lacks(float[] presence, int image) => presence[image] < ClassSegment.LeastPresence;
    }

    private protected override PicturePair Make(PictureTask task)
    {
        var figure = figures[task.Number % figures.Length];
        var random = new SeededRandom(task.Asked.Seed ^ 0x5CE11E);
        // The control's scene is drawn first, so that all sources have the same.
        var plain = neutral[random.Below(neutral.Length)];
        Scene[] fitting = [.. task.Asked.Cues.SelectMany(cue => scenes[cue])];
        // A scene that several of the cues share comes first.
        int most = fitting.GroupBy(scene => scene.Name).Max(group => group.Count());
        Scene[] best = [.. fitting.GroupBy(scene => scene.Name).Where(group => group.Count() == most).Select(group => group.First())];
        var chosen = best[random.Below(best.Length)];
        var account = new JsonObject
        {
            ["photograph"] = figure.Name,
            ["scene"] = chosen.Name,
            ["neutral_scene"] = plain.Name,
            ["covers"] = Math.Round((double)figure.Place.Width * figure.Place.Height / (Side * Side), 4),
        };
        return new(On(figure, chosen), On(figure, plain), account);
    }

    private PictureFile On(Figure figure, Scene scene) => CollageCanvas.Paste(Side, scene.Pixels,
        [(LightMatch.Match(figure.Cut, scene.Pixels), figure.Place)]);

    private Figure? AsFigure(ImageEntry entry, Tensor direction)
    {
        var square = Square(entry);
        return CutOut.Cut(square, Mask(square, direction)) is { } cut ? new(entry.Name, cut, FigurePlace.Fit(cut, Side)) : null;
    }

    /// <summary>A photograph without its own object, which is where its representation comes from; null where that is most of it.</summary>
    private Scene? AsScene(PhotographIndex index, int image)
    {
        var square = Square(index.Entries[image]);
        return ObjectEraser.Erase(square, Mask(square, index.Embeddings.narrow(0, image, 1))) is { } scene
            ? new(index.Entries[image].Name, CollageCanvas.Opaque(scene)) : null;
    }

    private sealed record Figure(string Name, CutOut Cut, PastePlace Place);

    private sealed record Scene(string Name, byte[] Pixels);
}
