using System.Globalization;
using ClipLens.Cues;
using ClipLens.Cues.Adversarial;
using ClipLens.Editing.Units;
using ClipLens.Editing.Weights;
using ClipLens.Explorer;
using ClipLens.Models;
using ClipLens.Runs;
using ClipLens.Runs.Settings;
using ClipLens.Tests.Explorer;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Browser;

/// <summary>The pages of what other commands wrote: cues of all pairs, adversarial pictures, a run before and after an edit.</summary>
public sealed class StudyPageTests(Chromium chromium) : IClassFixture<Chromium>, IDisposable
{
    private readonly TinyRun tiny = new();

    [BrowserFact]
    public async Task The_strongest_cues_of_all_pairs_are_a_table_strongest_first()
    {
        tiny.Run();
        CueFile.Write(Path.Combine(tiny.Output, "cues-all.json"),
            [.. Enumerable.Range(0, 50).Select(i => new PairCue("ship", "class" + i, "word" + i, i, 0.01f * i)),
                new("ship", "car", ExplorerRun.Script, 1, 0.9f)]);
        using var site = new ExplorerSite(RunDirectory.Open(tiny.Output));
        await using var server = await ExplorerServer.StartAsync(site, 0);
        await using var visit = await chromium.VisitAsync(isPhone: true);
        await visit.OpenAsync(new(server.Address, "cues.html"));
        var rows = visit.Page.Locator("main tbody tr");
        Assert.Equal(40, await rows.CountAsync());
        Assert.StartsWith(ExplorerRun.Script, await rows.Nth(0).InnerTextAsync());
        Assert.Matches(@"word49\s+ship → class49\s+0\.490", await rows.Nth(1).InnerTextAsync());
        await visit.AssertAccessibleAsync();
        await visit.Page.ClickAsync("button:has-text('Show all 51')");
        Assert.Equal(51, await rows.CountAsync());
        Assert.Contains("word0", await rows.Nth(50).InnerTextAsync());
        visit.AssertClean();
    }

    [BrowserFact]
    public async Task Adversarial_pictures_are_shown_beside_their_controls_with_their_verdicts()
    {
        tiny.Run();
        string folder = Path.Combine(tiny.Output, "adversarial");
        TinyModel.WritePictures(folder, 8, seed: 3);
        // Fooled, still right, and one whose control is wrong; the fourth lies outside of the folder and is never shown.
        AdversarialPicture[] pictures = [Made(0, 4, -6), Made(1, -2, -5), Made(2, 3, 1),
            Made(3, 9, -9) with { File = "../../outside.png" }];
        File.Copy(Path.Combine(folder, "006.png"), tiny.File("outside.png"));
        AdversarialReport.WriteFigures(new("ship", "car", [new("cues", ["road"], [], [new(3, 2, 1, 5)])], pictures), folder);
        using var site = new ExplorerSite(RunDirectory.Open(tiny.Output));
        await using var server = await ExplorerServer.StartAsync(site, 0);
        await using var visit = await chromium.VisitAsync();
        await visit.OpenAsync(new(server.Address, "cues.html"), "figure");
        string[] told = [.. await visit.Page.Locator("main figcaption").AllInnerTextsAsync()];
        Assert.Equal(["taken for car by road (cues); lead −6.0 → 4.0", "still ship by road (cues); lead −5.0 → −2.0",
            "does not count: its control is wrong too by road (cues); lead 1.0 → 3.0"], told);
        Assert.Contains("cues: 50.0 of 100 fool the model", await visit.Page.InnerTextAsync("main"));
        await visit.ImagesAsync();
        Assert.Equal(6, await visit.Page.EvaluateAsync<int>(
            "[...document.querySelectorAll('main img')].filter(own => own.naturalWidth > 0).length"));
        await visit.AssertAccessibleAsync();
        visit.AssertClean();
    }

    [BrowserFact]
    public async Task A_run_before_and_after_an_edit_shows_what_went_and_what_was_edited()
    {
        tiny.Run(settings => settings with { Layers = LayerSelection.Parse("1") });
        string edited = tiny.File("edited"), after = tiny.File("after");
        using (var model = ClipModel.Load(tiny.Model))
        {
            // Without a mean nothing is left of them: their effects are the same on every image.
            var edit = new ModelEdit([new(new(1, 5)), new(new(1, 77))], EditMean.None);
            CheckpointEditor.Write(tiny.Model, edit, UnitMeans.Zero(model), edited);
        }
        var settings = TinyRun.SettingsFor(edited, tiny.Images, after, tiny.Pool) with { Layers = LayerSelection.Parse("1") };
        Analysis.Run(settings, null, TestContext.Current.CancellationToken);
        RunDirectory run = RunDirectory.Open(tiny.Output), other = RunDirectory.Open(after);
        using var site = new ExplorerSite(run, () => run.LoadModel(), new() { Other = other, LoadOther = () => other.LoadModel() });
        site.Prepare(new() { Cancellation = TestContext.Current.CancellationToken });
        await using var server = await ExplorerServer.StartAsync(site, 0);
        await using var visit = await chromium.VisitAsync();
        await visit.OpenAsync(new(server.Address, "compare.html"));
        var went = visit.Page.Locator("section:has(h2:text-is('What went')) .pair");
        string[] gone = [.. await went.Locator("a.card .name strong").AllInnerTextsAsync()];
        Assert.Equal(["1:5", "1:77"], gone[..2].Order());
        string[] correlations = [.. await went.Locator("a.card .name .figure").AllInnerTextsAsync()];
        // What is nearest there is another neuron; all but these two are still the same.
        Assert.All(correlations[..2], text => Assert.InRange(double.Parse(text[2..], CultureInfo.InvariantCulture), 0, 0.9));
        Assert.All(await visit.Page.Locator("section:has(h2:text-is('The same in both')) a.card .figure").AllInnerTextsAsync(),
            text => Assert.Equal("r 1.00", text));
        Assert.Contains("The model of edited is that of model, edited: 1:5 × 0.00, 1:77 × 0.00.",
            await visit.Page.InnerTextAsync("main"));
        Assert.Contains("neurons of 128 neurons here and 128 there are each other's best", (await visit.Page.InnerTextAsync("main .lead"))
            .Replace("126 neurons", "neurons"));
        await visit.AssertAccessibleAsync();
        visit.AssertClean();
    }

    public void Dispose() => tiny.Dispose();

    private static AdversarialPicture Made(int index, float margin, float control) => new("cues", 0, index, ["road"], "a ship on the road",
        "a ship", $"{2 * index:000}.png", $"{2 * index + 1:000}.png", new(margin, control));
}
