using ClipLens.Runs;
using ClipLens.Runs.Settings;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Runs;

/// <summary>Bad input of runs: a sentence each.</summary>
public class RunInputTests
{
    [Theory]
    [InlineData("9", 12, new[] { 9 })]
    [InlineData("10, 9,9", 12, new[] { 9, 10 })]
    [InlineData("8-10", 12, new[] { 8, 9, 10 })]
    [InlineData("0,2-3", 5, new[] { 0, 2, 3 })]
    [InlineData("all", 4, new[] { 0, 1, 2 })]
    public void Layers_are_understood(string text, int blocks, int[] expected) =>
        Assert.Equal(expected, LayerSelection.Parse(text).Resolve(blocks));

    [Theory]
    [InlineData("")]
    [InlineData("nine")]
    [InlineData("3-1")]
    [InlineData("1-2-3")]
    [InlineData("-1")]
    [InlineData("1,,2")]
    [InlineData("99999999999")]
    public void Layers_that_are_none_are_refused(string text) =>
        Assert.Contains("not understood", Assert.Throws<ClipLensException>(() => LayerSelection.Parse(text)).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("11", "is the model's last block")]
    [InlineData("12", "does not exist: the model has 12 blocks, counted from 0; ask for layers from 0 to 10.")]
    [InlineData("0-2000000000", "does not exist")]
    public void Layers_that_the_model_lacks_are_refused(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<ClipLensException>(() => LayerSelection.Parse(text).Resolve(12)).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("100", 5000, 100)]
    [InlineData("2%", 5000, 100)]
    [InlineData("2 %", 1010, 20)]
    [InlineData("0.5%", 1000, 5)]
    [InlineData("1%", 3, 1)]
    [InlineData("auto", 10_000, 100)]
    [InlineData("auto", 1000, 20)]
    [InlineData("auto", 200, 10)]
    [InlineData("auto", 4, 4)]
    public void Top_counts_are_understood(string text, int images, int expected) =>
        Assert.Equal(expected, TopCount.Parse(text).Resolve(images));

