using ClipLens.Compute;
using ClipLens.Cues.Adversarial;
using ClipLens.Drawing;
using ClipLens.Models.Images;
using ClipLens.Scenes.Language;
using ClipLens.Scenes.Truth;

namespace ClipLens.Scenes.Demo;

/// <summary>Adversarial pictures, drawn with the cues of every source.</summary>
internal static class DemoAdversarial
{
    private const int TilesShown = 8, CuesPerPicture = 3, TrialsPerPicture = 4;

    /// <summary>What would fool the model if the world's plan were known: the planted signs themselves.</summary>
    public const string Planted = "the planted signs themselves";

    public static IReadOnlyList<AdversarialResult> Make(DemoWork work, IProgress<WorkProgress>? progress, CancellationToken cancellation) =>
    [
        .. work.Pairs.Take(work.Settings.Attacks).Select(pair => AdversarialPictures.Make(work.Model, new()
        {
            True = Lexicon.NameOf(pair.True),
            Fooled = Lexicon.NameOf(pair.Fooled),
            Sources = [.. DemoCues.Sources.Where(source => pair.Reports[source].Cues.Count > 0)
                .Select(source => new CueList(DemoScores.NameOf(source), [.. pair.Reports[source].Cues.Select(cue => cue.Text)])),
                new CueList(Planted, PlantedSigns.Words(pair.True, pair.Fooled))],
            Output = FolderOf(work, Lexicon.NameOf(pair.True), Lexicon.NameOf(pair.Fooled)),
            Count = work.Settings.AttackCount,
            Repeats = work.Settings.AttackRepeats,
            CuesPerPicture = CuesPerPicture,
            Trials = TrialsPerPicture * work.Settings.AttackCount,
            Seed = work.Settings.Seed,
            Templates = WorldModel.Templates,
        }, new TemplateDescriber(), new DrawnPictures(DemoSettings.TrialSize), progress, cancellation)),
    ];

    /// <summary>Fooled of a hundred counted pictures with the cues of a source, the mean over the pairs of classes.</summary>
    public static double Rate(DemoWork work, string source)
    {
        double[] rates = [.. work.Attacks.SelectMany(attack => attack.Sources).Where(own => own.Source == source)
            .Select(own => own.Mean).Where(double.IsFinite)];
        return rates.Length > 0 ? rates.Average() : 0;
    }

    /// <summary>Pictures that fool the model, each beside its control.</summary>
    public static RgbImage Sheet(DemoWork work)
    {
        string source = DemoScores.NameOf(DemoCues.Sources[0]);
        var tiles = work.Attacks.SelectMany(attack => attack.Pictures.Where(picture => picture.Source == source && picture.Verdict.IsFooled)
            .Take(TilesShown)
            .SelectMany(picture => new[]
            {
                new ContactTile(Read(work, attack, picture.ControlFile), $"{attack.True}: {picture.Control}"),
                new ContactTile(Read(work, attack, picture.File), $"taken for {attack.Fooled}: {picture.Description}"),
            })).ToList();
        return new ContactSheet([], tiles, Columns: 4, TileSize: DemoSettings.PictureSize).Draw();
    }

    /// <summary>Keeps the first pictures of the first source to be looked at and deletes the others, which are most of what the demo
    /// writes: only their figures count, and are kept beside them.</summary>
    public static void KeepFirst(DemoWork work)
    {
        foreach (var attack in work.Attacks)
        {
            string folder = FolderOf(work, attack.True, attack.Fooled);
            foreach (string source in Directory.GetDirectories(folder))
                foreach (string repeat in Directory.GetDirectories(source))
                    if (!IsKept(source, repeat)) Directory.Delete(repeat, recursive: true);
            AdversarialReport.WriteFigures(attack with
            {
                Pictures = [.. attack.Pictures.Where(picture => File.Exists(Path.Combine(folder, picture.File)))],
            }, folder);
        }
    }

    private static bool IsKept(string source, string repeat) =>
        Path.GetFileName(source) == DemoScores.NameOf(DemoCues.Sources[0]).Replace(' ', '-') && Path.GetFileName(repeat) == "repeat-1";

    private static RgbImage Read(DemoWork work, AdversarialResult attack, string file) =>
        ImageDecoder.Decode(Path.Combine(FolderOf(work, attack.True, attack.Fooled), file));

    private static string FolderOf(DemoWork work, string from, string to) => work.Settings.File("adversarial", $"{from}-{to}");
}
