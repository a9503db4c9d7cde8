using ClipLens.Compute;
using ClipLens.Cues;
using ClipLens.Cues.Adversarial;
using ClipLens.Drawing;
using ClipLens.Models.Images;
using ClipLens.Scenes;
using ClipLens.Scenes.Language;

namespace ClipLens.Cli.Commands.Demo;

/// <summary>Adversarial pictures, drawn with the cues of every source.</summary>
internal static class DemoAdversarial
{
    private const int TilesShown = 8, CuesPerPicture = 3;

    public static IReadOnlyList<AdversarialResult> Make(DemoJob job, IProgress<WorkProgress> progress, CancellationToken stop) =>
    [
        .. job.Pairs.Take(job.Settings.Attacks).Select(pair => AdversarialPictures.Make(job.Model, new()
        {
            True = Lexicon.NameOf(pair.True),
            Fooled = Lexicon.NameOf(pair.Fooled),
            Sources = [.. DemoCues.Sources.Where(source => pair.Reports[source].Cues.Count > 0)
                .Select(source => new CueList(DemoScores.NameOf(source), [.. pair.Reports[source].Cues.Select(cue => cue.Text)]))],
            Output = FolderOf(job, Lexicon.NameOf(pair.True), Lexicon.NameOf(pair.Fooled)),
            Count = job.Settings.AttackCount,
            Repeats = job.Settings.AttackRepeats,
            CuesPerPicture = CuesPerPicture,
            Seed = job.Settings.Seed,
            Templates = WorldModel.Templates,
        }, new TemplateDescriber(), new DrawnPictures(DemoSettings.PictureSize), progress, stop)),
    ];

    /// <summary>Fooled of a hundred counted pictures with the cues of a source, the mean over the pairs of classes.</summary>
    public static double Rate(DemoJob job, CueSource source)
    {
        double[] rates = [.. job.Attacks.SelectMany(attack => attack.Sources).Where(own => own.Source == DemoScores.NameOf(source)).Select(own => own.Mean).Where(double.IsFinite)];
        return rates.Length > 0 ? rates.Average() : 0;
    }

    /// <summary>Pictures that fool the model, each beside its control.</summary>
    public static RgbImage Sheet(DemoJob job)
    {
        string source = DemoScores.NameOf(DemoCues.Sources[0]);
        var tiles = job.Attacks.SelectMany(attack => attack.Pictures.Where(picture => picture.Source == source && picture.Verdict.IsFooled).Take(TilesShown)
            .SelectMany(picture => new[]
            {
                new ContactTile(Read(job, attack, picture.ControlFile), $"{attack.True}: {picture.Control}"),
                new ContactTile(Read(job, attack, picture.File), $"taken for {attack.Fooled}: {picture.Description}"),
            })).ToList();
        return new ContactSheet([], tiles, Columns: 4, TileSize: DemoSettings.PictureSize).Draw();
    }

    private static RgbImage Read(DemoJob job, AdversarialResult attack, string file)
    {
        string path = Path.Combine(FolderOf(job, attack.True, attack.Fooled), file);
        return ImageDecoder.Decode(ImageDecoder.ReadFile(path), path, applyOrientation: false);
    }

    private static string FolderOf(DemoJob job, string from, string to) => job.Settings.File("adversarial", $"{from}-{to}");
}