    [Theory]
    [InlineData("0")]
    [InlineData("-3")]
    [InlineData("2.5")]
    [InlineData("0%")]
    [InlineData("101%")]
    [InlineData("few")]
    [InlineData("")]
    public void Top_counts_that_are_none_are_refused(string text) =>
        Assert.Contains("not understood", Assert.Throws<ClipLensException>(() => TopCount.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void More_top_images_than_images_are_refused_before_anything_is_written()
    {
        using var world = new TinyRun();
        Assert.Contains("100 top images of a neuron were asked for, but there are 30 images",
            world.Refusal(settings => settings with { Top = TopCount.Parse("100") }), StringComparison.Ordinal);
        Assert.False(Directory.Exists(world.Output));
    }

    [Theory]
    [InlineData(20, 1000)]
    [InlineData(10, 100)]
    [InlineData(100, 1000)]
    public void Enough_top_images_among_enough_others_raise_no_doubt(int top, int images) => Assert.Empty(TopCount.Doubts(top, images));

    [Theory]
    [InlineData(100, 200, new[] { "are 100 of 200 (50 %)" }, "10 top images suit 200 images")]
    [InlineData(1, 1000, new[] { "says nothing (it is always 100 %)" }, "20 top images suit 1000 images")]
    [InlineData(5, 30, new[] { "comes from 5 top images", "are 5 of 30 (17 %)" }, "give more images, 100 at the least")]
    public void Few_top_images_and_large_shares_are_doubtful(int top, int images, string[] expected, string remedy)
    {
        var doubts = TopCount.Doubts(top, images);
        Assert.Equal(expected.Length, doubts.Count);
        Assert.All(doubts.Zip(expected), pair => Assert.Contains(pair.Second, pair.First, StringComparison.Ordinal));
        Assert.All(doubts, doubt => Assert.Contains(remedy, doubt, StringComparison.Ordinal));
    }

    [Fact]
    public void Doubts_of_a_run_stand_in_its_facts()
    {
        using var world = new TinyRun();
        var run = world.Run().Run;
        Assert.Equal(TopCount.Doubts(5, TinyRun.Pictures), run.Manifest.Notes);
        Assert.Equal(run.Notes, run.Manifest.Notes);
    }

    [Fact]
    public void Runs_of_before_the_choice_of_sign_are_of_the_majority()
    {
        using var world = new TinyRun();
        world.Run(settings => settings with { Sign = ClipLens.Neurons.DirectionSign.Majority });
        string facts = Path.Combine(world.Output, "run.json");
        string text = File.ReadAllText(facts);
        Assert.Contains("\"sign\": \"majority\"", text, StringComparison.Ordinal);
        File.WriteAllText(facts, text.Replace("\"sign\": \"majority\"", "\"batch_was\": 1", StringComparison.Ordinal));
        Assert.Contains("the sign of a direction was Majority and is Strongest now", world.Refusal(), StringComparison.Ordinal);
        Assert.True(world.Run(settings => settings with { Sign = ClipLens.Neurons.DirectionSign.Majority }).WasComplete);
    }

    [Fact]
    public void Inputs_that_are_not_there_are_refused_before_anything_is_written()
    {
        using var world = new TinyRun();
        Assert.Contains("nowhere", world.Refusal(settings => settings with { Model = world.File("nowhere") }), StringComparison.Ordinal);
        Assert.Contains("nowhere", world.Refusal(settings => settings with { Images = world.File("nowhere") }), StringComparison.Ordinal);
        Assert.Contains("nowhere", world.Refusal(settings => settings with { TextFiles = [world.File("nowhere")] }),
            StringComparison.Ordinal);
        Assert.Contains("layers from 0 to 2", world.Refusal(settings => settings with { Layers = LayerSelection.FromLayers(4) }),
            StringComparison.Ordinal);
        Assert.Contains("texts a neuron must be at least 1", world.Refusal(settings => settings with { Sizes = [0] }),
            StringComparison.Ordinal);
        Assert.Contains("batch of 0 images", world.Refusal(settings => settings with { Batch = 0 }), StringComparison.Ordinal);
        Assert.Contains("rename one",
            world.Refusal(settings => settings with { TextFiles = [world.Pool, Copy(world.Pool, world.File("b", "pool.csv"))] }),
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(world.Output));
    }

    [Fact]
    public void An_output_that_cannot_be_a_run_is_refused()
    {
        using var world = new TinyRun();
        Assert.Contains("is a file; give a folder", world.Refusal(settings => settings with { Output = world.Pool }),
            StringComparison.Ordinal);
        Assert.Contains("cannot be written to", world.Refusal(settings => settings with { Output = Path.Combine(world.Pool, "run") }),
            StringComparison.Ordinal);
        Assert.Contains("is no run and holds other things (000.png)", world.Refusal(settings =>
            settings with { Output = world.Images, Overwrite = true }), StringComparison.Ordinal);
        Assert.Equal(TinyRun.Pictures, Directory.EnumerateFiles(world.Images, "*.png").Count());
    }

    [Fact]
    public void A_folder_that_may_not_be_written_to_is_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Directory.Exists("/proc"), "needs a folder that nobody may write to");
        using var world = new TinyRun();
        Assert.Contains("/proc/run cannot be written to", world.Refusal(settings => settings with { Output = "/proc/run" }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_or_unfinished_run_is_refused()
    {
        using var world = new TinyRun();
        Assert.Contains("is no run directory", Assert.Throws<ClipLensException>(() => RunDirectory.Open(world.Images)).Message,
            StringComparison.Ordinal);
        var run = world.Run().Run;
        Assert.Contains("has no layer 3 (it has 0, 1, 2)", Assert.Throws<ClipLensException>(() => run.Neurons(3)).Message,
            StringComparison.Ordinal);
        Assert.Contains("no text pool 'words' (it has pool)", Assert.Throws<ClipLensException>(() => run.Texts(1, "words", 6)).Message,
            StringComparison.Ordinal);
        Assert.Contains("no table of 7 texts", Assert.Throws<ClipLensException>(() => run.Texts(1, "pool", 7)).Message,
            StringComparison.Ordinal);

        File.WriteAllText(Path.Combine(world.Output, "layer-01", "texts-pool-6.parquet"), "no table");
        Assert.Contains("texts-pool-6.parquet is damaged", Assert.Throws<ClipLensException>(() =>
            RunDirectory.Open(world.Output).Texts(1, "pool", 6)).Message, StringComparison.Ordinal);
        string facts = Path.Combine(world.Output, "run.json");
        File.WriteAllText(facts, File.ReadAllText(facts)[..100]);
        Assert.Contains("run.json is damaged", world.Refusal(), StringComparison.Ordinal);
        File.Delete(facts);
        Assert.Contains("holds results without the run.json", world.Refusal(), StringComparison.Ordinal);
        world.Run(settings => settings with { Overwrite = true });
        using var other = ClipLens.Models.ClipModel.Load(TinyModel.Write(world.File("other"), seed: 2));
        Assert.Contains("another model", Assert.Throws<ClipLensException>(() =>
            RunDirectory.Open(world.Output).LoadModel(world.File("other"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unreadable_images_are_recorded_and_skipped()
    {
        using var world = new TinyRun();
        File.WriteAllText(Path.Combine(world.Images, "005.png"), "no image");
        File.WriteAllBytes(Path.Combine(world.Images, "012.png"), []);
        var result = world.Run();
        Assert.Equal((TinyRun.Pictures, 2), (result.Images, result.Unreadable));
        Assert.Equal([5, 12], result.Run.Images.Where(image => image.Error is not null).Select(image => image.Index));
        Assert.Contains("005.png", result.Run.Images[5].Error, StringComparison.Ordinal);
        Assert.DoesNotContain(result.Run.Neurons(0).TopImages.ToArray(), index => index is 5 or 12);
        Assert.True(world.Run().WasComplete);

        // Without them the results are the same, but for the images' numbers.
        Directory.CreateDirectory(world.File("good"));
        foreach (var image in result.Run.Images.Where(image => image.Error is null)) File.Copy(Path.Combine(world.Images, image.Path),
            world.File("good", image.Path));
        var good = world.Run(settings => settings with { Images = world.File("good"), Output = world.File("good-run") }).Run;
        Assert.Equal(good.Neurons(1).TopImages.ToArray().Select(index => good.Images[index].Path), result.Run.Neurons(1).TopImages.ToArray()
            .Select(index => result.Run.Images[index].Path));
        Assert.All(good.Neurons(1).TopNorms.ToArray().Zip(result.Run.Neurons(1).TopNorms.ToArray()), pair =>
            Assert.Equal(pair.First, pair.Second, 1e-4f));
    }

    [Fact]
    public void Images_of_which_none_can_be_read_are_refused_and_may_be_replaced()
    {
        using var world = new TinyRun();
        foreach (string file in Directory.EnumerateFiles(world.Images)) File.WriteAllText(file, "no image");
        Assert.Contains("None of the 30 images of", world.Refusal(), StringComparison.Ordinal);
        TinyModel.WritePictures(world.Images, TinyRun.Pictures);
        Assert.Equal(0, world.Run().Unreadable);
    }

    [Fact]
    public void Too_few_readable_images_are_refused_and_fewer_top_images_will_do()
    {
        using var world = new TinyRun();
        File.WriteAllText(Path.Combine(world.Images, "005.png"), "no image");
        Assert.Contains("but there are 29 images that can be read", world.Refusal(settings =>
            settings with { Top = TopCount.Parse("30") }), StringComparison.Ordinal);
        var run = world.Run(settings => settings with { Top = TopCount.Parse("29") });
        Assert.Equal((1, 29), (run.Unreadable, run.Run.Neurons(run.Run.Layers[0]).Top));
    }

    private static string Copy(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Copy(from, to);
        return to;
    }
}
