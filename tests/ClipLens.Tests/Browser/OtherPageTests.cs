using ClipLens.Cues;
using ClipLens.Explorer;
using ClipLens.Runs;
using ClipLens.Runs.Settings;
using ClipLens.Tests.Explorer;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Browser;

/// <summary>The report opened from disk, pages of what other commands wrote, and runs that are broken or unfinished.</summary>
public sealed class OtherPageTests(Chromium chromium, PreparedRun prepared) : IClassFixture<Chromium>, IClassFixture<PreparedRun>
{
    private static readonly string[] ReportPages = ["index.html", "neuron.html#2:70", "search.html#q=red", "map.html", "labels.html",
        "scores.html"];

    [BrowserFact]
    public async Task The_report_opens_from_a_folder_without_a_server()
    {
        using var folder = new ScratchFolder();
        using var site = new ExplorerSite(prepared.Run, null, new() { Scores = Scores });
        ExplorerReport.Write(site, folder.Path, cancellation: TestContext.Current.CancellationToken);
        await using var visit = await chromium.VisitAsync();
        foreach (string page in ReportPages)
        {
            await visit.OpenAsync(new Uri("file://" + folder.File(page)));
            await visit.SettledAsync();
            Assert.Equal(0, await visit.Page.Locator(".trouble").CountAsync());
            await visit.AssertAccessibleAsync();
        }
        await visit.OpenAsync(new Uri("file://" + folder.File("search.html") + "#by=writes&q="
            + Uri.EscapeDataString(prepared.Run.PoolTexts("pool")[5])), ".card");
        Assert.Contains("near in meaning", await visit.Page.InnerTextAsync("main [role=status]"));
        Assert.False(File.Exists(folder.File("picture.html")));
        visit.AssertClean();
    }

    [BrowserFact]
    public async Task Cues_two_runs_and_scores_have_their_pages()
    {
        CueFile.Write(Path.Combine(prepared.Run.Path, "cues-red-blue.json"),
            new CueReport("red", ExplorerRun.Script, CueSource.SecondOrder, [],
            [new("stripes", 3, 0.5f, [new(new(1, 7), 0.2f)]) { Effect = new(1.5, 0.5, 2.5) }], [new("ruby", 0.4f, "it names red")], 0.6f));
        using var site = new ExplorerSite(prepared.Run, () => prepared.Run.LoadModel(),
            new() { Other = RunDirectory.Open(prepared.Run.Path), Scores = Scores });
        await using var server = await ExplorerServer.StartAsync(site, 0);
        await using var visit = await chromium.VisitAsync(isPhone: true);
        foreach (var (page, text) in new[] { ("cues.html", "stripes"), ("compare.html", "The same in both"), ("scores.html", "a score") })
        {
            await visit.OpenAsync(new(server.Address, page));
            Assert.Contains(text, await visit.Page.InnerTextAsync("main"));
            await visit.AssertAccessibleAsync();
        }
        visit.AssertClean();
    }

    [BrowserFact]
    public async Task A_broken_run_says_what_is_broken()
    {
        using var tiny = new TinyRun();
        tiny.Run();
        File.WriteAllText(Path.Combine(tiny.Output, "layer-01", "texts-pool-6.parquet"), "nothing");
        using var site = new ExplorerSite(RunDirectory.Open(tiny.Output));
        await using var server = await ExplorerServer.StartAsync(site, 0);
        await using var visit = await chromium.VisitAsync();
        await visit.OpenAsync(server.Address);
        Assert.Contains("texts-pool-6.parquet", await visit.Page.InnerTextAsync("[role=alert]"));
        await visit.OpenAsync(new(server.Address, "neuron.html#77:1"));
        await visit.Page.WaitForSelectorAsync("[role=alert]");
        visit.AssertClean();
    }

    [BrowserFact]
    public async Task A_run_that_is_still_being_made_shows_what_is_done()
    {
        using var tiny = new TinyRun();
        tiny.Run(settings => settings with { Layers = LayerSelection.Parse("1") });
        Directory.CreateDirectory(Path.Combine(tiny.Output, "work"));
        using var site = new ExplorerSite(RunDirectory.Open(tiny.Output));
        await using var server = await ExplorerServer.StartAsync(site, 0);
        await using var visit = await chromium.VisitAsync();
        await visit.OpenAsync(server.Address);
        Assert.Contains("The run is not finished", await visit.Page.InnerTextAsync("main"));
        await visit.OpenAsync(new(server.Address, "neuron.html#1:3"));
        await visit.Page.WaitForSelectorAsync(".gallery img");
        visit.AssertClean();
    }

    private static ScoreTable Scores => new("Scores", "What they mean.", [new("a score", 50, [new("chance", 10)])]);
}
