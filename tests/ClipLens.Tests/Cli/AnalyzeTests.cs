using ClipLens.Neurons;
using ClipLens.Runs;
using ClipLens.Runs.Storage;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Cli;

public sealed class AnalyzeTests : IDisposable
{
    private readonly TinyInputs inputs = new();

    public void Dispose() => inputs.Dispose();

    [Fact]
    public void An_analysis_ends_with_the_most_selective_neurons_and_what_to_do_next()
    {
        File.WriteAllText(inputs.Picture(4), "no image");
        var call = CliCall.Run(inputs.Analyze());
        Assert.Equal(0, call.Code);
        Assert.DoesNotContain('\e', call.Output + call.Error);
        Assert.Contains("Forward pass: 12 of 12 (1 unreadable)", call.Error);

        string[] lines = call.Output.Split('\n');
        Assert.Equal("The most selective of 384 neurons:", lines[0]);
        Assert.Matches("^Neuron +Explained +Strongest +Threshold  Texts$", lines[1]);
        CheckFirstRow(lines[2]);
        Assert.Equal("Layer by layer, with the most selective neuron of each:", lines[13]);
        Assert.Equal(["0", "1", "2"], lines[15..18].Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]));
        Assert.Contains("1 of 12 images could not be read and were left out; the first: 004.png is not an image that can be read",
            call.Output);
        Assert.Contains("Note: A neuron's direction comes from 4 top images", call.Output);
        Assert.Contains("Note: What neurons act on is checked on a third of the images, for which 11 images are too few; analyze at "
            + "least 24.\n", call.Output);
        Assert.Matches($"11 images analyzed in \\d+ s; the run is in {inputs.Run}.\nLook at a neuron:\n  cliplens show --run {inputs.Run} "
            + $"--neuron \\d:\\d+ --output neuron.png\n$",
            call.Output);
    }

    [Fact]
    public void A_finished_run_is_shown_again()
    {
        var first = CliCall.Run(inputs.Analyze("1"));
        var second = CliCall.Run(inputs.Analyze("1"));
        Assert.Equal(0, second.Code);
        Assert.Contains($"The run in {inputs.Run} had everything already (12 images).", second.Output);
        Assert.Equal(first.Output.Split('\n')[..12], second.Output.Split('\n')[..12]);
    }

    [Fact]
    public void Every_option_arrives()
    {
        var call = CliCall.Run("analyze", "--model", inputs.Model, "--images", inputs.Images, "--texts", inputs.Texts,
            TinyModel.WriteTexts(inputs.File("other.txt"), 40, 2),
            "--layers", "0,2", "--output", inputs.Run, "--top", "25%", "--sign", "majority", "--size", "3,5", "--scaling", "feature",
            "--batch", "5", "--workers", "1",
            "--memory", "64", "--no-store", "--exif-orientation");
        Assert.Equal(0, call.Code);
        var run = RunDirectory.Open(inputs.Run);
        Assert.Equal([0, 2], run.Layers);
        Assert.Equal(3, run.Neurons(0).Top);
        Assert.Equal(["words", "other"], run.Pools.Select(pool => pool.Name));
        Assert.Equal([3, 5], run.Sizes(2, "other"));
        Assert.Equal(new RunSettings("25%", true, ClipLens.Texts.DictionaryScaling.Feature, 5) { Sign = DirectionSign.Majority },
            run.Manifest.Settings);
        var changed = CliCall.Run(inputs.Analyze("0", "5"));
        Assert.Equal(2, changed.Code);
        Assert.Contains("the number of top images was 25% and is 5 now", changed.Error);
        Assert.Equal(0, CliCall.Run(inputs.Analyze("0", "5", "--overwrite")).Code);
    }

    [Fact]
    public void A_stopped_analysis_says_that_it_can_be_continued()
    {
        var call = CliCall.Run(new CancellationToken(true), inputs.Analyze());
        Assert.Equal(1, call.Code);
        Assert.EndsWith("Stopped; the same command goes on from here.\n", call.Error);
    }

    [Fact]
    public void Bad_input_is_named()
    {
        string none = inputs.File("none"), empty = Directory.CreateDirectory(inputs.File("empty")).FullName;
        string textsOnly = Directory.CreateDirectory(inputs.File("texts-only")).FullName;
        File.WriteAllText(Path.Combine(textsOnly, "a.txt"), "x");

        Refused($"The image folder or list {none} is not there; give a folder with images or a text file with a path a line.",
            images: none);
        Refused($"The image folder {empty} is empty; put images there or give another folder.", images: empty);
        Refused($"The image folder {textsOnly} has no image among its 1 files (jpg, jpeg, png, webp, gif, bmp or tif); give another "
            + "folder.",
            images: textsOnly);
        Refused("Layer 4 does not exist: the model has 4 blocks, counted from 0; ask for layers from 0 to 2.", layers: "4");
        Refused("The layers '2-1' are not understood; write a number (9), several (9,10), a range (8-10) or all.", layers: "2-1");
        Refused("13 top images of a neuron were asked for, but there are 12 images that can be read; "
            + "give more images, 100 at the least (--top).", top: "13");
        Refused("The number of top images 'many' is not understood; write a number from 1 (100), a share of the images (2%) or auto.",
            top: "many");
        Refused("--size takes whole numbers of at least 1, separated by commas, not '8,,16'.", size: "8,,16");
        Refused($"{none} does not exist.", texts: none);
        CliCall.Refused("--scaling takes 'unit' or 'feature', not 'both'; 'cliplens analyze --help' lists the options.",
            [.. Words(), "--scaling", "both"]);
        Assert.False(Directory.Exists(inputs.Run));
        var file = CliCall.Run(Words(output: inputs.Picture(0)));
        Assert.Equal((2, ""), (file.Code, file.Output));
        Assert.Contains(inputs.Picture(0), file.Error);
    }

    [Fact]
    public void Bad_texts_are_named()
    {
        string blank = Written("blank.txt", "a\n\nb\n"u8), latin = Written("latin.txt", [(byte)'c', 0xE9, (byte)'\n']);
        string longLine = Written("long.txt", System.Text.Encoding.ASCII.GetBytes("a\n" + new string('x', 10_000)));
        string single = Written("single.txt", "dog\n"u8);
        Refused($"The text file {single} has one text; a pool needs at least 2, one a line.", texts: single);
        Refused($"Line 2 of {blank} is empty; remove it, a text pool has one text a line.", texts: blank);
        Refused($"Line 1 of {latin} is not UTF-8; save the file in that encoding.", texts: latin);
        Refused($"Line 2 of {longLine} has 10000 characters; a text may have 2000.", texts: longLine);
    }

    private string Written(string name, ReadOnlySpan<byte> bytes)
    {
        File.WriteAllBytes(inputs.File(name), bytes);
        return inputs.File(name);
    }

    private void Refused(string sentence, string? images = null, string? texts = null, string layers = "1", string top = "4",
        string size = "6") =>
        CliCall.Refused(sentence, Words(images, texts, layers, top, size));

    private string[] Words(string? images = null, string? texts = null, string layers = "1", string top = "4", string size = "6",
        string? output = null) =>
        ["analyze", "--model", inputs.Model, "--images", images ?? inputs.Images, "--texts", texts ?? inputs.Texts,
            "--layers", layers, "--top", top, "--size", size, "--output", output ?? inputs.Run];

    /// <summary>The first row is the neuron whose top effects stand highest above its threshold, as far as its direction holds
    /// them.</summary>
    private void CheckFirstRow(string line)
    {
        var run = RunDirectory.Open(inputs.Run);
        var (id, layer) = run.Layers.SelectMany(block => Enumerable.Range(0, TinyModel.Neurons)
            .Select(neuron => (Id: new NeuronId(block, neuron), Layer: run.Neurons(block))))
            .MaxBy(pair => pair.Layer.VarianceExplained[pair.Id.Index] * (pair.Layer.TopNormsOf(pair.Id.Index).ToArray()
            .Average() - pair.Layer.Threshold[pair.Id.Index]));
        var texts = run.Texts(id.Layer, "words", 6).Where(text => text.Neuron == id.Index).OrderBy(text => text.Rank)
            .Take(5).Select(text => (text.Coefficient < 0 ? "−" : "") + text.Text);
        Assert.Equal($"{id}  {100 * layer.VarianceExplained[id.Index]:0.0} %  {layer.TopNormsOf(id.Index)[0]:0.00}  "
            + $"{layer.Threshold[id.Index]:0.00}  {string.Join(", ", texts)}",
            System.Text.RegularExpressions.Regex.Replace(line, " {2,}", "  "));
    }

    [Fact]
    public void What_was_left_out_is_counted_and_named()
    {
        using var inputs = new TinyInputs();
        File.WriteAllBytes(Path.Combine(inputs.Images, "bad.jpg"), [1, 2, 3]);
        File.WriteAllText(Path.Combine(inputs.Images, "a.HEIC"), "");
        var call = CliCall.Run(inputs.Analyze());
        Assert.Equal("", call.Error.Split('\n').FirstOrDefault(line => line.StartsWith("Error")) ?? "");
        Assert.Contains("\n1 file left out: 1 .heic (not supported).\n1 of 13 images could not be read and were left out; the first: "
            + "bad.jpg is not an image", call.Output);
        Assert.Contains("\n12 images analyzed in ", call.Output);
        var embedded = CliCall.Run("embed", "--model", inputs.Model, "--images", inputs.Picture(0), inputs.Picture(1), "--output",
            inputs.File("two.safetensors"));
        Assert.Equal(("2 images embedded in " + inputs.File("two.safetensors") + ".\n", 0), (embedded.Output, embedded.Code));
    }

    [SharedFact]
    public void The_case_of_the_count()
    {
        using var folder = new ScratchFolder();
        Directory.CreateDirectory(folder.File("model"));
        File.CreateSymbolicLink(folder.File("model", "open_clip_model.safetensors"),
            SharedData.Path("golden", "formats", "a_openclip_native.safetensors"));
        File.CreateSymbolicLink(folder.File("model", "open_clip_config.json"),
            SharedData.Path("golden", "formats", "a_open_clip_config.gelu.json"));
        File.WriteAllText(folder.File("five.txt"), "one\ntwo\nthree\nfour\nfive\n");
        var call = CliCall.Run("analyze", "--model", folder.File("model"), "--images", SharedData.Path("cases", "19-analyzed-count"),
            "--layers", "1",
            "--texts", folder.File("five.txt"), "--size", "2", "--top", "2", "--output", folder.File("run"));
        Assert.Contains("\n1 of 5 images could not be read and were left out; the first: ", call.Output);
        Assert.Contains("\n4 images analyzed in ", call.Output);
    }
}
