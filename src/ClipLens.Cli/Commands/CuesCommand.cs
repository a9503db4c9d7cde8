using System.CommandLine;
using ClipLens.Cli.Output;
using ClipLens.Cues;
using ClipLens.Files;
using ClipLens.Labels;
using ClipLens.Runs;
using ClipLens.Runs.Studies;
using ClipLens.Texts;

namespace ClipLens.Cli.Commands;

/// <summary>Words by which the model may be led to take one class for another.</summary>
internal sealed class CuesCommand : CliCommand
{
    private const int NeuronsShown = 3, DroppedShown = 15;

    private readonly Option<string> run, from, to, layers, pool, source, drop, similarity, encoder, templates, model, runImages, output;
    private readonly Option<int> neurons, count, seed;
    private readonly Option<int?> size, workers;

    public CuesCommand() : base("cues",
        "Lists spurious cues: words that lead the model from one class to another without naming either, the neurons behind each, and "
        + "what was dropped as a "
        + "synonym and why.")
    {
        run = Has(CommonOptions.Run());
        from = Has(CommonOptions.Text("--true", "ship", "What an image shows.", required: true));
        to = Has(CommonOptions.Text("--fooled", "truck", "What the model shall take it for.", required: true));
        layers = Has(CommonOptions.RunLayers());
        neurons = Has(CommonOptions.Count("--neurons", new CueSettings().Neurons, "Neurons to choose, all layers together."));
        count = Has(CommonOptions.Count("--count", new CueSettings().Count, "Cues to list."));
        source = Has(CommonOptions.Choice("--source", CueSources.Names[0], "Where the words come from; all but the first are baselines.",
            [.. CueSources.Names]));
        drop = Has(CommonOptions.DropWords());
        similarity = Has(CommonOptions.SameSimilarity("--synonym-similarity", "Sentence similarity"));
        encoder = Has(CommonOptions.Text("--sentence-encoder", "E.onnx",
            "ONNX sentence encoder of the BERT family, vocab.txt beside it; the model's own text tower if left out."));
        templates = Has(CommonOptions.Templates());
        pool = Has(CommonOptions.Pool());
        size = Has(CommonOptions.TableSize());
        seed = Has(CommonOptions.Seed("Seed of the random neurons."));
        model = Has(CommonOptions.RunModel());
        workers = Has(CommonOptions.Workers());
        runImages = Has(CommonOptions.RunImages());
        output = Has(CommonOptions.Output("OUT.json", "File to write: all of this with every neuron's contribution.", required: false));
        HasTables();
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("What makes a ship look like a truck to the model", "cliplens cues --run run --true ship --fooled truck"),
        new("From three layers, without the words of a list",
            "cliplens cues --run run --true ship --fooled truck --layers 8-10 --drop words.txt --output cues.json"),
        new("The baseline with neurons drawn at random",
            "cliplens cues --run run --true ship --fooled truck --source random-neurons --seed 1"),
    ];

    public override void Run(Invocation call)
    {
        string? path = call.Find(output) is { } file ? OutputFile.Prepare(file) : null;
        // An empty name is said before the model is loaded.
        SpuriousCues.CheckNames(call.Get(from), call.Get(to));
        var settings = new CueSettings
        {
            Source = CueSources.Named(call.Get(source)),
            Neurons = call.Get(neurons),
            Count = call.Get(count),
            SynonymCosine = call.Find(similarity) is { } word ? Inputs.Share("--synonym-similarity", word) : null,
            Drop = call.Find(drop) is { } list ? WordList.Read(list, "words to drop, one a line") : [],
            Templates = call.Find(templates) is { } lines ? PromptTemplates.Read(lines) : null,
            Seed = (ulong)call.Get(seed),
            Workers = call.Find(workers),
        };
        var chosen = Inputs.Neurons(call.Get(layers), call.Find(pool), call.Find(size));
        using var sentences = call.Find(encoder) is { } onnx ? OnnxSentenceEncoder.Load(onnx) : null;
        if (sentences is not null) settings = settings with { Encoder = sentences.Encode };
        var directory = Inputs.Run(call, run, runImages);
        using var clip = Inputs.RunModel(call, directory, call.Find(model));
        CueReport? report = null;
        call.Terminal.ShowProgress(progress => report = CueStudy.Find(directory, clip, call.Get(from), call.Get(to), settings, chosen,
            progress, call.Stop));
        if (path is not null) CueFile.Write(path, report!);
        Write(call.Terminal, report!, new NeuronTexts(directory, call.Find(pool)));
        if (path is not null) call.Terminal.WriteLine($"All of it is in {path}.");
    }

    private static void Write(Terminal terminal, CueReport report, NeuronTexts texts)
    {
        terminal.WriteLine($"Cues that lead from {report.True} to {report.Fooled}");
        var table = new ResultTable(">Rank", ">Score", "Cue", "Neurons behind it (contribution; their first texts)");
        for (int i = 0; i < report.Cues.Count; i++)
        {
            var cue = report.Cues[i];
            table.Add($"{i + 1}", $"{cue.Score:0.0000}", cue.Text, string.Join("; ", cue.Neurons.Take(NeuronsShown)
                .Select(neuron => $"{neuron.Neuron} ({neuron.Contribution:0.0000}: {texts.Line(neuron.Neuron, 2)})")));
        }
        terminal.Write(table);
        if (report.Dropped.Count == 0) return;
        terminal.WriteLine();
        terminal.WriteLine($"Dropped (texts of a similarity of {report.SynonymCosine:0.00} or more say the same)");
        var dropped = new ResultTable(">Score", "Text", "Why") { Name = "dropped" };
        foreach (var drop in report.Dropped.Take(DroppedShown)) dropped.Add($"{drop.Score:0.0000}", drop.Text, drop.Reason);
        terminal.Write(dropped);
        if (report.Dropped.Count > DroppedShown) terminal.WriteLine($"... and {report.Dropped.Count - DroppedShown} more.");
    }
}
