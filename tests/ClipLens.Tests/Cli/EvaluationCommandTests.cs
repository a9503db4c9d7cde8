using System.Text.Json.Nodes;
using ClipLens.Files;
using ClipLens.Runs;
using ClipLens.Runs.Storage;
using ClipLens.Statistics;
using ClipLens.Tests.Support;
using ClipLens.Truth;

namespace ClipLens.Tests.Cli;

/// <summary>The commands ablate, compare and sensitivity on a tiny run.</summary>
public sealed class EvaluationCommandTests : IDisposable
{
    private const int Classes = 6;

    private readonly TinyRun tiny = new();
    private readonly string[] common;

    public EvaluationCommandTests()
    {
        Analysis.Run(tiny.Settings, null, TestContext.Current.CancellationToken);
        TinyModel.WritePictures(tiny.File("labelled"), 12, seed: 3);
        File.WriteAllLines(tiny.File("labels.csv"), ["file,label", .. Enumerable.Range(0, 12).Select(i => $"{i:000}.png,{i % Classes}")]);
        File.WriteAllLines(tiny.File("classes.txt"), ["red", "blue", "sky", "sea", "round", "square"]);
        common = ["--run", tiny.Output, "--images", tiny.File("labelled"), "--labels", tiny.File("labels.csv"), "--classes",
            tiny.File("classes.txt")];
    }

    public void Dispose() => tiny.Dispose();

    [Fact]
    public void Ablate_writes_accuracies_plots_and_scores_of_the_descriptions()
    {
        var json = Call("ablate", "out/ablation.json", "--joint", "--size", "2,6", "--released-projection", "--resamples", "200");
        Assert.Equal(12, (int)json["images"]!);
        Assert.Equal(["0", "1", "2"], json["layers"]!.AsObject().Select(layer => layer.Key));
        var layer = json["layers"]!["1"]!;
        foreach (string name in new[] { "baseline", "without_all", "without_large", "without_small", "first_component",
            "significant_share_percent" })
            Assert.InRange((double)layer[name]!, 0, 100);
        Assert.Equal(["2", "6"], layer["sparse_text"]!.AsObject().Select(size => size.Key));
        Assert.Equal((double)layer["without_all"]!, (double)layer["figures"]!["without_all"]!["top1"]!);
        Assert.NotNull(json["joint"]!["sparse_text_released"]!["6"]);
        Assert.True((double)layer["explained_percent"]!["sparse_text 6"]! > (double)layer["explained_percent"]!["sparse_text 2"]!);
        foreach (string file in new[] { "ablation-layers.png", "ablation-layers.svg", "ablation-texts.png",
            "ablation-texts.svg" }) Assert.True(File.Exists(tiny.File("out", file)), file);

        var truths = TruthTables.ReadNeurons(RunFiles.Truth(tiny.Output, 1, "pool", 6), TinyModel.Neurons);
        Assert.Equal(TinyModel.Neurons, truths.Count);
        Assert.Equal((double)layer["descriptions"]!["6"]!["auroc"]!["mean"]!, truths.Select(row => row.Truth.Description)
            .Where(area => !double.IsNaN(area)).Average(), 3);
        var texts = TruthTables.ReadTexts(RunFiles.TruthOfTexts(tiny.Output, 1, "pool", 6), TinyModel.Neurons, 6, 50);
        Assert.Equal(RunDirectory.Open(tiny.Output).Texts(1, "pool", 6).Select(text => text.TextIndex), texts.Select(text => text.Text));
        var concepts = TruthTables.ReadConcepts(RunFiles.Concepts(tiny.Output, 1, "pool", 6), TinyModel.Neurons, 6);
        Assert.All(concepts.GroupBy(concept => concept.Neuron), own => Assert.Equal(1, own.Sum(concept => concept.Share), 3));
        Assert.Equal(6 * TinyModel.Neurons, concepts.Sum(concept => concept.Count));
        Assert.Equal([2, 6], RunFiles.TruthSizes(tiny.Output, 1, "pool"));
        AssertShown(truths[3].Truth, texts.First(text => text.Neuron == 3).Similarity);
    }

