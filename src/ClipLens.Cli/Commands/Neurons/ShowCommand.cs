using System.CommandLine;
using ClipLens.Cli.Commands.Analyzing;
using ClipLens.Cli.Output;
using ClipLens.Compute;
using ClipLens.Drawing;
using ClipLens.Neurons;
using ClipLens.Runs;
using ClipLens.Runs.Settings;
using ClipLens.Runs.Storage;
using ClipLens.Runs.Studies.Truth;

namespace ClipLens.Cli.Commands.Neurons;

/// <summary>A run in a few tables, or one neuron of it: figures, texts, top images, and a contact sheet of these.</summary>
internal sealed class ShowCommand : CliCommand
{
    private const int ConceptsShown = 5, TextsOfLot = 4;
    private readonly Option<string> run, neuron, layers, pool, output, model, images;
    private readonly Option<int?> size, lot;
    private readonly Option<int> count, seed;

    public ShowCommand() : base("show", "Shows a run layer by layer, or one neuron of it: its figures, texts and top images, and with "
        + "--output its top images with what it sees in them. "
        + "After ablate also how well the texts tell on which held-out images the neurons are significant.")
    {
        run = Has(CommonOptions.Run());
        neuron = Has(CommonOptions.Text("--neuron", "9:391", "The neuron: its layer and its number; the whole run if left out."));
        lot = Has(CommonOptions.Number("--lot", "Instead of one neuron so many drawn by lot, with both descriptions; --output is a folder "
            + "for their pictures then."));
        layers = Has(CommonOptions.RunLayers());
        seed = Has(CommonOptions.Seed("Seed of --lot."));
        pool = Has(CommonOptions.Pool());
        size = Has(CommonOptions.Number("--size", "Table of this many texts a neuron; the smallest if left out (of the whole run, all "
            + "scores)."));
        count = Has(CommonOptions.Count("--count", 20, "Texts and images to show."));
        output = Has(CommonOptions.Output("contact.png", "Picture to write, PNG or JPEG: the top images, each also with the neuron's "
            + "activation over it.",
            required: false));
        model = Has(CommonOptions.Text("--model", "M", "Where the run's checkpoint is now, if it was moved, or its name; "
            + "--output alone needs it."));
        HasPlacement();
        images = CommonOptions.RunImages();
        images.Aliases.Add("--images");
        Has(images);
        HasTables();
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("The run, layer by layer", "cliplens show --run run"),
        new("Texts, top images and figures of neuron 391 of layer 9", "cliplens show --run run --neuron 9:391"),
        new("Also draw its top images", "cliplens show --run run --neuron 9:391 --output contact.png"),
        new("Twenty neurons of layer 8 that nobody has chosen, to judge the descriptions by",
            "cliplens show --run run --lot 20 --layers 8 --count 9 --output lot"),
        new("Its texts from another pool, from the table of 16", "cliplens show --run run --neuron 9:391 --pool words --size 16"),
    ];

    public override void Run(Invocation call)
    {
        var directory = Inputs.Run(call, run, images);
        if (call.Find(lot) is { } wanted)
        {
            if (call.Find(neuron) is not null) throw new ClipLensException("--lot draws neurons; leave --neuron out.");
            ShowLot(call, directory, wanted);
        }
        else if (call.Find(neuron) is { } named) ShowNeuron(call, directory, NeuronId.Parse(named));
        else if (call.Find(output) is not null) throw new ClipLensException("--output draws one neuron; name it with --neuron.");
        else RunSummary.Write(call.Terminal, directory, call.Find(pool), call.Find(size));
    }

