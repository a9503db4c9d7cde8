using System.Text.Json;
using ClipLens.Editing.AgainstCues;
using ClipLens.Editing.Units;
using ClipLens.Editing.Weights;
using ClipLens.Models;
using ClipLens.Runs;
using ClipLens.Runs.Studies.Editing;
using ClipLens.Tests.Cli;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Runs.Studies;

/// <summary>Edits with what they are measured on, as a library call and as a command.</summary>
public sealed class EditStudyTests : IDisposable
{
    private readonly TinyRun world = new();

    private EditSettings Settings => new()
    {
        Model = world.Model,
        Output = world.File("edited"),
        Images = world.Images,
        Labels = Table("labels.csv", "file,label", i => $"{i % 2}"),
        Classes = Lines("classes.txt", "red", "blue"),
        Resamples = 100,
    };

    [Fact]
    public void An_edit_is_measured_on_what_was_written()
    {
        var result = EditStudy.Run(Settings with
        {
            Changes = EditList.Parse("3:1,3:2,2:7=3"),
            Groups = Table("groups.csv", "file,group", i => i < 10 ? "few" : "many"),
            Captions = Table("captions.csv", "file,caption", i => i % 3 == 0 ? "red sky, near" : $"blue sea {i}"),
        }, cancellation: TestContext.Current.CancellationToken);
        var effect = result.Effect!;
        Assert.Equal(TinyRun.Pictures, effect.Images);
        Assert.InRange(effect.Cosine, 0.5, 0.99999);
        Assert.Equal(["blue", "red"], effect.Classes.Select(part => part.Name).Order());
        Assert.Equal(TinyRun.Pictures, effect.Classes.Sum(part => part.Images));
        Assert.Equal(effect.Accuracy!.After, effect.Classes.Sum(part => part.After * part.Images) / TinyRun.Pictures, 6);
        Assert.Equal([("few", 10), ("many", 20)], effect.Groups.Select(part => (part.Name, part.Images)));
        Assert.Equal(effect.Groups.Min(part => part.After), effect.WorstAfter!.After);
        Assert.Equal(TinyRun.Pictures, effect.Retrieval!.ImageToText.Images);
        Assert.Equal([EditMean.AllTokens, EditMean.ClassToken], result.Trials.Select(trial => trial.Mean).OrderDescending());
        Assert.Equal(result.Record!.Edit.Mean, result.Trials[0].Mean);
        Assert.True(result.Trials[0].Accuracy >= result.Trials[1].Accuracy);
        // The trial was in memory, the measurement on the file.
        Assert.Equal(result.Trials[0].Accuracy!.Value, effect.Accuracy.After, 6);

        using var model = ClipModel.Load(world.Model);
        using var edited = ClipModel.Load(world.File("edited"));
        Assert.NotEqual(model.Sha256, edited.Sha256);
        var record = JsonDocument.Parse(File.ReadAllText(world.File("edited", "edit.json"))).RootElement;
        Assert.Equal(effect.Accuracy.After, record.GetProperty("measured").GetProperty("effect").GetProperty("accuracy")
            .GetProperty("after")
            .GetDouble(), 3);
        CheckpointEditor.Undo(world.File("edited"), world.File("back"), TestContext.Current.CancellationToken);
        Assert.Equal(File.ReadAllBytes(Path.Combine(world.Model, "open_clip_model.safetensors")),
            File.ReadAllBytes(world.File("back", "open_clip_model.safetensors")));
    }

