using System.Security.Cryptography;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Cli;

/// <summary>No option of an edit is ignored in silence: where it would do nothing, a sentence says so and nothing is written.</summary>
public sealed class EditOptionTests : IDisposable
{
    private const string Named = "--ablate 3:1", Fitted = "--against red:sea --fit",
        Search = "is for an edit that is looked for, with --defend or --against", Undone =
            "--undo takes a whole edit back, and heeds --model and --output alone",
        Factor = "--factor is for what --suppress, --amplify, --from, --defend or --against find; of what is named it is written behind "
        + "it, "
            + "such as --scale 9:391=0.5";

    private readonly TinyRun world = new();

    [Theory]
    [InlineData(Named, "--at-most 2", $"--at-most {Search}")]
    [InlineData(Named, "--passes 9", $"--passes {Search}")]
    [InlineData(Named, "--units 9", $"--units {Search}")]
    [InlineData(Fitted, "--passes 9", "--passes is for edits that are tried one after another, and --fit tries six along its way")]
    [InlineData(Named, "--factor 0.5", Factor)]
    [InlineData(Fitted, "--factor 0.5", "--fit finds every factor itself")]
    [InlineData(Named, "--most 3", "--most is how many neurons --suppress and --amplify may take; --units is that of --defend and "
        + "--against")]
    [InlineData("--defend typographic", "--most 3",
        "--most is how many neurons --suppress and --amplify may take; --units is that of --defend and --against")]
    [InlineData(Fitted, "--mean auto", "--fit takes one mean, the class token's unless another is named")]
    [InlineData($"{Named} --mean none", "--mean-images D",
        "--mean none puts in no mean, so there is nothing to take over pictures")]
    [InlineData(Named, "--sheet new.png", "--sheet draws pictures with names on them, which --attack and --defend write")]
    [InlineData($"{Named} --mean-images D", "--resamples 200",
        "--resamples is for the intervals of what an edit does to --images, and there are none")]
    [InlineData("--undo", "--images D", Undone)]
    [InlineData("--undo", "--seed 1", Undone)]
    [InlineData("--undo", "--ablate 3:1", Undone)]
    [InlineData("--undo", "--device cpu", Undone)]
    public void An_option_that_would_do_nothing_is_refused(string call, string option, string reason)
    {
        CliCall.Refused($"{reason}; leave {option.Split(' ')[0]} out.", Words($"{call} {option}"));
        Assert.False(Directory.Exists(world.File("new")) || File.Exists("new.png"));
    }

    [Theory]
    [InlineData($"{Named} --mean none --labels L", "L tells something of images, and there are none; give them (--labels).")]
    [InlineData($"{Named} --mean none --groups L", "L tells something of images, and there are none; give them (--groups).")]
    [InlineData($"{Named} --mean none --captions L", "L tells something of images, and there are none; give them (--captions).")]
    [InlineData($"{Named} --mean none --classes L", "L tells something of images, and there are none; give them (--classes).")]
    [InlineData($"{Named} --mean none --templates L", "L tells something of images, and there are none; give them (--templates).")]
    [InlineData($"{Named} --images D --templates imagenet-templates",
        "Sentences around class names need classes; give the images' labels (--templates).")]
    [InlineData($"{Named} --images D --report-images D",
        "Images to report on beside those that are searched on need a search; look for an edit, or measure on the images themselves "
        + "(--report-images).")]
    [InlineData($"{Named} --images D --report-labels L",
        "L tells something of images to report on, and there are none; give them (--report-labels).")]
    [InlineData($"{Named} --images D --fit", "Factors are fitted against cues; name the cues that are to count less (--against).")]
    [InlineData($"{Named} --images D --attack typographic", "This needs labelled images; give some with their classes (--images).")]
    [InlineData($"{Named} --images D --attack painted", "--attack takes 'typographic', not 'painted'.")]
    [InlineData("--ablate 3:1=0.5 --images D", "--ablate takes whole units out, without a factor; give 3:1=0.5 to --scale.")]
    [InlineData("--ablate-heads 3:1=0.5 --images D",
        "--ablate-heads takes whole units out, without a factor; give 3:1=0.5 to --scale-heads.")]
    [InlineData("--scale 3:1=2,3:2 --images D", "--scale needs a factor for 3:2; write it behind, such as 3:2=0.5.")]
    [InlineData("--scale-heads 3:1 --images D", "--scale-heads needs a factor for 3:1; write it behind, such as 3:1=0.5.")]
    [InlineData("--ablate 9:1 --images D",
        "The neuron 9:1 is not there: the model's layers are numbered from 0 to 3; choose one of them.")]
    [InlineData("--ablate 3:128 --images D",
        "The neuron 3:128 is not there: the neurons of a layer are numbered from 0 to 127; choose one of them.")]
    [InlineData("--ablate-heads 3:2 --images D",
        "The head 3:2 is not there: the heads of a layer are numbered from 0 to 1; choose one of them.")]
    public void What_does_not_fit_is_told_in_a_sentence(string call, string sentence)
    {
        CliCall.Refused(sentence, Words(call));
        Assert.False(Directory.Exists(world.File("new")));
    }

