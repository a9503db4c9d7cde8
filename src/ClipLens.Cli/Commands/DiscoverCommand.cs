using System.CommandLine;
using System.Text.Json.Nodes;
using ClipLens.Cli.Commands.Evaluation;
using ClipLens.Cli.Output;
using ClipLens.Discovery;
using ClipLens.Drawing;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Runs;

namespace ClipLens.Cli.Commands;

/// <summary>What the model sees in pictures, in words.</summary>
internal sealed class DiscoverCommand : CliCommand
{
    private const int NeuronsShown = 3, TableRows = 30;

    private readonly Option<string[]> images;
    private readonly Option<string> run, method, layers, pool, same, model, output, pictures;
    private readonly Option<int> count, batch;
    private readonly Option<int?> size, workers;

    public DiscoverCommand() : base("discover",
        "Says what the model sees in pictures, in the words of the run's text pool, with the neurons behind each word and the patches from which they get it; for several pictures a table of concepts with counts.")
    {
        run = Has(CommonOptions.Run());
        images = Has(CommonOptions.Texts("--image", "X", "Pictures: one or several files, a folder (searched through), or a text file with a path a line.", required: true));
        method = Has(CommonOptions.Choice("--method", DiscoveryMethods.Default, "How concepts are ranked; see docs/discovery.md.", DiscoveryMethods.Names));
        count = Has(CommonOptions.Count("--count", new DiscoverySettings().Count, "Concepts of a picture."));
        layers = Has(CommonOptions.Text("--layers", "9,10|8-10|all", "Layers of the run.", "all"));
        pool = Has(CommonOptions.Text("--pool", "NAME", "Text pool; the run's first if left out."));
        size = Has(CommonOptions.Number("--size", "Table of this many texts a neuron, for the paper's method; the largest if left out."));
        same = Has(CommonOptions.Text("--same-similarity", "0.6", "Similarity from which two texts say the same; what one in 1,000 pairs of the pool reach if left out."));
        model = Has(CommonOptions.Text("--model", "M", "Where the run's checkpoint is now, if it was moved."));
        batch = Has(CommonOptions.Batch());
        workers = Has(CommonOptions.Workers());
        output = Has(CommonOptions.Output("OUT.json", "File to write: all concepts with every neuron's share and the heat of every patch.", required: false));
        pictures = Has(CommonOptions.Text("--output-pictures", "DIR", "Folder for a sheet a picture: every concept's heat over the picture."));
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("What the model sees in a photo", "cliplens discover --run run --image photo.jpg"),
        new("With a sheet of heat maps", "cliplens discover --run run --image photo.jpg --output photo.json --output-pictures sheets"),
        new("The concepts of a folder of pictures, by the paper's rule", "cliplens discover --run run --image photos --method paper --layers 8-10"),
    ];

    public override void Run(Invocation call)
    {
        string? path = call.Find(output) is { } file ? Inputs.OutputFile(file) : null;
        float? similarity = call.Find(same) is { } word ? Inputs.Share("--same-similarity", word) : null;
        var entries = Inputs.Images(call, call.Get(images));
        var directory = RunDirectory.Open(call.Get(run));
        using var clip = directory.LoadModel(call.Find(model));
        using var described = directory.Described(Inputs.Layers(directory, call.Get(layers)), call.Find(pool), call.Find(size));
        var chosen = DiscoveryMethods.Named(call.Get(method));
        IReadOnlyList<ImageConcepts> found = [];
        call.Terminal.ShowProgress(progress =>
        {
            using var discovery = new ConceptDiscovery(clip, described, new()
            {
                Method = chosen,
                Count = call.Get(count),
                SameCosine = similarity,
                Batch = call.Get(batch),
                Workers = call.Find(workers),
                ApplyOrientation = directory.Manifest.Settings.ApplyOrientation,
                MeanRepresentation = chosen == DiscoveryMethod.Embedding ? DiscoveryMethods.Mean(directory, clip, progress, call.Stop) : null,
            });
            found = discovery.Discover(entries, entries.Count > 1 ? progress : null, call.Stop);
        });
        if (found.All(picture => picture.Error is not null)) throw new ClipLensException(found[0].Error!);
        if (path is not null) AblationJson.Save(path, Json(found, call.Get(method)));
        if (call.Find(pictures) is { } folder) Draw(folder, entries, found, clip, directory.Manifest.Settings.ApplyOrientation, call.Stop);
        Write(call.Terminal, found, new NeuronTexts(directory, call.Find(pool)));
        if (path is not null) call.Terminal.WriteLine($"All of it is in {path}.");
        if (call.Find(pictures) is { } sheets) call.Terminal.WriteLine($"The heat of every concept is in {sheets}.");
    }

