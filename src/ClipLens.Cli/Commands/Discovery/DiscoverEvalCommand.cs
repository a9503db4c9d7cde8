using System.CommandLine;
using System.Globalization;
using ClipLens.Cli.Commands.Evaluation;
using ClipLens.Cli.Output;
using ClipLens.Discovery;
using ClipLens.Files;
using ClipLens.Runs.Studies.Applications;

namespace ClipLens.Cli.Commands.Discovery;

/// <summary>Do the concepts of labelled pictures hold their class?</summary>
internal sealed class DiscoverEvalCommand : CliCommand
{
    private readonly EvaluationOptions inputs;
    private readonly Option<string> layers, pool, weights, same, output;
    private readonly Option<int?> size;
    private readonly Option<int> batch;

    public DiscoverEvalCommand() : base("discover-eval",
        "Compares ways of finding concepts on labelled images: how often the class is among the first 1, 5 and 10 concepts, by its "
        + "name and by its meaning.")
    {
        inputs = EvaluationOptions.AddTo(this);
        HasPlacement();
        layers = Has(CommonOptions.RunLayers());
        pool = Has(CommonOptions.Pool(
            "Text pool of the run; its first if left out. Classes that it does not name cannot be found by name."));
        size = Has(CommonOptions.TableSize(", for the paper's method"));
        weights = Has(CommonOptions.Text("--weights", "w,...",
            "Weights of the significant neurons' effects, a row of the method 'reinforced' for each.", Invariant(new DiscoverySettings()
            .Weight)));
        same = Has(CommonOptions.SameSimilarity("--same-similarity", "Similarity"));
        batch = Has(CommonOptions.Batch());
        output = Has(CommonOptions.Output("OUT.json", "File to write.", required: false));
        HasTables();
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("All methods on labelled images",
            "cliplens discover-eval --run run --images validation --labels labels.csv --classes classes.txt"),
        new("With several weights",
            "cliplens discover-eval --run run --images validation --labels labels.csv --classes classes.txt \\\n--weights 0.25,0.5,1 "
            + "--output discovery.json"),
    ];

    public override void Run(Invocation call)
    {
        string? path = call.Find(output) is { } file ? OutputFile.Prepare(file) : null;
        float[] tried = [.. call.Get(weights).Split(',').Select(Weight)];
        float? similarity = call.Find(same) is { } word ? Inputs.Share("--same-similarity", word) : null;
        var neurons = Inputs.Neurons(call.Get(layers), call.Find(pool), call.Find(size));
        (DiscoveryMethod, float)[] methods = [.. tried.Select(weight => (DiscoveryMethod.Reinforced, weight)), (DiscoveryMethod.Effects, 0),
            (DiscoveryMethod.Paper, 0),
            (DiscoveryMethod.Embedding, 0), (DiscoveryMethod.ZeroShot, 0)];
        DiscoveryComparison? result = null;
        call.Terminal.ShowProgress(progress =>
        {
            using var opened = inputs.Open(call, progress);
            var settings = new DiscoverySettings { SameCosine = similarity, Batch = call.Get(batch), Workers = opened.Workers };
            result = DiscoveryStudy.Evaluate(opened.Run, opened.Model, opened.Images, opened.Classifier, methods, settings, neurons,
                progress, call.Stop);
        });
        if (path is not null) DiscoveryFile.Write(path, result!);
        Write(call.Terminal, result!);
        if (path is not null) call.Terminal.WriteLine($"All of it is in {path}.");
    }

    private static void Write(Terminal terminal, DiscoveryComparison result)
    {
        terminal.WriteLine($"The class among the first concepts of {Words.Count(result.Images, "image")}, in percent; the pool names "
            + $"the class of {result.Nameable:0.0} %");
        var table = new ResultTable(["Method", .. result.Ranks.Select(rank => $">Name@{rank}"), .. result.Ranks.Select(rank =>
            $">Meaning@{rank}")]);
        foreach (var method in result.Methods)
            table.Add([method.Name, .. method.ByName.Concat(method.ByMeaning).Select(percent => $"{percent:0.0}")]);
        terminal.Write(table);
        terminal.WriteLine("Name: a concept, or a text that says the same, is the class's name in any form. Meaning: the class is the "
            + "nearest of all classes to the concept.");
        if (result.Unreadable > 0) terminal.WriteLine($"{Words.Count(result.Unreadable, "image")} could not be read.");
    }

    private static string Invariant(float weight) => weight.ToString(CultureInfo.InvariantCulture);

    private static float Weight(string word) =>
        float.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out float weight) && float.IsFinite(weight) ? weight
            : throw new ClipLensException($"--weights takes numbers separated by commas, not '{word}'.");
}
