using ClipLens.Compute;
using ClipLens.Drawing;
using ClipLens.Editing.AgainstCues;
using ClipLens.Editing.Measuring;
using ClipLens.Editing.Typography;
using ClipLens.Files;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Scenes;
using ClipLens.Tests.Cli;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Editing;

/// <summary>The pictures of docs/edit.md, made where UPDATE_DOCS=1 is in the environment.</summary>
public sealed class EditPicturesTests : IDisposable
{
    private const int Shown = 5;
    private readonly ScratchFolder folder = new();

    private static string Target(string name) => Path.Combine(Repository.Root, "docs", "pictures", name);

    private static void SkipUnlessAsked() => Assert.SkipWhen(Environment.GetEnvironmentVariable("UPDATE_DOCS") != "1",
        "makes pictures for docs/ with UPDATE_DOCS=1");

    [Fact]
    public void Scenes_exchanged()
    {
        SkipUnlessAsked();
        string drawn = folder.File("drawn");
        Assert.Equal(0, CliCall.Run("demo", "set", "--count", "24", "--seed", "11", "--output", drawn).Code);
        using var model = WorldModel.Load();
        string[] classes = File.ReadAllLines(Path.Combine(drawn, "classes.txt"));
        int[] labels = [.. File.ReadAllLines(Path.Combine(drawn, "labels.csv")).Skip(1).Select(line => int.Parse(line.Split(',')[1],
            System.Globalization.CultureInfo.InvariantCulture))];
        using var classifier = ZeroShotClassifier.Create(model, classes, cancellation: TestContext.Current.CancellationToken);
        var how = new WorkOptions { Cancellation = TestContext.Current.CancellationToken };
        var images = SearchImages.Read(model.Preprocessor, ImageList.Find(drawn), false, "", how);
        var made = SceneExchange.Make(model, images, labels, classifier, 2, 3, how).Images;
        int side = model.Preprocessor.Size, count = made.Indices.Count / 2;
        ContactTile Tile(byte[] crop, string caption) => new(new RgbImage(side, side, crop), caption);
        DrawingFile.Write(Target("edit-scenes.png"), new ContactSheet(["Pictures, and their objects before two other pictures' scenes"],
        [
            .. Enumerable.Range(0, Shown).Select(i => Tile(images.Crop(i), classes[labels[i]])),
            .. Enumerable.Range(0, 2 * Shown).Select(i => Tile(made.Crop(i / Shown * count + i % Shown), "")),
        ], Shown, 128).Draw());
    }

    [SharedFact]
    [Trait("Tier", "Golden")]
    public void Words_written_on_photographs()
    {
        SkipUnlessAsked();
        using var model = ClipModel.Load(SharedData.Path("models", "vit-tiny-lit"));
        string[] names = [.. TextLines.Read(SharedData.Path("data", "imagenet-classes.txt"), "classes").Select(line => line.Text)];
        string[][] rows = [.. File.ReadAllLines(SharedData.Path("data", "validation-labels.csv")).Skip(1).Take(Shown)
            .Select(line => line.Split(','))];
        int[] labels = [.. rows.Select(row => int.Parse(row[1], System.Globalization.CultureInfo.InvariantCulture))];
        var attack = new TypographicAttack(labels, names, 0);
        int side = model.Preprocessor.Size;
        DrawingFile.Write(Target("edit-words.jpg"), new ContactSheet(["A wrong class's name on every photograph"],
            [.. rows.Select((row, i) =>
            {
                var picture = ImageDecoder.Decode(SharedData.Path("data", "validation", row[0]));
                byte[] seen = model.Preprocessor.Crop(attack.Write(i, picture, model.Preprocessor));
                return new ContactTile(new RgbImage(side, side, seen), names[labels[i]].Split(',')[0]);
            })], Shown, 168).Draw());
    }

    public void Dispose() => folder.Dispose();
}
