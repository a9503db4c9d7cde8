using System.Text.Json.Nodes;
using ClipLens.Compute;
using ClipLens.Cues.Adversarial;
using ClipLens.Cues.Adversarial.Photographs;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Cues.Adversarial;

[Trait("Tier", "Process")]
public sealed class AdversarialTests : IDisposable
{
    private const string Order = "CLIPLENS_TEST_ADVERSARIAL_CHILD";
    private readonly ScratchFolder folder = new();
    private readonly ClipModel model;
    private readonly ImageSet photographs;
    private readonly string[] texts;

    // By how well they fit the random pictures of the random model: the best is a class that all show, the worst one that none shows.
    private readonly string[] byFit;

    public AdversarialTests()
    {
        model = ClipModel.Load(TinyModel.Write(folder.File("model")));
        photographs = ImageList.Find(TinyModel.WritePictures(folder.File("pictures"), 20));
        texts = File.ReadAllLines(TinyModel.WriteTexts(folder.File("words.txt"), 150));
        using var scope = NewDisposeScope();
        using var index = PhotographIndex.Read(model, photographs, model.EmbedTexts(texts), false, 16,
            new() { Cancellation = TestContext.Current.CancellationToken });
        using var classifier = ZeroShotClassifier.Create(model, texts, ["{}"]);
        var presence = index.Presence(classifier.Weights.t());
        byFit = [.. texts.Zip(presence, (text, values) => (text, fit: values.Min())).OrderByDescending(pair => pair.fit)
            .Select(pair => pair.text)];
    }

