using System.CommandLine;
using ClipLens.Cli.Output;
using ClipLens.Cues;
using ClipLens.Files;
using ClipLens.Labels;
using ClipLens.Runs;
using ClipLens.Runs.Studies;
using ClipLens.Runs.Studies.Applications;
using ClipLens.Texts;

namespace ClipLens.Cli.Commands.Cues;

/// <summary>Words by which the model may be led to take one class for another.</summary>
internal sealed class CuesCommand : CliCommand
{
    private const int NeuronsShown = 3, DroppedShown = 15;

    private readonly Option<string> run, from, to, layers, pool, source, classes, basis, drop, similarity, encoder, templates, model,
        runImages, output;
    private readonly Option<bool> allPairs;
    private readonly Option<string[]> images;
    private readonly Option<int> neurons, count, seed, shown;
    private readonly Option<int?> confirm, workers;
    private readonly Option<int?> size;

    public CuesCommand() : base("cues",
        "Lists spurious cues: words that lead the model from one class to another without naming either, the neurons behind each, and "
        + "what was dropped as a "
        + "synonym and why.")
    {
        run = Has(CommonOptions.Run());
        from = Has(CommonOptions.Text("--true", "ship", "What an image shows."));
        to = Has(CommonOptions.Text("--fooled", "truck", "What the model shall take it for."));
        allPairs = Has(new Option<bool>("--all-pairs")
        {
            Description = "Instead of one pair, scan every pair of --classes in weight space and list the strongest."
        });
        classes = Has(CommonOptions.Text("--classes", "C.txt",
            "Class names, one a line, of --all-pairs and of --source statistics: the classes that the model chooses among."));
        shown = Has(CommonOptions.Count("--shown", 3, "Of --all-pairs: the run's images that must show a cue beyond doubt while they seem "
            + "to show neither class, as none does for another name of a class; 0 to look at no image.", 0));
        layers = Has(CommonOptions.RunLayers());
        neurons = Has(CommonOptions.Count("--neurons", new CueSettings().Neurons, "Neurons to choose, all layers together."));
        count = Has(CommonOptions.Count("--count", new CueSettings().Count, "Cues to list."));
        source = Has(CommonOptions.Choice("--source", CueSources.Names[0], "Where the words come from; all but the first are baselines.",
            [.. CueSources.Names]));
        confirm = Has(CommonOptions.Number("--confirm",
            "Pictures to make with and without each cue, by whose shift the cues are listed; none are made if left out."));
        images = Has(CommonOptions.Texts("--images", "D", "Photographs of the cues' scenes for --confirm; the run's if left out."));
        basis = Has(CommonOptions.Text("--base", "D",
            "Photographs of the true class for --confirm; those in which the model sees it beyond doubt if left out."));
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
        HasPlacement();
        runImages = Has(CommonOptions.RunImages());
        output = Has(CommonOptions.Output("OUT.json", "File to write: all of this with every neuron's contribution.", required: false));
        HasTables();
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("What makes a ship look like a truck to the model", "cliplens cues --run run --true ship --fooled truck"),
        new("From three layers, without the words of a list",
            "cliplens cues --run run --true ship --fooled truck --layers 8-10 --drop words.txt --output cues.json"),
        new("Confirmed on 20 pictures each: the class put on photographs of the cue's scene",
            "cliplens cues --run run --true dog --fooled deer --source statistics --classes classes.txt --confirm 20"),
        new("The strongest pairs of a list of classes", "cliplens cues --run run --all-pairs --classes classes.txt"),
        new("The baseline with neurons drawn at random",
            "cliplens cues --run run --true ship --fooled truck --source random-neurons --seed 1"),
    ];

    public override void Run(Invocation call)
    {
        string? path = call.Find(output) is { } file ? OutputFile.Prepare(file) : null;
        var names = call.Find(classes) is { } list ? Inputs.Classes(call, list) : null;
        using var sentences = call.Find(encoder) is { } onnx ? OnnxSentenceEncoder.Load(onnx) : null;
        if (call.Get(allPairs)) ScanPairs(call, names, sentences is null ? null : sentences.Encode, path);
        else FindCues(call, names, sentences is null ? null : sentences.Encode, path);
        if (path is not null) call.Terminal.WriteLine($"All of it is in {path}.");
    }

    private void ScanPairs(Invocation call, IReadOnlyList<string>? names, SentenceEncoder? sentences, string? path)
    {
        if (names is null) throw new ClipLensException("--all-pairs scans the pairs of a list of classes; give it with --classes.");
        if (call.Find(from) is not null || call.Find(to) is not null || call.Find(confirm) is not null)
            throw new ClipLensException("--all-pairs scans all pairs; leave --true, --fooled and --confirm out.");
        var directory = Inputs.Run(call, run, runImages);
        using var clip = Inputs.RunModel(call, directory, call.Find(model));
        IReadOnlyList<PairCue> pairs = [];
        call.Terminal.ShowProgress(progress => pairs = CueStudy.Pairs(directory, clip, names, new()
        {
            Count = call.Get(count),
            SynonymCosine = Similarity(call),
            Encoder = sentences,
            Drop = Dropped(call),
            Templates = Sentences(call),
        }, call.Find(pool), call.Get(shown), progress, call.Stop));
        if (path is not null) CueFile.Write(path, pairs);
        call.Terminal.WriteLine($"The strongest of {(long)names.Count * (names.Count - 1)} pairs");
        var table = new ResultTable(">Rank", ">Score", "True", "Fooled", "Cue");
        foreach (var (rank, pair) in pairs.Index()) table.Add($"{rank + 1}", $"{pair.Score:0.00}", pair.True, pair.Fooled, pair.Text);
        call.Terminal.Write(table);
    }

