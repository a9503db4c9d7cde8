using ClipLens.Runs;
using ClipLens.Runs.Settings;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Runs;

/// <summary>A finished run is only checked by the same call, refuses other inputs by name, and takes additions.</summary>
public class ChangeTests
{
    [Fact]
    public void The_same_call_again_checks_and_writes_nothing()
    {
        using var world = new TinyRun();
        Assert.False(world.Run().WasComplete);
        var times = Times(world.Output);
        var stages = new HashSet<string>();
        var result = world.Run(progress: new Watch(report => stages.Add(report.Stage)));
        Assert.True(result.WasComplete);
        Assert.Equal(["Checking the weights"], stages.Order(StringComparer.Ordinal));
        Assert.Equal(times, Times(world.Output));
        Assert.True(result.Run.Manifest.Timings.Keys.Order()
            .SequenceEqual(["checking images", "embedding texts", "forward pass", "texts of neurons", "top images and directions",
            "what neurons act on"]));
    }

    [Fact]
    public void A_changed_input_or_setting_is_refused_by_name()
    {
        using var world = new TinyRun();
        world.Run();
        var before = TinyRun.Files(world.Output);

        Assert.Contains("the number of top images was 5 and is 10% now",
            world.Refusal(settings => settings with { Top = TopCount.Parse("10%") }), StringComparison.Ordinal);
        Assert.Contains("scaling was Unit and is Feature now", world.Refusal(settings =>
            settings with { Scaling = ClipLens.Texts.DictionaryScaling.Feature }), StringComparison.Ordinal);
        Assert.Contains("EXIF data was off and is on now", world.Refusal(settings => settings with { ApplyOrientation = true }),
            StringComparison.Ordinal);
        Assert.Contains("the weights of",
            world.Refusal(settings => settings with { Model = TinyModel.Write(world.File("other"), seed: 2) }), StringComparison.Ordinal);

        string picture = Path.Combine(world.Images, "017.png");
        byte[] bytes = File.ReadAllBytes(picture);
        TinyModel.WritePicture(picture, 999);
        Assert.Contains("the image 017.png has changed since", world.Refusal(), StringComparison.Ordinal);
        File.Delete(picture);
        Assert.Contains("the image 017.png is not in", world.Refusal(), StringComparison.Ordinal);
        Assert.Contains("(30 images then, 29 now)", world.Refusal(), StringComparison.Ordinal);
        File.WriteAllBytes(picture, bytes);
        File.WriteAllBytes(Path.Combine(world.Images, "new.png"), bytes);
        Assert.Contains("the image new.png in", world.Refusal(), StringComparison.Ordinal);
        File.Delete(Path.Combine(world.Images, "new.png"));

        string[] texts = File.ReadAllLines(world.Pool);
        File.WriteAllLines(world.Pool, texts.Select((text, i) => i == 3 ? "a ship" : text));
        Assert.Contains($"text 4 from '{texts[3]}' to 'a ship'", world.Refusal(), StringComparison.Ordinal);
        File.WriteAllLines(world.Pool, texts.Append("one more"));
        Assert.Contains("(50 texts then, 51 now)", world.Refusal(), StringComparison.Ordinal);
        File.WriteAllLines(world.Pool, texts);

        TinyRun.AssertSame(before, TinyRun.Files(world.Output));
        Assert.True(world.Run().WasComplete);
    }

    [Fact]
    public void Inputs_that_only_moved_are_accepted_and_found_again()
    {
        using var world = new TinyRun();
        world.Run();
        Directory.Move(world.Model, world.File("moved-model"));
        Directory.Move(world.Images, world.File("moved-images"));
        var result = world.Run(settings => settings with { Model = world.File("moved-model"), Images = world.File("moved-images") });
        Assert.True(result.WasComplete);
        Assert.True(File.Exists(RunDirectory.Open(world.Output).ImagePath(7)));
        using var model = RunDirectory.Open(world.Output).LoadModel();
        Assert.Equal(TinyModel.Blocks, model.Config.Vision.Layers);
    }

    [Fact]
    public void Overwriting_removes_the_run_and_nothing_else()
    {
        using var world = new TinyRun();
        world.Run();
        string own = Path.Combine(world.Output, "layer-01", "notes.txt"), other = Path.Combine(world.Output, "photo.jpg");
        File.WriteAllText(own, "mine");
        File.WriteAllText(other, "mine too");
        var result = world.Run(settings => settings with
        {
            Overwrite = true,
            Layers = LayerSelection.FromLayers(2),
            Top = TopCount.Parse("7")
        });
        Assert.Equal([2], result.Run.Layers);
        Assert.Equal(7, result.Run.Neurons(2).Top);
        Assert.Equal(["layer-01", "layer-02"], Directory.EnumerateDirectories(world.Output).Select(folder => Path.GetFileName(folder))
            .Order());
        Assert.Equal([own], Directory.EnumerateFiles(Path.Combine(world.Output, "layer-01")));
        Assert.Equal(("mine", "mine too"), (File.ReadAllText(own), File.ReadAllText(other)));
    }

    [Fact]
    public void More_layers_cost_a_pass_for_them_and_leave_the_others()
    {
        using var world = new TinyRun();
        world.Run(settings => settings with { Layers = LayerSelection.FromLayers(1) });
        var times = Times(world.Output, "layer-01");
        var result = world.Run(settings => settings with { Layers = LayerSelection.Parse("0-1") });
        Assert.Equal([0], result.NewLayers);
        Assert.Equal([new(0, "pool", 6)], result.NewTexts);
        Assert.Equal([0, 1], result.Run.Layers);
        Assert.Equal(times, Times(world.Output, "layer-01"));

        var alone = world.Run(settings => settings with { Layers = LayerSelection.FromLayers(0), Output = world.File("alone") });
        Assert.Equal(alone.Run.Neurons(0).Direction.ToArray(), result.Run.Neurons(0).Direction.ToArray());
    }

    [Fact]
    public void Another_pool_or_size_costs_no_pass_over_the_images()
    {
        using var world = new TinyRun();
        world.Run();
        var neurons = Times(world.Output, "layer-00", "neurons.safetensors");
        string more = TinyModel.WriteTexts(world.File("more.txt"), 40, seed: 5);
        var stages = new HashSet<string>();
        var result = world.Run(settings => settings with { TextFiles = [world.Pool, more], Sizes = [6, 2] },
            new Watch(report => stages.Add(report.Stage)));
        Assert.Empty(result.NewLayers);
        Assert.Equal(9, result.NewTexts.Count);
        Assert.DoesNotContain("Forward pass", stages);
        Assert.DoesNotContain("Embedding the texts of pool", stages);
        Assert.Contains("Embedding the texts of more", stages);
        Assert.Equal(neurons, Times(world.Output, "layer-00", "neurons.safetensors"));
        Assert.Equal([2, 6], result.Run.Sizes(2, "more"));

        var fresh = world.Run(settings => settings with { TextFiles = [world.Pool, more], Sizes = [2, 6], Output = world.File("fresh") });
        TinyRun.AssertSame(TinyRun.Files(fresh.Run.Path), TinyRun.Files(world.Output));
    }

    private static List<(string, DateTime)> Times(string run, params string[] parts)
    {
        string path = Path.Combine([run, .. parts]);
        return File.Exists(path) ? [(path, File.GetLastWriteTimeUtc(path))]
            : [.. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Order()
            .Select(file => (file, File.GetLastWriteTimeUtc(file)))];
    }
}