    /// <summary>Neurons that nobody has chosen, a line and, with --output, a picture each.</summary>
    private void ShowLot(Invocation call, RunDirectory directory, int wanted)
    {
        NeuronId[] all = [.. directory.Resolve(LayerSelection.Parse(call.Get(layers)))
            .SelectMany(layer => Enumerable.Range(0, directory.Neurons(layer).Count).Select(index => new NeuronId(layer, index)))];
        if (call.Find(output) is not null && RunSummary.ItemOf(directory) == "text") throw TextTower(directory);
        string? folder = call.Find(output) is { } path ? Directory.CreateDirectory(path).FullName : null;
        var texts = new NeuronTexts(directory, call.Find(pool), call.Find(size));
        using var clip = folder is null ? null : Inputs.RunModel(call, directory, call.Find(model));
        NeuronId[] chosen = [.. new SeededRandom((ulong)call.Get(seed)).Choose(all.Length, wanted).Order().Select(i => all[i])];
        call.Terminal.WriteLine($"{Words.Count(chosen.Length, "neuron")} of {all.Length} by lot");
        var table = new ResultTable("Neuron", "Acts on", "Writes");
        foreach (var id in chosen)
        {
            table.Add($"{id}", texts.ActsLine(id, TextsOfLot) ?? "-", texts.Line(id, TextsOfLot));
            if (folder is null) continue;
            string file = Path.Combine(folder, $"{id.Layer}-{id.Index}.png");
            DrawingFile.Write(file, NeuronSheet.Draw(directory, clip!, id, call.Get(count), texts.Lines(id, TextsOfLot), call.Stop).Draw());
        }
        call.Terminal.Write(table);
        if (folder is not null) call.Terminal.WriteLine($"Their top images are in {call.Get(output)}, a picture each.");
    }

    private static ClipLensException TextTower(RunDirectory run) =>
        new($"The run {run.Path} is of the text tower, whose top texts cannot be drawn; leave --output out.");

    private void ShowNeuron(Invocation call, RunDirectory directory, NeuronId id)
    {
        var layer = directory.NeuronsWith(id);
        if (call.Find(output) is { } picture)
        {
            if (RunSummary.ItemOf(directory) == "text") throw TextTower(directory);
            DrawingFile.Prepare(picture);
        }
        if (call.Find(pool) is { } name && call.Find(size) is null && directory.Sizes(id.Layer, name).Count == 0)
            throw new ClipLensException($"The run {directory.Path} has no texts of the pool '{name}' for layer {id.Layer}; add them with "
            + "the command analyze.");
        var texts = new NeuronTexts(directory, call.Find(pool), call.Find(size));
        NeuronText[] shown = [.. texts.TextsOf(id).Take(call.Get(count))];

        var truth = texts.SizeOf(id.Layer) is { } own ? LayerTruth.Read(directory, id.Layer, texts.Pool!, own) : null;

        WriteFigures(call.Terminal, directory, layer, id);
        if (truth is not null) WriteTruth(call.Terminal, truth, id);
        NeuronText[]? acts = texts.ActsOn(id.Layer) is { } found ? [.. found[id.Index].Take(call.Get(count))] : null;
        if (acts is { Length: > 0 }) WriteAgreement(call.Terminal, directory.Agreement(id.Layer, texts.Pool!)![id.Index]);
        if (acts is null) WriteTexts(call.Terminal, shown, texts.Pool, truth);
        else WriteBoth(call.Terminal, acts, shown, texts.Pool!, truth);
        WriteImages(call.Terminal, directory, layer, id, call.Get(count));
        if (call.Find(output) is { } path) Draw(call, directory, id, texts, path);
    }

    private static void WriteFigures(Terminal terminal, RunDirectory run, LayerNeurons layer, NeuronId id)
    {
        int readable = run.Images.Count(image => image.Error is null);
        terminal.WriteLine($"Neuron {id.Index} of layer {id.Layer}");
        string item = RunSummary.ItemOf(run);
        terminal.WriteLine($"Explained variance      {Words.Percent(layer.VarianceExplained[id.Index])} of its top {item}s' squared "
            + "effects lie in one direction");
        terminal.WriteLine($"Strongest effect        {layer.TopNormsOf(id.Index)[0]:0.000} percent of the length of the {item}'s "
            + "representation, less the neuron's mean effect");
        terminal.WriteLine($"Significance threshold  {layer.Threshold[id.Index]:0.000}, reached on {Words.Count(layer.Top, item)} of "
            + $"{readable} ({Words.Percent((double)layer.Top / readable)})");
        foreach (string note in run.Notes) terminal.WriteLine($"Note                    {note}");
    }