    private static void Write(Terminal terminal, IReadOnlyList<ImageConcepts> found, NeuronTexts texts)
    {
        if (found is [var only]) WriteOne(terminal, only, texts);
        else WriteTable(terminal, found);
    }

    private static void WriteOne(Terminal terminal, ImageConcepts picture, NeuronTexts texts)
    {
        terminal.WriteLine($"{picture.Image}: {Words.Count(picture.Significant, "significant neuron")}");
        var table = new ResultTable(">Rank", ">Score", "Concept", "Also", "Where", "Neurons behind it (share; their first texts)");
        for (int i = 0; i < picture.Concepts.Count; i++)
        {
            var concept = picture.Concepts[i];
            table.Add($"{i + 1}", $"{concept.Score:0.000}", concept.Text, string.Join(", ", concept.Same.Take(3)), DiscoveryMethods.Place(concept.Patches),
                string.Join("; ", concept.Neurons.Take(NeuronsShown).Select(share => $"{share.Neuron} ({share.Share:0.00}: {texts.Line(share.Neuron, 2)})")));
        }
        terminal.Write(table);
    }

    private static void WriteTable(Terminal terminal, IReadOnlyList<ImageConcepts> found)
    {
        var counts = ConceptTable.Count(found);
        int unreadable = found.Count(picture => picture.Error is not null);
        terminal.WriteLine($"{Words.Count(counts.Count, "concept")} in {Words.Count(found.Count - unreadable, "picture")}");
        var table = new ResultTable(">Pictures", ">Mean score", "Concept", "Most of all in");
        foreach (var count in counts.Take(TableRows)) table.Add($"{count.Images}", $"{count.MeanScore:0.000}", count.Text, count.Best);
        terminal.Write(table);
        if (counts.Count > TableRows) terminal.WriteLine($"... and {counts.Count - TableRows} more.");
        if (unreadable > 0) terminal.WriteLine($"{Words.Count(unreadable, "picture")} could not be read: {found.First(picture => picture.Error is not null).Error}");
    }

    private static void Draw(string folder, ImageSet entries, IReadOnlyList<ImageConcepts> found, ClipModel clip, bool applyOrientation, CancellationToken stop)
    {
        var used = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < found.Count; i++)
        {
            stop.ThrowIfCancellationRequested();
            if (found[i].Error is not null) continue;
            var crop = new RgbImage(clip.Preprocessor.Size, clip.Preprocessor.Size, clip.Preprocessor.Crop(ImageDecoder.Decode(entries[i].Path, applyOrientation)));
            var sheet = new ContactSheet([Path.GetFileName(found[i].Image), "Brighter: more of the concept flows from there through the significant neurons."],
                [new(crop, "the picture as the model sees it"), .. found[i].Concepts.Select(concept => new ContactTile(crop, $"{concept.Text}\n{concept.Score:0.00}",
                    concept.Patches with { Values = [.. concept.Patches.Values.Select(value => Math.Max(0, value))] }))]);
            string name = Path.GetFileNameWithoutExtension(entries[i].Path);
            for (int again = 2; !used.Add(name); again++) name = $"{Path.GetFileNameWithoutExtension(entries[i].Path)}-{again}";
            PngFile.Write(Path.Combine(folder, name + ".png"), sheet.Draw());
        }
    }

    private static JsonObject Json(IReadOnlyList<ImageConcepts> found, string method) => new()
    {
        ["method"] = method,
        ["images"] = new JsonArray([.. found.Select(picture => picture.Error is { } error
            ? new JsonObject { ["image"] = picture.Image, ["error"] = error }
            : new JsonObject
            {
                ["image"] = picture.Image,
                ["significant_neurons"] = picture.Significant,
                ["concepts"] = new JsonArray([.. picture.Concepts.Select(Concept)]),
            })]),
        ["concepts"] = new JsonArray([.. ConceptTable.Count(found).Select(count => new JsonObject
        {
            ["text"] = count.Text,
            ["images"] = count.Images,
            ["mean_score"] = AblationJson.Number(count.MeanScore),
            ["best"] = count.Best,
        })]),
    };

    private static JsonObject Concept(Concept concept) => new()
    {
        ["text"] = concept.Text,
        ["score"] = AblationJson.Number(concept.Score),
        ["same"] = new JsonArray([.. concept.Same.Select(text => JsonValue.Create(text))]),
        ["neurons"] = new JsonArray([.. concept.Neurons.Select(share => new JsonObject
        {
            ["layer"] = share.Neuron.Layer,
            ["neuron"] = share.Neuron.Index,
            ["share"] = AblationJson.Number(share.Share),
        })]),
        ["patches"] = new JsonObject
        {
            ["rows"] = concept.Patches.Rows,
            ["columns"] = concept.Patches.Columns,
            ["values"] = new JsonArray([.. concept.Patches.Values.Select(value => AblationJson.Number(value))]),
        },
    };
}