    /// <summary>What was measured is shown with the run and with a neuron.</summary>
    private void AssertShown(NeuronTruth truth, double first)
    {
        var neuron = CliCall.Run("show", "--run", tiny.Output, "--neuron", "1:3", "--size", "6", "--count", "2");
        Assert.True(neuron.Code == 0, neuron.Error);
        Assert.Contains($"Score of the texts      {truth.Description:0.00} area under the ROC curve for its {truth.Significant} "
            + "significant held-out image", neuron.Output);
        Assert.Matches($@"\n +1 .* +-?\d\.\d+ +{first:0.00}\n", neuron.Output);
        var run = CliCall.Run("show", "--run", tiny.Output, "--size", "6");
        Assert.True(run.Code == 0, run.Error);
        var described = Quantiles.Describe(TruthTables.ReadNeurons(RunFiles.Truth(tiny.Output, 2, "pool", 6), TinyModel.Neurons)
            .Select(row => row.Truth.Description))!;
        Assert.Matches($@"\n +2 +6  {described.Median:0.00} \[{described.Tenth:0.00}, {described.Ninetieth:0.00}\] ", run.Output);
    }

    [Fact]
    public void Ablate_says_before_any_work_that_its_scores_cannot_go_into_the_run()
    {
        using var held = FolderLock.Take(RunFiles.Lock(tiny.Output));
        CliCall.Refused($"Another process is working on the run {tiny.Output}; wait until it ends, or give another output.",
            ["ablate", .. common, "--output", tiny.File("out", "ablation.json")]);
    }

    [Fact]
    public void Classes_can_be_told_by_folders()
    {
        string folder = tiny.File("sorted");
        foreach (int label in Enumerable.Range(0, Classes))
            foreach (string name in new[] { $"{label:000}.png", $"{label + Classes:000}.png" })
            {
                Directory.CreateDirectory(Path.Combine(folder, $"n0{label}_{File.ReadAllLines(tiny.File("classes.txt"))[label]}"));
                File.Copy(tiny.File("labelled", name),
                    Path.Combine(folder, $"n0{label}_{File.ReadAllLines(tiny.File("classes.txt"))[label]}", name));
            }
        string[] more = ["--layers", "1", "--size", "2", "--resamples", "200"];
        var call = CliCall.Run(["ablate", "--run", tiny.Output, "--images", folder, .. more, "--output", tiny.File("sorted.json")]);
        Assert.True(call.Code == 0, call.Error);
        var own = JsonNode.Parse(File.ReadAllText(tiny.File("sorted.json")))!["layers"]!["1"]!["figures"]!;
        var table = Call("ablate", "table.json", more)["layers"]!["1"]!["figures"]!;
        foreach (string name in new[] { "baseline", "without_all", "sparse_text 2" })
            foreach (string figure in new[] { "top1", "top5", "changed_percent", "cosine" }) Assert.Equal((double)table[name]![figure]!,
            (double)own[name]![figure]!, 4);
        CliCall.Refused($"The classes of the images of {tiny.File("labelled")} are not known; give a folder with a folder a class, or "
            + "a file of labels (--labels).",
            ["ablate", "--run", tiny.Output, "--images", tiny.File("labelled"), "--output", tiny.File("o.json")]);
        CliCall.Refused($"{tiny.File("few.txt")} has 2 class names where there are 6 classes; write a name a class, in their order.",
            ["ablate", "--run", tiny.Output, "--images", folder, "--classes", Few(), "--output", tiny.File("o.json")]);
    }

    private string Few()
    {
        File.WriteAllLines(tiny.File("few.txt"), ["red", "blue"]);
        return tiny.File("few.txt");
    }

