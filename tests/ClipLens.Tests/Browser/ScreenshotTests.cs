using ClipLens.Explorer;
using ClipLens.Labels;
using ClipLens.Runs;
using ClipLens.Tests.Cli;

namespace ClipLens.Tests.Browser;

/// <summary>
/// The pictures of the pages in docs/pictures: made of the demo's run that EXPLORER_RUN names, with the classes of the file that
/// EXPLORER_CLASSES names, where UPDATE_DOCS=1 is in the environment.
/// </summary>
public sealed class ScreenshotTests(Chromium chromium) : IClassFixture<Chromium>
{
    private static readonly (string Name, string Page, int Height, bool IsPhone, bool IsDark)[] Shots =
    [
        ("explorer-overview", "index.html", 1500, false, false), ("explorer-neuron", "neuron.html#3:37", 1500, false, false),
        ("explorer-map", "map.html#3:37", 980, false, true), ("explorer-search", "search.html#q=sea", 1100, false, false),
        ("explorer-phone", "neuron.html#3:37", 1100, true, true),
        ("explorer-cues", "cues.html", 1000, false, false),
        ("explorer-picture", "picture.html#picture=12&class=dog&against=*", 1560, false, false),
    ];

    [BrowserFact]
    public async Task The_pictures_of_the_pages_are_those_of_this_program()
    {
        string? path = Environment.GetEnvironmentVariable("EXPLORER_RUN");
        Assert.SkipWhen(path is null || Environment.GetEnvironmentVariable("UPDATE_DOCS") != "1",
            "makes pictures for docs/ with UPDATE_DOCS=1, EXPLORER_RUN and EXPLORER_CLASSES");
        var run = RunDirectory.Open(path!);
        using var site = new ExplorerSite(run, () => run.LoadModel(),
            new()
            {
                Classes = ClassNames.Read(Environment.GetEnvironmentVariable("EXPLORER_CLASSES")!),
                Ablation = Path.Combine(run.Path, "..", "ablation.json"),
            });
        site.Prepare();
        await using var server = await ExplorerServer.StartAsync(site, 0);
        foreach (var (name, page, height, isPhone, isDark) in Shots)
        {
            await using var visit = await chromium.VisitAsync(isPhone, isDark);
            await visit.Page.SetViewportSizeAsync(isPhone ? 390 : 1280, height);
            await visit.OpenAsync(new(server.Address, page));
            await visit.Page.WaitForFunctionAsync(
                "() => ![...document.querySelectorAll('[role=status]')].some(own => /Working|working out|being "
                + "embedded/.test(own.textContent))",
                null, new() { Timeout = 300_000 });
            await visit.ImagesAsync();
            await visit.Page.ScreenshotAsync(new() { Path = Path.Combine(Repository.Root, "docs", "pictures", name + ".png") });
            visit.AssertClean();
        }
    }
}
