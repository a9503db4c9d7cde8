using System.CommandLine;
using ClipLens.Cues;
using ClipLens.Cues.Adversarial;
using ClipLens.Runs.Studies.Applications;

namespace ClipLens.Cli.Commands.Cues;

/// <summary>Which cue words <c>adversarial</c> tries: the run's own cues, the baselines, words from a file.</summary>
internal sealed class AdversarialSources
{
    // The paper's own and three baselines, then the other baseline.
    private static readonly string[] Names = [.. CueSources.Standard.Select(CueSources.NameOf).Union(CueSources.Names)];

    private readonly Option<string> sources, words, layers, drop, pool;
    private readonly Option<int> count, neurons;
    private readonly Option<int?> size;

    public AdversarialSources(Command command, Option<string> pool)
    {
        sources = CommonOptions.Text("--sources", "NAME,...",
            $"Where cue words come from, some of {string.Join(", ", Names)}; all but the first are baselines.",
            string.Join(',', CueSources.Standard.Select(CueSources.NameOf)));
        words = CommonOptions.Text("--cues", "W.txt", "Cue words of your own, one a line, tried first.");
        count = CommonOptions.Count("--cue-count", new CueSettings().Count, "Cue words of a source.");
        neurons = CommonOptions.Count("--neurons", new CueSettings().Neurons, "Neurons that they are taken from, all layers together.");
        layers = CommonOptions.RunLayers();
        drop = CommonOptions.DropWords();
        size = CommonOptions.TableSize();
        this.pool = pool;
        foreach (Option option in new Option[] { sources, words, count, neurons, layers, drop, size }) command.Add(option);
    }

    /// <summary>Reads and checks what the options name, before the model is loaded.</summary>
    public AdversarialStudySettings Read(Invocation call, AdversarialSettings pictures) => new()
    {
        Pictures = pictures with
        {
            Sources = call.Find(words) is { } path ? [new("given words", WordList.Read(path,
            "cue words, one a line"))] : []
        },
        Sources = [.. call.Get(sources).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Source)],
        Cues = new()
        {
            Count = call.Get(count),
            Neurons = call.Get(neurons),
            Drop = call.Find(drop) is { } list ? WordList.Read(list, "words to drop, one a line") : [],
        },
        Neurons = Inputs.Neurons(call.Get(layers), call.Find(pool), call.Find(size)),
    };

    private static CueSource Source(string name) => Names.Contains(name) ? CueSources.Named(name)
        : throw new ClipLensException($"There is no source of cues '{name}'; give some of {string.Join(", ", Names)}.");
}