    [Fact]
    public void Compare_tells_the_kinds_of_effect_apart()
    {
        var json = Call("compare", "compare.json", "--layers", "1", "--neurons", "5", "--sample", "20", "--top", "4", "--resamples", "200");
        var layer = json["layers"]!["1"]!;
        Assert.Equal(5, (int)layer["neurons"]!);
        foreach (string kind in new[] { "first_order", "second_order", "indirect" }) Assert.InRange((double)layer[kind]!["accuracy"]!, 0,
            100);
        // What goes straight to the output is a multiple of one vector, but for the common share of the norm's mean.
        Assert.InRange((double)layer["first_order"]!["variance_explained_percent"]!, 99, 100.01);
        Assert.InRange((double)layer["indirect"]!["variance_explained_percent"]!, 30, 99.9);
        CliCall.Refused("21 top images of a neuron were asked for, but effects are measured on 20 images; ask for fewer, or for a larger "
            + "sample (--top).",
            ["compare", .. common, "--layers", "1", "--neurons", "5", "--sample", "20", "--top", "21", "--output", tiny.File("c.json")]);
    }

    [Fact]
    public void Sensitivity_has_a_row_for_every_choice()
    {
        var json = Call("sensitivity", "sensitivity.json", "--layers", "1,2", "--top", "3,20%", "--size", "2,5", "--resamples", "200");
        // For each layer: the run's 5 top images alone, with 2 scalings and 2 sizes; 3 and 6 top images alone and with 2 sizes.
        var rows = json["rows"]!.AsArray();
        Assert.Equal(2 * (1 + 4 + 2 * 3), rows.Count);
        Assert.Equal([5, 5, 5, 5, 5, 3, 3, 3, 6, 6, 6], rows.Take(11).Select(row => (int)row!["top"]!));
        Assert.All(rows.Where(row => row!["pool"] is null), row => Assert.Equal(1, (double)row!["cosine"]!, 4));
        Assert.True((double)rows[2]!["cosine"]! > (double)rows[1]!["cosine"]!);
        Assert.Equal("feature", (string?)rows[3]!["scaling"]);
        Assert.Null(rows[0]!["cosine_random"]);
        Assert.InRange((double)rows[1]!["cosine_random"]!, 0.2, (double)rows[2]!["cosine_random"]! - 0.01);
        Assert.Equal((double)rows[1]!["cosine_random"]!, (double)rows[6]!["cosine_random"]!);
    }

    [Fact]
    public void Bad_input_is_refused_in_a_sentence_before_any_work()
    {
        string classes = tiny.File("classes.txt"), labels = tiny.File("labels.csv"), output = tiny.File("o.json");
        Refused($"{labels} line 4 has the label 2, but there are 2 class names, so labels go from 0 to 1; correct the label or the class "
            + "file.",
            "--classes", Few());
        Refused($"The labels of {labels} need the names of the classes; give a file with a name a line (--classes).", "--classes", "");
        string list = tiny.File("list.txt");
        File.WriteAllLines(list, [tiny.File("labelled", "000.png"), tiny.File("labelled", "000.png")]);
        Refused($"The images hold the file {tiny.File("labelled", "000.png")} twice; list every image once.", "--images", list);
        File.WriteAllText(tiny.File("templates.txt"), "a photo\n");
        Refused($"{tiny.File("templates.txt")} line 1 is no template: 'a photo' lacks the {{}} that the class name replaces.",
            "--templates", tiny.File("templates.txt"));
        File.AppendAllText(labels, "099.png,1\n");
        Refused($"{labels} labels a file that is not among the images, 099.png on line 14; correct the names or give their folder as "
            + "images.");
        File.WriteAllLines(labels, ["file,label", "000.png,1", "000.png,2"]);
        Refused($"{labels} names 000.png twice, on line 2 and on line 3; leave one of them out.");
        Assert.False(File.Exists(output));

        void Refused(string sentence, params string[] more)
        {
            string[] args = [.. common];
            for (int i = 0; i < more.Length; i += 2)
            {
                int place = Array.IndexOf(args, more[i]);
                if (more[i + 1].Length == 0) args = [.. args[..place], .. args[(place + 2)..]];
                else if (place < 0) args = [.. args, more[i], more[i + 1]];
                else args[place + 1] = more[i + 1];
            }
            CliCall.Refused(sentence, ["ablate", .. args, "--output", output]);
        }
    }

    private JsonNode Call(string command, string output, params string[] more)
    {
        var call = CliCall.Run([command, .. common, .. more, "--output", tiny.File(output)]);
        Assert.True(call.Code == 0, call.Error);
        return JsonNode.Parse(File.ReadAllText(tiny.File(output)))!;
    }
}
