using ClipLens.Compute;
using ClipLens.Cues;
using ClipLens.Cues.Adversarial;
using ClipLens.Models.Images;
using ClipLens.Scenes.Language;
using ClipLens.Scenes.Truth;

namespace ClipLens.Scenes.Demo;

/// <summary>A pair of classes and the cues that lead from one to the other, by source.</summary>
internal sealed record DemoPair(ObjectKind True, ObjectKind Fooled, IReadOnlyDictionary<CueSource, CueReport> Reports);

/// <summary>Whether the spurious cues that ClipLens finds are those that were planted.</summary>
internal static class DemoCues
{
    /// <summary>Cues of a pair that count, and those that are tried to find them.</summary>
    private const int First = 10, Tried = 25;

    /// <summary>From here on two of the world's words say the same: its synonyms lie above 0.98, all others below 0.95.</summary>
    private const float Synonyms = 0.97f;

    /// <summary>Neurons and pictures of the baseline of indirect effects, each of which costs a part of a forward pass.</summary>
    private const int IndirectNeurons = 40, IndirectImages = 8;

    /// <summary>What the model takes for the class first, then the paper's way and the baselines.</summary>
    public static readonly CueSource[] Sources = [CueSource.Statistics, CueSource.SecondOrder, CueSource.RandomNeurons, CueSource.Indirect,
        CueSource.MostSimilar, CueSource.RandomWords];

    /// <summary>Pairs of classes that look alike, with signs of their own.</summary>
    private static readonly (ObjectKind True, ObjectKind Fooled)[] Pairs =
    [
        (ObjectKind.Cat, ObjectKind.Dog), (ObjectKind.Truck, ObjectKind.Car), (ObjectKind.Mushroom, ObjectKind.Umbrella),
            (ObjectKind.Airplane, ObjectKind.Bird),
        (ObjectKind.Horse, ObjectKind.Dog), (ObjectKind.Butterfly, ObjectKind.Fish), (ObjectKind.Car, ObjectKind.Ship), (ObjectKind.Ship,
            ObjectKind.Truck),
    ];

    public static IReadOnlyList<DemoPair> Find(DemoWork work, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        using var described = work.Run.Described(work.Run.Layers, DemoWork.Pool, work.Settings.Sizes[^1]);
        var pairs = Pairs.Take(work.Settings.Pairs).ToList();
        var pictures = ImageList.Find(work.Pictures.Folder);
        using var seen = SeenImages.Encode(work.Model, pictures, options: new() { Cancellation = cancellation });
        var common = new CueSettings
        {
            Count = Tried,
            SynonymCosine = Synonyms,
            Classes = [.. Enum.GetValues<ObjectKind>().Select(Lexicon.NameOf)],
            Templates = WorldModel.Templates,
            Seed = work.Settings.Seed,
            Images = pictures,
            Seen = seen,
            IndirectNeurons = IndirectNeurons,
            IndirectImages = IndirectImages,
        };
        var found = new List<DemoPair>();
        var stage = new StageProgress(progress, "Looking for spurious cues", pairs.Count);
        foreach (var (from, to) in pairs)
        {
            var own = common with { Drop = [.. Lexicon.NamesOf(from), .. Lexicon.NamesOf(to)] };
            var reports = Sources.Select(source => FindOrNone(source, () => SpuriousCues.Find(work.Model, described,
                Lexicon.NameOf(from), Lexicon.NameOf(to), own with { Source = source }, cancellation: cancellation), from, to)).ToList();
            var confirmed = CueConfirmation.ConfirmAll(work.Model, reports, new DrawnPictures(DemoSettings.TrialSize), new()
            {
                Pictures = work.Settings.ConfirmingPictures,
                Count = First,
                Seed = work.Settings.Seed,
                Templates = WorldModel.Templates,
            }, options: new() { Cancellation = cancellation });
            found.Add(new(from, to, confirmed.ToDictionary(report => report.Source)));
            stage.Report(found.Count);
        }
        return found;
    }

    /// <summary>Writes the cues of the first source into the run, where its pages show them.</summary>
    public static void Keep(DemoWork work)
    {
        foreach (var (from, to, reports) in work.Pairs)
            CueFile.Write(Path.Combine(work.Run.Path, $"cues-{Lexicon.NameOf(from)}-{Lexicon.NameOf(to)}.json"), reports[Sources[0]]);
    }

    /// <summary>A few pictures may show a class nowhere; then its statistics have no cues.</summary>
    private static CueReport FindOrNone(CueSource source, Func<CueReport> find, ObjectKind from, ObjectKind to)
    {
        try
        {
            return find();
        }
        catch (ClassNotSeenException)
        {
            return new(Lexicon.NameOf(from), Lexicon.NameOf(to), source, [], [], [], Synonyms);
        }
    }

    /// <summary>Share of the planted signs, in percent, that are among the first cues of a source, all pairs together.</summary>
    public static double Recall(DemoWork work, CueSource source)
    {
        var signs = work.Pairs.SelectMany(pair => PlantedSigns.Between(pair.True, pair.Fooled)
            .Select(sign => pair.Reports[source].Cues.Any(cue => PlantedSigns.Names(WorldPool.Texts[cue.TextIndex].Claims, sign))))
                .ToList();
        return 100.0 * signs.Count(isFound => isFound) / signs.Count;
    }
}