    public void Dispose()
    {
        model.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Verdicts_are_counted_where_the_control_is_right()
    {
        AdversarialPicture Of(float margin, float control) => new("s", 0, 0, [], "", "", "", "", new(margin, control));
        // Fooled; not fooled; fooled but wrong from the start; not fooled and wrong.
        var figures = RepeatFigures.Summarise([Of(2, -1), Of(-3, -4), Of(5, 1), Of(-1, 0.5f)]);
        Assert.Equal(new RepeatFigures(4, 2, 1, (3 + 1) / 2.0), figures);
        Assert.Equal(50, figures.PerHundred);
        var source = new CueFigures("s", [], [], [figures, new(4, 4, 1, 5), new(3, 0, 0, double.NaN)]);
        Assert.Equal(37.5, source.Mean);
        Assert.Equal(Math.Sqrt(2 * 12.5 * 12.5), source.StandardDeviation, 9);
        Assert.Equal((2 * 2 + 4 * 5) / 6.0, source.Shift, 9);
    }

    [Fact]
    public void Pictures_are_judged_as_the_model_sees_them()
    {
        var result = Make("out");
        Assert.Equal(2 * 2 * 6, result.Pictures.Count);
        using var scope = NewDisposeScope();
        using var classifier = ZeroShotClassifier.Create(model, [TrueClass, Fooled], ["{}"],
            cancellation: TestContext.Current.CancellationToken);
        foreach (var picture in result.Pictures)
        {
            Assert.Equal(Margin(picture.File), picture.Verdict.Margin, 3e-3f);
            Assert.Equal(Margin(picture.ControlFile), picture.Verdict.ControlMargin, 3e-3f);
            Assert.True(picture.Verdict.Counts);
            Assert.Equal(2, picture.Cues.Count);
            var record = JsonNode.Parse(File.ReadAllText(folder.File("out", Path.ChangeExtension(picture.File, ".json"))))!;
            Assert.Equal(picture.Description, record["description"]!.ToString());
            Assert.Equal(picture.Cues, record["account"]!["pasted"]!.AsArray().Select(part => part!["cue"]!.ToString()));
        }
        // Pictures of two sources differ in the cues alone.
        Assert.Equal(Bases(result.Pictures.Take(12)), Bases(result.Pictures.Skip(12)));
        Assert.True(Bases(result.Pictures.Take(12)).Distinct().Count() > 2);

        float Margin(string file)
        {
            using var reader = new ImageBatchReader(model.Preprocessor, ImageList.Files([folder.File("out", file)]));
            var logits = classifier.Logits(model.Image.Encode(reader.Read(0, 1).Pixels));
            return logits[0, 1].item<float>() - logits[0, 0].item<float>();
        }

        IEnumerable<string> Bases(IEnumerable<AdversarialPicture> pictures) => pictures.Select(picture =>
            JsonNode.Parse(File.ReadAllText(
            folder.File("out", Path.ChangeExtension(picture.File, ".json"))))!["account"]!["photograph"]!.ToString());
    }

    [Fact]
    public void Stopped_anywhere_it_ends_with_the_same_bytes()
    {
        AdversarialReport.Write(Make("whole"), folder.File("whole"));
        foreach (int stop in new[] { 3, 8, 15 })
        {
            using var cancel = new CancellationTokenSource();
            int pictures = 0;
            Assert.ThrowsAny<OperationCanceledException>(() => Make("parts", progress: new Watch(report =>
            {
                if (report.Stage.StartsWith("Pictures", StringComparison.Ordinal) && ++pictures == stop) cancel.Cancel();
            }), cancellation: cancel.Token));
        }
        // What a killed process leaves: a description without a picture, and half a file.
        File.Delete(Directory.GetFiles(folder.File("parts"), "*.jpg", SearchOption.AllDirectories).Order().First());
        File.WriteAllText(folder.File("parts", "own", "repeat-1", "005.json.partial"), "{");
        AdversarialReport.Write(Make("parts"), folder.File("parts"));
        File.Delete(folder.File("parts", "own", "repeat-1", "005.json.partial"));
        var (whole, parts) = (Bytes("whole"), Bytes("parts"));
        Assert.Equal(whole.Keys, parts.Keys);
        Assert.All(whole, file => Assert.True(file.Value.AsSpan().SequenceEqual(parts[file.Key]), file.Key));
        Assert.Contains("sheet-own.png", whole.Keys);
    }

    [Fact]
    public void Killed_it_ends_with_the_same_bytes()
    {
        Make("whole");
        string reached = folder.File("reached");
        using (var child = OtherProcess.Test(typeof(AdversarialTests), nameof(Child), Order, folder.Path))
        {
            OtherProcess.WaitFor(child, reached);
            OtherProcess.End(child);
            Directory.Delete(File.ReadAllText(reached), recursive: true);
        }
        Assert.InRange(Directory.GetFiles(folder.File("killed"), "*.json", SearchOption.AllDirectories).Length, 6, 23);
        Make("killed");
        var (whole, killed) = (Bytes("whole"), Bytes("killed"));
        Assert.Equal(whole.Keys, killed.Keys.Where(name => !name.EndsWith(".partial", StringComparison.Ordinal)));
        Assert.All(whole, file => Assert.True(file.Value.AsSpan().SequenceEqual(killed[file.Key]), file.Key));
    }

    /// <summary>What the other process does: it works until some pictures are there, says so, and goes on until it is killed.</summary>
    [Fact(Explicit = true)]
    public void Child()
    {
        string parent = Environment.GetEnvironmentVariable(Order)!;
        int pictures = 0;
        Make(Path.Combine(parent, "killed"), progress: new Watch(report =>
        {
            if (!report.Stage.StartsWith("Pictures", StringComparison.Ordinal) || ++pictures < 7) return;
            File.WriteAllText(Path.Combine(parent, "reached.partial"), folder.Path);
            File.Move(Path.Combine(parent, "reached.partial"), Path.Combine(parent, "reached"));
            Thread.Sleep(Timeout.Infinite);
        }));
    }

    [Fact]
    public void A_model_that_refuses_costs_the_picture_only()
    {
        var describer = new Refusing();
        var result = Make("refused", describer: describer);
        Assert.Equal([5, 6, 6, 6], result.Sources.SelectMany(source => source.Repeats.Select(repeat => repeat.Pictures)));
        Assert.Contains("I would rather not", File.ReadAllText(folder.File("refused", "own", "repeat-1", "002.json")),
            StringComparison.Ordinal);
        // It is not asked again.
        Make("refused", describer: describer);
        Assert.Equal(1, describer.Refusals);
    }

    [Fact]
    public void Bad_input_is_one_sentence()
    {
        Assert.Equal("The true class is empty; give a word such as ship.", Refusal(settings => settings with { True = " " }));
        Assert.Equal("The class to be taken for it is empty; give a word such as truck.",
            Refusal(settings => settings with { Fooled = "" }));
        Assert.Equal($"The true class and the class to be taken for it are both '{TrueClass}'; give two classes.",
            Refusal(settings => settings with { Fooled = TrueClass.ToUpperInvariant() }));
        Assert.Equal("A cue of the source 'own' is empty; give words.",
            Refusal(settings => settings with { Sources = [new("own", ["box", " "])] }));
        Assert.Equal("There are no cues of the source 'own'; give at least one word.",
            Refusal(settings => settings with { Sources = [new("own", [])] }));
        Make("out");
        Assert.Equal($"{folder.File("out")} has adversarial pictures made with another 'seed'; give another output, or the same settings "
            + "to go on there.",
            Refusal(settings => settings with { Seed = 9 }));
        File.WriteAllText(folder.File("out", "own", "repeat-1", "000.json"), "{\"seed\":");
        Assert.Contains("000.json is damaged", Refusal(settings => settings), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_photograph_of_the_true_class_there_is_no_collage()
    {
        using var scope = NewDisposeScope();
        // What no picture shows.
        using var pictures = new CollagePictures(model, photographs,
            model.EmbedTexts(Pool, cancellation: TestContext.Current.CancellationToken),
            new() { True = Fooled, Fooled = TrueClass, Templates = ["{}"] });
        var error = Assert.Throws<ClipLensException>(() => pictures.Prepare(["box"], null, TestContext.Current.CancellationToken));
        Assert.Equal($"None of the 20 photographs shows a {Fooled} beyond doubt in the model's eyes; give photographs of it.",
            error.Message);
    }

    [Fact]
    public void Photographs_of_the_true_class_are_those_that_fit_no_other_class_of_a_list_better()
    {
        using var scope = NewDisposeScope();
        var stop = TestContext.Current.CancellationToken;
        PreparedPictures Prepare(params string[]? classes)
        {
            // Beside texts that nothing shows, the true class is beyond doubt.
            using var pictures = new CollagePictures(model, photographs, model.EmbedTexts(byFit[^4..], cancellation: stop),
                new() { True = TrueClass, Fooled = Fooled, Classes = classes, Templates = ["{}"] });
            return pictures.Prepare([Shown[0]], null, stop);
        }

        var all = Prepare(null);
        Assert.InRange(all.Photographs!.Value, 1, photographs.Count);
        // Its own name is no other class; what no photograph shows keeps none out.
        Assert.Equal(all.Photographs, Prepare(TrueClass.ToUpperInvariant(), Fooled).Photographs);
        Assert.NotEqual(all.Name, Prepare(TrueClass, Fooled).Name);
        // What fits nearly all of them better than the true class.
        var error = Record.Exception(() => Assert.InRange(Prepare(byFit[0]).Photographs!.Value, 1, all.Photographs.Value - 1));
        if (error is not null) Assert.Contains("more than any other class of the list", Assert.IsType<ClipLensException>(error).Message);
    }

    [Fact]
    public void What_collages_depend_on_is_known_once_they_are_prepared_and_none_is_made_before()
    {
        using var scope = NewDisposeScope();
        var stop = TestContext.Current.CancellationToken;
        CollagePictures Collages(IReadOnlyList<ImageEntry> all) => new(model, all, model.EmbedTexts(Pool, cancellation: stop),
            new() { True = TrueClass, Fooled = Fooled, Bases = photographs, DonorsPerCue = 2, Templates = ["{}"] });
        using CollagePictures first = Collages(photographs), fewer = Collages([.. photographs.Take(15)]);
        var task = new PictureTask(new(TrueClass, Fooled, [Shown[0]], 1), new("", "", []), 0);
        Assert.Throws<InvalidOperationException>(() => { _ = first.Draw(task, stop); });
        var prepared = first.Prepare([Shown[0], Fooled], null, stop);
        Assert.StartsWith("collage, 2 photographs a cue, of ", prepared.Name, StringComparison.Ordinal);
        Assert.Equal([Shown[0]], prepared.Cues);
        // The name says of which photographs, not for which cues or how often it was asked.
        Assert.Equal(prepared.Name, first.Prepare([Shown[1]], null, stop).Name);
        Assert.NotEqual(prepared.Name, fewer.Prepare([Shown[0]], null, stop).Name);
        Assert.Throws<InvalidOperationException>(() => { _ = first.Draw(task, stop); });
    }

    [Fact]
    public async Task The_scene_is_exchanged_and_the_figure_stays_where_it_was()
    {
        using var scope = NewDisposeScope();
        var stop = TestContext.Current.CancellationToken;
        ScenePictures Scenes(IReadOnlyList<ImageEntry> all) => new(model, all, model.EmbedTexts(Pool, cancellation: stop),
            new() { True = TrueClass, Fooled = Fooled, Bases = photographs, DonorsPerCue = 2, Templates = ["{}"] });
        using var scenes = Scenes(photographs);
        var task = new PictureTask(new(TrueClass, Fooled, [Shown[0]], 1), new("", "", []), 0);
        Assert.Throws<InvalidOperationException>(() => { _ = scenes.Draw(task, stop); });
        var prepared = scenes.Prepare([Shown[0], Shown[1]], null, stop);
        Assert.StartsWith("scenes exchanged, 2 photographs a cue, of ", prepared.Name, StringComparison.Ordinal);
        string cue = prepared.Cues.First(), name = "scene";
        task = task with { Asked = task.Asked with { Cues = [cue] } };
        var (one, again) = (await scenes.Draw(task, stop), await scenes.Draw(task, stop));
        Assert.Equal(one.Picture.Bytes.ToArray(), again.Picture.Bytes.ToArray());
        Assert.NotEqual((string)one.Account[name]!, (string)one.Account["neutral_scene"]!);
        // The control does not depend on the cue.
        if (prepared.Cues.Count > 1)
        {
            var other = await scenes.Draw(task with { Asked = task.Asked with { Cues = [prepared.Cues.Last()] } }, stop);
            Assert.Equal(one.Control.Bytes.ToArray(), other.Control.Bytes.ToArray());
        }
    }

    [Fact]
    public void A_figure_keeps_its_ground_and_takes_on_some_of_the_scenes_light()
    {
        var pixels = Enumerable.Range(0, 100 * 200).SelectMany(_ => new byte[] { 100, 100, 100, 255 }).ToArray();
        var cut = new CutOut(100, 200, pixels) { Left = 50, Top = 20 };
        // A box of 12 to 40 percent stays; a larger one shrinks about the middle of its lower edge.
        Assert.Equal(new PastePlace(50, 20, 100, 200), FigurePlace.Fit(cut, 320));
        var large = FigurePlace.Fit(new CutOut(300, 300, new byte[4 * 300 * 300]) { Left = 10, Top = 20 }, 320);
        Assert.Equal((202, 202, 320), (large.Width, large.Height, large.Top + large.Height));
        var dark = Enumerable.Range(0, 10).SelectMany(_ => new byte[] { 50, 100, 200, 255 }).ToArray();
        // 100 x (50 / 100)^0.4 = 75.8; unchanged; 100 x 2^0.4 = 132.
        Assert.Equal([76, 100, 132, 255], LightMatch.Match(cut, dark).Pixels[..4]);
    }

    [Fact]
    public void An_object_is_taken_out_and_its_place_filled_from_around()
    {
        // A ramp from left to right with a bright square in it.
        const int side = 32;
        var pixels = new byte[3 * side * side];
        var mask = new byte[side * side];
        for (int y = 0; y < side; y++)
            for (int x = 0; x < side; x++)
            {
                bool isInside = x is >= 12 and < 20 && y is >= 12 and < 20;
                mask[y * side + x] = (byte)(isInside ? 1 : 0);
                for (int c = 0; c < 3; c++) pixels[3 * (y * side + x) + c] = (byte)(isInside ? 255 : 4 * x);
            }
        var scene = ObjectEraser.Erase(new(side, side, pixels), mask)!;
        Assert.Equal(pixels[..(3 * 10 * side)], scene.Pixels[..(3 * 10 * side)].ToArray());
        for (int x = 12; x < 20; x++) Assert.InRange(scene.Pixels[3 * (16 * side + x)], 4 * x - 20, 4 * x + 20);
        Assert.Null(ObjectEraser.Erase(new(side, side, pixels), [.. mask.Select(_ => (byte)1)]));
    }

    private string Refusal(Func<AdversarialSettings, AdversarialSettings> change)
    {
        string message = Assert.Throws<ClipLensException>(() => Make("out", change)).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }

    private AdversarialResult Make(string output, Func<AdversarialSettings, AdversarialSettings>? change = null,
        IDescriber? describer = null, IProgress<WorkProgress>? progress = null, CancellationToken? cancellation = null)
    {
        using var scope = NewDisposeScope();
        var settings = new AdversarialSettings
        {
            True = TrueClass,
            Fooled = Fooled,
            Sources = [new("own", [Shown[0], Shown[1], Fooled]), new("random words", [Shown[1], Shown[2]])],
            Output = folder.File(output),
            Count = 6,
            Repeats = 2,
            Seed = 5,
            Batch = 4,
            // The tiny context has no room for whole sentences.
            Templates = ["{}"],
        };
        using var pictures = new CollagePictures(model, photographs, model.EmbedTexts(Pool),
            new() { True = TrueClass, Fooled = Fooled, Bases = photographs, Seed = 5, Batch = 4, Templates = ["{}"] });
        return AdversarialPictures.Make(model, change is null ? settings : change(settings), describer ?? new TemplateDescriber(),
            pictures, progress,
            cancellation ?? TestContext.Current.CancellationToken);
    }

    private string TrueClass => byFit[3];

    private string Fooled => byFit[^1];

    private string[] Shown => byFit[..3];

    /// <summary>Beside the lower half, the best texts stand out.</summary>
    private string[] Pool => byFit[75..];

    private SortedDictionary<string, byte[]> Bytes(string output)
    {
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(folder.File(output), "*", SearchOption.AllDirectories))
            files[Path.GetRelativePath(folder.File(output), file)] = File.ReadAllBytes(file);
        return files;
    }

    /// <summary>Refuses the third picture of the first repeat.</summary>
    private sealed class Refusing : IDescriber
    {
        private readonly TemplateDescriber templates = new();
        private ulong? third;
        private int asked;

        public int Refusals { get; private set; }

        public string Name => "refusing";

        public int Parallel => 1;

        public Task<Description> Describe(DescriptionTask task, CancellationToken cancellation)
        {
            if (asked++ == 0) third = new ClipLens.Compute.SeededRandom(unchecked(5 ^ (3 * 0xD1342543DE82EF95))).Next();
            if (task.Seed != third || Refusals > 0) return templates.Describe(task, cancellation);
            Refusals++;
            throw new ModelRefusedException("The model refused.", [new("m", "describe", "I would rather not", "it is no JSON object")]);
        }
    }
}
