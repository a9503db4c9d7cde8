using System.CommandLine;
using ClipLens.Compute;
using ClipLens.Cues;
using ClipLens.Cues.Adversarial;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Runs;

namespace ClipLens.Cli.Commands.Adversarial;

/// <summary>Which cue words <c>adversarial</c> tries: the run's own cues, the baselines, words from a file.</summary>
internal sealed class AdversarialSources
{
    private static readonly (string Name, CueSource Source)[] Known =
    [
        ("second-order", CueSource.SecondOrder), ("random-neurons", CueSource.RandomNeurons), ("indirect", CueSource.Indirect), ("most-similar", CueSource.MostSimilar),
        ("first-order", CueSource.FirstOrder),
    ];

    /// <summary>The paper's: its own and three baselines.</summary>
    private const int Standard = 4;

    private readonly Option<string> sources, words, layers, drop, pool;
    private readonly Option<int> count, neurons;
    private readonly Option<int?> size;

    public AdversarialSources(Command command, Option<string> pool)
    {
        sources = CommonOptions.Text("--sources", "NAME,...", $"Where cue words come from, some of {string.Join(", ", Known.Select(source => source.Name))}; all but the first are baselines.",
            string.Join(',', Known.Take(Standard).Select(source => source.Name)));
        words = CommonOptions.Text("--cues", "W.txt", "Cue words of your own, one a line, tried first.");
        count = CommonOptions.Count("--cue-count", new CueSettings().Count, "Cue words of a source.");
        neurons = CommonOptions.Count("--neurons", new CueSettings().Neurons, "Neurons that they are taken from, all layers together.");
        layers = CommonOptions.Text("--layers", "9,10|8-10|all", "Layers of the run.", "all");
        drop = CommonOptions.Text("--drop", "W.txt", "Words that are never cues, one a line.");
        size = CommonOptions.Number("--size", "Table of this many texts a neuron; the largest if left out.");
        this.pool = pool;
        foreach (Option option in new Option[] { sources, words, count, neurons, layers, drop, size }) command.Add(option);
    }

    /// <summary>Reads and checks what the options name, before the model is loaded.</summary>
    public Choice Read(Invocation call) => new(
        [.. call.Get(sources).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(name =>
            Known.FirstOrDefault(source => source.Name == name) is { Name: not null } found ? found
                : throw new ClipLensException($"There is no source of cues '{name}'; give some of {string.Join(", ", Known.Select(source => source.Name))}."))],
        call.Find(words) is { } path ? new("given words", Inputs.Lines(path, "cue words, one a line")) : null,
        new CueSettings
        {
            Count = call.Get(count),
            Neurons = call.Get(neurons),
            Drop = call.Find(drop) is { } list ? Inputs.Lines(list, "words to drop, one a line") : [],
        });

    /// <summary>The cue words themselves.</summary>
    public IReadOnlyList<CueList> Find(Invocation call, Choice choice, RunDirectory run, ClipModel model, AdversarialSettings settings, IProgress<WorkProgress> progress)
    {
        List<CueList> lists = choice.Given is { } given ? [given] : [];
        if (choice.Sources.Count == 0) return lists;
        using var described = run.Described(Inputs.Layers(run, call.Get(layers)), call.Find(pool), call.Find(size));
        foreach (var (name, source) in choice.Sources)
        {
            var wanted = choice.Settings with
            {
                Source = source,
                Templates = settings.Templates,
                Seed = settings.Seed,
                Images = [.. run.Images.Select((image, i) => new ImageEntry(image.Path, run.ImagePath(i)))],
            };
            var report = SpuriousCues.Find(model, described, settings.True, settings.Fooled, wanted, progress, call.Stop);
            lists.Add(new(name, [.. report.Cues.Select(cue => cue.Text)]));
        }
        return lists;
    }

    /// <summary>What the options say.</summary>
    internal sealed record Choice(IReadOnlyList<(string Name, CueSource Source)> Sources, CueList? Given, CueSettings Settings);
}
