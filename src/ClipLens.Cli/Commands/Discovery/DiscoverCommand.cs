using System.CommandLine;
using ClipLens.Cli.Output;
using ClipLens.Discovery;
using ClipLens.Files;
using ClipLens.Runs;
using ClipLens.Runs.Studies.Applications;

namespace ClipLens.Cli.Commands.Discovery;

/// <summary>What the model sees in images, in words.</summary>
internal sealed class DiscoverCommand : CliCommand
{
    private const int NeuronsShown = 3, TableRows = 30;

    private readonly Option<string[]> images;
    private readonly Option<string> run, method, layers, pool, same, model, runImages, output, pictures;
    private readonly Option<int> count, batch;
    private readonly Option<int?> size, workers;

    public DiscoverCommand() : base("discover",
        "Says what the model sees in images, in the words of the run's text pool, with the neurons behind each word and the patches "
        + "from which they get it; for several images a table of concepts with counts.")
    {
        run = Has(CommonOptions.Run());
        images = Has(CommonOptions.Pictures());
        method = Has(CommonOptions.Choice("--method", DiscoveryMethods.Names[0], "How concepts are ranked; see docs/discovery.md.",
            [.. DiscoveryMethods.Names]));
        count = Has(CommonOptions.Count("--count", new DiscoverySettings().Count, "Concepts of an image."));
        layers = Has(CommonOptions.RunLayers());
        pool = Has(CommonOptions.Pool());
        size = Has(CommonOptions.TableSize(", for the paper's method"));
        same = Has(CommonOptions.SameSimilarity("--same-similarity", "Similarity"));
        model = Has(CommonOptions.RunModel());
        runImages = Has(CommonOptions.RunImages());
        batch = Has(CommonOptions.Batch());
        workers = Has(CommonOptions.Workers());
        HasPlacement();
        output = Has(CommonOptions.Output("OUT.json", "File to write: all concepts with every neuron's share and the heat of every patch.",
            required: false));
        pictures = Has(CommonOptions.Text("--output-pictures", "DIR",
            "Folder for a sheet an image: every concept's heat over the image."));
        HasTables();
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("What the model sees in a photo", "cliplens discover --run run --image photo.jpg"),
        new("With a sheet of heat maps", "cliplens discover --run run --image photo.jpg --output photo.json --output-pictures sheets"),
        new("The concepts of a folder of images, by the paper's rule",
            "cliplens discover --run run --image photos --method paper --layers 8-10"),
    ];

    public override void Run(Invocation call)
    {
        string? path = call.Find(output) is { } file ? OutputFile.Prepare(file) : null;
        var settings = new DiscoverySettings
        {
            Method = DiscoveryMethods.Named(call.Get(method)),
            Count = call.Get(count),
            SameCosine = call.Find(same) is { } word ? Inputs.Share("--same-similarity", word) : null,
            Batch = call.Get(batch),
            Workers = call.Find(workers),
        };
        var neurons = Inputs.Neurons(call.Get(layers), call.Find(pool), call.Find(size));
        var entries = Inputs.Images(call, call.Get(images));
        var directory = Inputs.Run(call, run, runImages);
        using var clip = Inputs.RunModel(call, directory, call.Find(model));
        IReadOnlyList<ImageConcepts> found = [];
        call.Terminal.ShowProgress(progress => found = DiscoveryStudy.Discover(directory, clip, entries, settings, neurons, progress,
            call.Stop));
        if (path is not null) DiscoveryFile.Write(path, found, settings.Method);
        string? sheets = call.Find(pictures);
        if (sheets is not null) ConceptSheets.Write(sheets, entries, found, clip, directory.Manifest.Settings.ApplyOrientation, call.Stop);
        Write(call.Terminal, found, new NeuronTexts(directory, call.Find(pool)));
        if (path is not null) call.Terminal.WriteLine($"All of it is in {path}.");
        if (sheets is not null) call.Terminal.WriteLine($"The heat of every concept is in {sheets}.");
    }

    private static void Write(Terminal terminal, IReadOnlyList<ImageConcepts> found, NeuronTexts texts)
    {
        if (found is [var only]) WriteOne(terminal, only, texts);
        else WriteTable(terminal, found);
    }

    private static void WriteOne(Terminal terminal, ImageConcepts image, NeuronTexts texts)
    {
        terminal.WriteLine($"{image.Image}: {Words.Count(image.Significant, "significant neuron")}");
        var table = new ResultTable(">Rank", ">Score", "Concept", "Also", "Where", "Neurons behind it (share; their first texts)");
        for (int i = 0; i < image.Concepts.Count; i++)
        {
            var concept = image.Concepts[i];
            table.Add($"{i + 1}", $"{concept.Score:0.000}", concept.Text, string.Join(", ", concept.Same.Take(3)), concept.Place,
                string.Join("; ", concept.Neurons.Take(NeuronsShown).Select(share =>
                    $"{share.Neuron} ({share.Share:0.00}: {texts.Line(share.Neuron, 2)})")));
        }
        terminal.Write(table);
    }

    private static void WriteTable(Terminal terminal, IReadOnlyList<ImageConcepts> found)
    {
        var counts = ConceptTable.Count(found);
        int unreadable = found.Count(image => image.Error is not null);
        terminal.WriteLine($"{Words.Count(counts.Count, "concept")} in {Words.Count(found.Count - unreadable, "image")}");
        var table = new ResultTable(">Images", ">Mean score", "Concept", "Most of all in");
        foreach (var count in counts.Take(TableRows)) table.Add($"{count.Images}", $"{count.MeanScore:0.000}", count.Text, count.Best);
        terminal.Write(table);
        if (counts.Count > TableRows) terminal.WriteLine($"... and {counts.Count - TableRows} more.");
        if (unreadable > 0) terminal.WriteLine($"{Words.Count(unreadable, "image")} could not be read: "
            + $"{found.First(image => image.Error is not null).Error}");
    }
}
