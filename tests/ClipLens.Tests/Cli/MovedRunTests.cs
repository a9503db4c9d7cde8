using ClipLens.Runs;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Cli;

/// <summary>A run whose checkpoint and images were moved works again by two options, which messages name.</summary>
public sealed class MovedRunTests : IDisposable
{
    private readonly TinyRun tiny = new();

    public MovedRunTests() => Analysis.Run(tiny.Settings, null, TestContext.Current.CancellationToken);

    public void Dispose() => tiny.Dispose();

    [Fact]
    public void Every_command_that_reads_the_runs_images_finds_them_again()
    {
        string held = TinyModel.WritePictures(tiny.File("held"), 12, seed: 3), model = tiny.File("moved", "model"),
            images = tiny.File("moved", "images");
        File.WriteAllLines(tiny.File("labels.csv"), ["file,label", .. Enumerable.Range(0, 12).Select(i => $"{i:000}.png,{i % 3}")]);
        File.WriteAllLines(tiny.File("classes.txt"), ["red", "sky", "round"]);
        Directory.CreateDirectory(tiny.File("moved"));
        Directory.Move(tiny.Model, model);
        Directory.Move(tiny.Images, images);
        string[] labels = ["--images", held, "--labels", tiny.File("labels.csv"), "--classes", tiny.File("classes.txt")];
        string[][] commands =
        [
            ["show", "--neuron", "1:3", "--output", tiny.File("n.png")],
            ["describe-eval", "--images", held, "--layers", "1", "--output", tiny.File("d.json")],
            ["discover", "--image", held, "--method", "embedding"],
            ["discover-eval", .. labels],
            ["ablate", .. labels, "--layers", "1", "--output", tiny.File("a.json")],
            ["compare", .. labels, "--layers", "1", "--neurons", "2", "--output", tiny.File("c.json")],
            ["sensitivity", .. labels, "--layers", "1", "--top", "20%", "--output", tiny.File("s.json")],
            ["cues", "--true", "red", "--fooled", "sky", "--source", "statistics"],
        ];
        foreach (string[] words in commands)
        {
            string[] call = [words[0], "--run", tiny.Output, .. words[1..]];
            var lost = CliCall.Run(call);
            Assert.Equal(2, lost.Code);
            Assert.EndsWith("(it is compared by its hash) (--model).\n", lost.Error);
            var blind = CliCall.Run([.. call, "--model", model]);
            // What the run keeps of its images is enough for an ablation of what it has.
            Assert.True(blind.Code == (words[0] == "ablate" ? 0 : 2), $"{words[0]}: {blind.Error}{blind.Output}");
            if (blind.Code == 2) Assert.EndsWith("(--run-images).\n", blind.Error);
            var found = CliCall.Run([.. call, "--model", model, "--run-images", images]);
            Assert.True(found.Code == 0, $"{words[0]}: {found.Error}");
        }
    }

    [Fact]
    public void An_image_that_is_another_one_is_not_read()
    {
        var run = RunDirectory.Open(tiny.Output);
        using var model = run.LoadModel();
        using var reader = ClipLens.Runs.Studies.RunImages.Open(run, model);
        reader.Read(0, 4).Pixels.Dispose();
        TinyModel.WritePicture(run.ImagePath(2), 999);
        Assert.Equal($"The image {run.ImagePath(2)} is not the one that the run was made with; put that one back, or make the run again.",
            Assert.Throws<ClipLensException>(() => { reader.Read(0, 4); }).Message);
    }
}