    [Fact]
    public void Neurons_are_found_by_what_they_act_on_and_write()
    {
        world.Run();
        var run = RunDirectory.Open(world.Output);
        using var model = run.LoadModel();
        var found = NeuronsByText.Find(run, model, "red circle", most: 5);
        Assert.InRange(found.Count, 1, 5);
        Assert.All(found, neuron => Assert.True(neuron.Writes > 0 && neuron.ActsOn > 0));
        var result = EditStudy.Run(new() { Run = world.Output, Output = world.File("edited"), Suppress = ["red circle"], Most = 5 },
            cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(found.Select(neuron => neuron.Neuron), result.Record!.Edit.Changes.Select(change =>
            new ClipLens.Neurons.NeuronId(change.Unit.Layer, change.Unit.Index)));
        Assert.All(result.Record.Edit.Changes, change => Assert.Equal(0, change.Factor));
        Assert.Equal(TinyRun.Pictures, result.Record.MeanImages);
        Assert.Null(result.Effect);
    }

    [Fact]
    public void The_command_edits_tells_and_undoes()
    {
        string output = world.File("edited");
        var call = CliCall.Run("edit", "--model", world.Model, "--ablate", "3:1", "--ablate-heads", "2:1", "--images", world.Images,
            "--labels", Settings.Labels!, "--classes", Settings.Classes!, "--output", output);
        Assert.Equal(0, call.Code);
        Assert.Contains("accuracy, %", call.Output, StringComparison.Ordinal);
        Assert.Contains($"{output}: 2 changes (3:1, head 2:1)", call.Output, StringComparison.Ordinal);
        var undone = CliCall.Run("edit", "--undo", "--model", output, "--output", world.File("back"));
        Assert.Equal($"{world.File("back")} holds the weights of {world.Model} as they were before the edit, byte for byte.\n",
            undone.Output);

        CliCall.Refused("'cliplens edit' needs something to edit; give --ablate, --ablate-heads, --scale, --suppress, --amplify, --from, "
            + "--defend or --against.",
            "edit", "--model", world.Model, "--output", world.File("new"));
        CliCall.Refused("What is taken out is replaced by its mean over images, and there are none; give some, or a run (--mean-images).",
            "edit", "--model", world.Model, "--ablate", "3:1", "--output", world.File("new"));
        CliCall.Refused("Neurons are found by words in a run of the model; give one (--run).",
            "edit", "--model", world.Model, "--suppress", "red", "--mean", "none", "--output", world.File("new"));
        CliCall.Refused("There is no model to edit; give a checkpoint or a run of one (--model).",
            "edit", "--ablate", "3:1", "--output", world.File("new"));
        Assert.False(Directory.Exists(world.File("new")));
    }

    [Fact]
    public void A_defence_is_searched_on_one_half_and_reported_on_the_other()
    {
        var call = CliCall.Run("edit", "--model", world.Model, "--defend", "typographic", "--at-most", "20", "--passes", "8", "--images",
            world.Images, "--labels", Settings.Labels!, "--classes", Settings.Classes!, "--output", world.File("edited"), "--sheet",
            world.File("sheet.png"));
        Assert.Equal(0, call.Code);
        Assert.Contains("searched on 15 pictures in", call.Output, StringComparison.Ordinal);
        Assert.Contains("fooled by a name on the picture, %", call.Output, StringComparison.Ordinal);
        Assert.Contains("heads that attend most to the text", call.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(world.File("sheet.png")));
        var record = JsonDocument.Parse(File.ReadAllText(world.File("edited", "edit.json"))).RootElement.GetProperty("measured");
        Assert.Equal(15, record.GetProperty("attack").GetProperty("fooled").GetProperty("images").GetInt32());
        Assert.InRange(record.GetProperty("search").GetProperty("passes").GetInt32(), 3, 12);
        // The list of an edit is a list to edit by.
        Assert.Equal(EditRecord.Read(world.File("edited")).Edit.Changes, EditList.Read(world.File("edited", "edit.json")));
    }

    [Fact]
    public void Cues_are_suppressed_by_what_takes_from_the_margin()
    {
        var result = EditStudy.Run(Settings with
        {
            Against = CuePair.Parse("red:sea,blue:sky"),
            Search = new() { AtMost = 30, Passes = 10 },
        }, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal([null, "red", "blue"], result.Cues.Select(cue => cue.Class));
        Assert.Equal(["sea", "sky"], result.Cues[0].Cues);
        Assert.Equal(15, result.Cues[0].WithCue.Images + result.Cues[0].WithoutCue.Images);
        Assert.Equal(result.Cues[0].WithCue.Images, result.Cues[1].WithCue.Images + result.Cues[2].WithCue.Images);
        Assert.Equal(15, result.Effect!.Images);
        Assert.NotEmpty(result.Search!.Changes);
        Assert.Null(result.Scenes);
        Assert.Equal(["random neurons and heads", "neurons that are most active", "all cues' texts projected out of the output",
            "each class's own cue taken out of its text"], result.Baselines.Select(own => own.Name));

        Assert.Equal("There is no class 'green'; name one of the classes, such as red.", Assert.ThrowsAny<ClipLensException>(() =>
            EditStudy.Run(Settings with { Output = world.File("b"), Against = [new("green", "sea")] },
                cancellation: TestContext.Current.CancellationToken)).Message);
        Assert.Equal("The cue 'ship' is not understood; write a class and what is to count less for it, such as ship:sea.",
            Assert.ThrowsAny<ClipLensException>(() => CuePair.Parse("ship")).Message);
        Assert.Equal([new("truck", "road")], CuePair.Parse(Lines("cues.json",
            "{\"true\": \"ship\", \"fooled\": \"truck\", \"cues\": [{\"text\": \"sea\", \"confirmed\": false}, {\"text\": \"road\", "
            + "\"confirmed\": true}]}")));
    }

    [Fact]
    public void Factors_are_fitted_on_exchanged_scenes_and_reported_on_other_images()
    {
        var settings = Settings with
        {
            Against = CuePair.Parse("red:sea,blue:sky"),
            Search = new() { AtMost = 100, IsFitted = true, Most = 300 },
            ReportImages = world.Images,
            ReportLabels = Settings.Labels,
        };
        var result = EditStudy.Run(settings, cancellation: TestContext.Current.CancellationToken);
        // All images are searched on, and all others reported on.
        Assert.Equal((TinyRun.Pictures, TinyRun.Pictures), (result.Search!.Images, result.Effect!.Images));
        var changes = result.Record!.Edit.Changes;
        Assert.InRange(changes.Count, 1, 300);
        // The last three layers alone, and no factor at 1.
        Assert.All(changes, change => Assert.InRange(change.Unit.Layer, TinyModel.Blocks - 3, TinyModel.Blocks - 1));
        Assert.All(changes, change => Assert.True(change.Factor is >= 0 and <= 2 && Math.Abs(change.Factor - 1) > 0.005));
        // The objects of the images that are reported on, before other scenes.
        Assert.Equal(TinyRun.Pictures, result.Scenes!.Images);
        Assert.All(result.Baselines, baseline => Assert.InRange(baseline.Scenes!.Value, 0, 100));
        var written = JsonDocument.Parse(File.ReadAllText(world.File("edited", "edit.json"))).RootElement.GetProperty("measured");
        Assert.Equal(result.Scenes.After, written.GetProperty("exchanged_scenes").GetProperty("after").GetDouble(), 3);
        double[] scores = [.. result.Search.Steps.Where(step => step.IsTaken).Select(step => step.Score)];
        Assert.Equal(scores.Order(), scores);
        Assert.All(result.Search.Steps.Where(step => step.IsTaken), step => Assert.True(step.Lost <= 100));

        string Refused(EditSettings own) => Assert.ThrowsAny<ClipLensException>(() =>
            EditStudy.Run(own, cancellation: TestContext.Current.CancellationToken)).Message;
        Assert.StartsWith("Images to report on beside those that are searched on need a search", Refused(settings with
        {
            Output = world.File("b"),
            Against = [],
            Search = new(),
            Changes = EditList.Parse("3:1"),
        }));
        Assert.Equal("Factors are fitted against cues; name the cues that are to count less.", Refused(settings with
        {
            Output = world.File("b"),
            Against = [],
            IsDefended = true,
        }));
        Assert.StartsWith("The images to report on need classes", Refused(settings with
        {
            Output = world.File("b"),
            Classes = null,
            Images = FoldersOfClasses(),
            Labels = null,
            ReportLabels = null,
        }));
        Assert.False(Directory.Exists(world.File("b")));
    }

    private string FoldersOfClasses()
    {
        for (int i = 0; i < TinyRun.Pictures; i++)
        {
            string name = $"{i:000}.png", folder = world.File("sorted", i % 2 == 0 ? "red" : "blue");
            Directory.CreateDirectory(folder);
            File.Copy(Path.Combine(world.Images, name), Path.Combine(folder, name));
        }
        return world.File("sorted");
    }

    [SharedTheory]
    [InlineData("siglip_openclip")]
    [InlineData("eva02_openclip")]
    public void A_tower_of_another_kind_is_refused(string name)
    {
        var refused = Assert.Throws<ClipLensException>(() => EditStudy.Run(new()
        {
            Model = GoldenArchitecture.Copy(name, world.File("other")),
            Output = world.File("edited"),
            Changes = EditList.Parse("0:1"),
            Mean = EditMean.None,
        }, cancellation: TestContext.Current.CancellationToken));
        Assert.Contains("cannot be edited", refused.Message);
        Assert.False(Directory.Exists(world.File("edited")));
    }

    public void Dispose() => world.Dispose();

    private string Table(string name, string header, Func<int, string> value) =>
        Lines(name, [header, .. Enumerable.Range(0, TinyRun.Pictures).Select(i => $"{i:000}.png,{value(i)}")]);

    private string Lines(string name, params string[] lines)
    {
        File.WriteAllLines(world.File(name), lines);
        return world.File(name);
    }
}