    private static void WriteTruth(Terminal terminal, LayerTruth truth, NeuronId id)
    {
        var own = truth.Neurons.First(neuron => neuron.Neuron == id.Index);
        var concepts = truth.Concepts.Where(concept => concept.Neuron == id.Index).OrderBy(concept => concept.Rank).Take(ConceptsShown);
        terminal.WriteLine(double.IsNaN(own.Description)
            ? $"Score of the texts      none: on the held-out images it was significant on {Words.Count(own.Significant, "image")}"
            : $"Score of the texts      {own.Description:0.00} area under the ROC curve for its "
            + $"{Words.Count(own.Significant, "significant held-out image")} "
                + $"(0.50 for nothing; another neuron's texts {own.Random:0.00}, its direction itself {own.Direction:0.00})");
        terminal.WriteLine($"Concepts                {truth.Effective[id.Index]:0.0}: "
            + $"{string.Join("; ", concepts.Select(concept => $"{concept.Texts} ({100 * concept.Share:0} %)"))}");
    }

    private static void WriteAgreement(Terminal terminal, float agreement) =>
        terminal.WriteLine($"Writes what it acts on  {agreement:0.00} correlation over the run's images of what the texts that it acts on "
            + "and its direction say");

    private static void WriteTexts(Terminal terminal, NeuronText[] texts, string? pool, LayerTruth? truth)
    {
        terminal.WriteLine();
        if (texts.Length == 0)
        {
            terminal.WriteLine("The run has no texts for this neuron; add them with the command analyze --texts.");
            return;
        }
        terminal.WriteLine($"Texts of the pool {pool}; a negative coefficient: the neuron speaks against it");
        var table = new ResultTable([">Rank", ">Coefficient", .. truth is null ? Array.Empty<string>() : [">Score"], "Text"]);
        foreach (var text in texts)
            table.Add([$"{text.Rank + 1}", $"{text.Coefficient:0.0000}", .. truth is null ? Array.Empty<string>() : [ScoreOf(truth, text)],
            text.Text]);
        terminal.Write(table);
    }

    /// <summary>What the neuron acts on and what it writes, side by side.</summary>
    private static void WriteBoth(Terminal terminal, NeuronText[] acts, NeuronText[] writes, string pool, LayerTruth? truth)
    {
        terminal.WriteLine();
        terminal.WriteLine($"Texts of the pool {pool}: acts on, what in an image tells how strongly the neuron acts; writes, what it "
            + "adds to the output (negative: speaks against)");
        var table = new ResultTable([">Rank", "Acts on", ">Coefficient", "Writes", ">Coefficient", .. truth is null ? Array.Empty<string>()
            : [">Score"]]);
        for (int i = 0; i < Math.Max(acts.Length, writes.Length); i++)
        {
            string[] own = i < acts.Length ? [acts[i].Text, $"{acts[i].Coefficient:0.0000}"] : [i == 0 ? "(no text describes it)" : "", ""];
            string[] other = i < writes.Length ? [writes[i].Text, $"{writes[i].Coefficient:0.0000}"] : ["", ""];
            table.Add([$"{i + 1}", .. own, .. other, .. truth is null ? Array.Empty<string>()
                : [i < writes.Length ? ScoreOf(truth, writes[i]) : ""]]);
        }
        terminal.Write(table);
    }

    private static string ScoreOf(LayerTruth truth, NeuronText text) =>
        truth.Texts.FirstOrDefault(own => own.Neuron == text.Neuron && own.Rank == text.Rank) is { } found
        && !double.IsNaN(found.Similarity) ? $"{found.Similarity:0.00}" : "-";

    private static void WriteImages(Terminal terminal, RunDirectory run, LayerNeurons layer, NeuronId id, int count)
    {
        terminal.WriteLine();
        string item = RunSummary.ItemOf(run);
        terminal.WriteLine($"Top {item}s");
        var table = new ResultTable(">Rank", ">Effect", ">Index", item == "text" ? "Text" : "Image") { Name = item + "s" };
        for (int i = 0; i < Math.Min(count, layer.Top); i++)
        {
            int image = layer.TopImagesOf(id.Index)[i];
            table.Add($"{i + 1}", $"{layer.TopNormsOf(id.Index)[i]:0.000}", $"{image}", run.Images[image].Path);
        }
        terminal.Write(table);
    }

    private void Draw(Invocation call, RunDirectory run, NeuronId id, NeuronTexts texts, string path)
    {
        using var clip = Inputs.RunModel(call, run, call.Find(model));
        var sheet = NeuronSheet.Draw(run, clip, id, call.Get(count), texts.Lines(id, call.Get(count)), call.Stop);
        DrawingFile.Write(path, sheet.Draw());
        call.Terminal.WriteLine();
        call.Terminal.WriteLine($"Its top images with its activation over them are in {path}.");
    }
}