    [Fact]
    public void An_output_in_the_models_folder_and_a_model_that_is_edited_already_are_refused_and_nothing_is_lost()
    {
        string Files(string folder) => string.Join('\n', Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order().Select(file =>
            $"{file} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))}"));
        string before = Files(world.Model), inside = Path.Combine(world.Model, "edited");
        CliCall.Refused($"The output {inside} lies in the model's own folder {world.Model}; give another place.",
            "edit", "--model", world.Model, "--ablate", "3:1", "--mean", "none", "--output", inside);
        Assert.Equal(before, Files(world.Model));
        Assert.Equal(0, CliCall.Run(Words("--ablate 3:1 --mean none")).Code);
        string edited = Files(world.File("new"));
        CliCall.Refused($"{world.File("new")} is edited already (edit.json beside it says how); make all changes in one edit of the model "
            + "that it came from, or undo this one first.",
            "edit", "--model", world.File("new"), "--ablate", "3:2", "--mean", "none", "--output", world.File("twice"));
        CliCall.Refused($"The output {world.File("new")} is there already; give a new folder, or remove it first.",
            Words("--ablate 3:2 --mean none"));
        Assert.Equal(edited, Files(world.File("new")));
        Assert.False(Directory.Exists(world.File("twice")));
    }

    [Fact]
    public void An_edit_is_looked_for_or_named()
    {
        File.WriteAllLines(world.File("labels.csv"), ["file,label", .. Enumerable.Range(0, TinyRun.Pictures).Select(i =>
            $"{i:000}.png,{i % 2}")]);
        File.WriteAllLines(world.File("classes.txt"), ["red", "blue"]);
        string labelled = $"--images D --labels {world.File("labels.csv")} --classes {world.File("classes.txt")}";
        const string sentence = "An edit is either looked for, against one thing, or named; ask for one of these.";
        CliCall.Refused(sentence, Words($"{Named} --defend typographic {labelled}"));
        CliCall.Refused(sentence, Words($"{Named} --against red:sea {labelled}"));
        CliCall.Refused(sentence, Words($"--against red:sea --defend typographic {labelled}"));
    }

    [Fact]
    public void A_factor_beside_a_list_in_which_every_unit_has_its_own_is_refused()
    {
        File.WriteAllText(world.File("list"), "3:1=0.5\nhead 2:1=2\n");
        CliCall.Refused($"{world.File("list")} has a factor for every unit, so a further one would do nothing; leave that out.",
            Words($"--from {world.File("list")} --factor 3"));
        File.WriteAllText(world.File("list"), "3:1=0.5\nhead 2:1\n");
        var call = CliCall.Run(Words($"--from {world.File("list")} --factor 3 --mean none"));
        Assert.Equal(0, call.Code);
        Assert.Contains("2 changes (3:1 x 0.5, head 2:1 x 3), no mean stays", call.Output, StringComparison.Ordinal);
    }

    public void Dispose() => world.Dispose();

    private string[] Words(string call) =>
        ["edit", "--model", world.Model, .. call.Split(' ').Select(word => word == "D" ? world.Images : word),
            "--output", world.File("new")];
}
