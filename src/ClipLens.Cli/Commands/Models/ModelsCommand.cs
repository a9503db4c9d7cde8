using System.CommandLine;
using ClipLens.Models.Hub;

namespace ClipLens.Cli.Commands.Models;

/// <summary>The names that a model can be given by, and which of them are on this machine.</summary>
internal sealed class ModelsCommand : CliCommand
{
    private readonly string path;
    private readonly Option<string> search;
    private readonly Option<bool> all, cached;

    /// <param name="isList">Whether this is <c>models list</c>, the same by its full name.</param>
    public ModelsCommand(bool isList = false) : base(isList ? "list" : "models", isList
        ? "Lists names of models, as 'cliplens models' does."
        : "Lists the names that a model can be given by instead of a path: open_clip's names and tags, OpenAI's own, and what of the "
        + "hub's cache can be used. A model that is named and not there is fetched into the cache of Hugging Face's tools.")
    {
        path = isList ? "models list" : "models";
        search = Has(CommonOptions.Text("--search", "WORDS", "Only names, repositories and families with all of these words in them."));
        cached = Has(new Option<bool>("--cached") { Description = "Only what is on this machine." });
        all = Has(new Option<bool>("--all") { Description = "Families that are not supported too." });
        if (isList) return;
        Add(new ModelsCommand(isList: true));
        Add(new ModelsPullCommand());
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("All names of supported models", $"cliplens {path}"),
        new("Those of one architecture", $"cliplens {path} --search ViT-B-32"),
        new("What is on this machine", $"cliplens {path} --cached"),
    ];

    public override void Run(Invocation call)
    {
        var there = ModelHub.Cached().ToDictionary(model => model.Name, StringComparer.Ordinal);
        var rows = ModelRow.All(there);
        string[] words = call.Find(search)?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        var found = rows.Where(row => row.Matches(words) && (row.Bytes is not null || !call.Get(cached))).ToList();
        bool isShort = words.Length == 0 && !call.Get(cached);
        var shown = found.Where(row => call.Get(all) || row.Family is not { IsSupported: false } || !isShort).ToList();
        if (shown.Count == 0) throw new ClipLensException(words.Length == 0
            ? "No model is on this machine yet; name one, and it is fetched."
            : $"No name has '{string.Join(' ', words)}' in it; leave words out, or give a repository of the hub by its own name.");
        if (isShort) ModelListing.WriteGroups(call.Terminal, shown);
        else ModelListing.WriteTable(call.Terminal, shown);
        if (shown.Count == found.Count) return;
        string[] families = [.. found.Except(shown).Select(row => row.Family!.Name).Distinct()];
        call.Terminal.WriteLine();
        call.Terminal.WriteLine($"{found.Count - shown.Count} names of families that are not supported are left out "
            + $"({string.Join(", ", families)}); --all shows them.");
    }
}