    private void FindCues(Invocation call, IReadOnlyList<string>? names, SentenceEncoder? sentences, string? path)
    {
        if (call.Find(from) is not { } shown || call.Find(to) is not { } fooled)
            throw new ClipLensException("Two classes are needed; give --true and --fooled, or --all-pairs with --classes.");
        // An empty name is said before the model is loaded.
        SpuriousCues.CheckNames(shown, fooled);
        if (call.Find(confirm) is 1) throw new ClipLensException("--confirm takes at least 2 pictures, from which an interval is taken.");
        var settings = Settings(call, names, sentences);
        var chosen = Inputs.Neurons(call.Get(layers), call.Find(pool), call.Find(size));
        var photographs = Photographs(call, settings);
        var directory = Inputs.Run(call, run, runImages);
        using var clip = Inputs.RunModel(call, directory, call.Find(model));
        CueReport? report = null;
        call.Terminal.ShowProgress(progress =>
        {
            report = CueStudy.Find(directory, clip, shown, fooled, settings, chosen, progress, call.Stop);
            if (call.Find(confirm) is { } pictures)
                report = CueStudy.Confirm(directory, clip, report, photographs, pictures, progress, call.Stop);
        });
        if (path is not null) CueFile.Write(path, report!);
        Write(call.Terminal, report!, new NeuronTexts(directory, call.Find(pool)));
    }

    private CueSettings Settings(Invocation call, IReadOnlyList<string>? names, SentenceEncoder? sentences) => new()
    {
        Source = CueSources.Named(call.Get(source)),
        Neurons = call.Get(neurons),
        Count = call.Get(count),
        SynonymCosine = Similarity(call),
        Encoder = sentences,
        Drop = Dropped(call),
        Classes = names,
        Templates = Sentences(call),
        Seed = (ulong)call.Get(seed),
        Workers = call.Find(workers),
    };

    private RunPictureSettings Photographs(Invocation call, CueSettings settings) => new()
    {
        Photographs = call.Find(images) is { Length: > 0 } given ? Inputs.Images(call, given) : null,
        Bases = call.Find(basis) is { } folder ? Inputs.Images(call, [folder]) : null,
        ExchangesScenes = true,
        Pool = call.Find(pool),
        Templates = settings.Templates,
        Seed = settings.Seed,
        Workers = settings.Workers,
    };

    private float? Similarity(Invocation call) => call.Find(similarity) is { } word ? Inputs.Share("--synonym-similarity", word) : null;

    private IReadOnlyList<string> Dropped(Invocation call) =>
        call.Find(drop) is { } list ? WordList.Read(list, "words to drop, one a line") : [];

    private IReadOnlyList<string>? Sentences(Invocation call) => call.Find(templates) is { } lines ? PromptTemplates.Read(lines) : null;

    private static void Write(Terminal terminal, CueReport report, NeuronTexts texts)
    {
        terminal.WriteLine($"Cues that lead from {report.True} to {report.Fooled}");
        bool tried = report.Cues.Any(cue => cue.Effect is not null);
        var table = new ResultTable([">Rank", ">Score", .. tried ? (string[])[">Shift", "Confirmed"] : [], "Cue",
            "Neurons behind it (contribution; their first texts)"]);
        for (int i = 0; i < report.Cues.Count; i++)
        {
            var cue = report.Cues[i];
            table.Add([$"{i + 1}", $"{cue.Score:0.0000}", .. tried ? Tried(cue) : [], cue.Text, string.Join("; ", cue.Neurons
                .Take(NeuronsShown).Select(neuron => $"{neuron.Neuron} ({neuron.Contribution:0.0000}: {texts.Line(neuron.Neuron, 2)})"))]);
        }
        terminal.Write(table);
        if (tried) terminal.WriteLine("Shift: by how many logits the cue brings pictures nearer to the fooled class, the mean and its 95 % "
            + "interval; confirmed where that lies above 0.");
        if (report.Dropped.Count == 0) return;
        terminal.WriteLine();
        terminal.WriteLine($"Dropped (texts of a similarity of {report.SynonymCosine:0.00} or more say the same)");
        var dropped = new ResultTable(">Score", "Text", "Why") { Name = "dropped" };
        foreach (var drop in report.Dropped.Take(DroppedShown)) dropped.Add($"{drop.Score:0.0000}", drop.Text, drop.Reason);
        terminal.Write(dropped);
        if (report.Dropped.Count > DroppedShown) terminal.WriteLine($"... and {report.Dropped.Count - DroppedShown} more.");
    }

    /// <summary>What pictures said of a cue.</summary>
    private static string[] Tried(SpuriousCue cue) => cue.Effect is { } effect
        ? [$"{effect.Shift:+0.00;-0.00} [{effect.Low:0.00}, {effect.High:0.00}]", cue.IsConfirmed ? "yes" : "no"]
        : ["-", "not shown"];
}
