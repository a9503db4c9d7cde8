using System.Globalization;
using System.Text.Json;
using ClipLens.Explorer;
using ClipLens.Tests.Explorer;
using Microsoft.Playwright;

namespace ClipLens.Tests.Browser;

/// <summary>The live pages as people use them.</summary>
public sealed class LivePageTests(Chromium chromium, PreparedRun prepared) : IClassFixture<Chromium>, IClassFixture<PreparedRun>,
    IAsyncLifetime
{
    private ExplorerServer server = null!;

    public async ValueTask InitializeAsync() => server = await ExplorerServer.StartAsync(prepared.Site, 0);

    public async ValueTask DisposeAsync() => await server.DisposeAsync();

    [BrowserTheory]
    [InlineData("", false, false)]
    [InlineData("", true, true)]
    [InlineData("neuron.html#1:7", false, true)]
    [InlineData("neuron.html#1:7", true, false)]
    [InlineData("search.html#q=red", false, false)]
    [InlineData("search.html", true, true)]
    [InlineData("map.html", false, false)]
    [InlineData("map.html", true, true)]
    [InlineData("picture.html", true, false)]
    [InlineData("picture.html#picture=3", false, false)]
    [InlineData("picture.html#picture=3&class=red", true, true)]
    [InlineData("labels.html", false, true)]
    public async Task Every_page_is_clean_and_open_to_everybody(string page, bool isPhone, bool isDark)
    {
        await using var visit = await chromium.VisitAsync(isPhone, isDark);
        await visit.OpenAsync(new(server.Address, page));
        await visit.SettledAsync();
        await visit.AssertAccessibleAsync();
        visit.AssertClean();
    }

    [BrowserFact]
    public async Task The_keyboard_finds_a_neuron_and_its_neighbours_from_anywhere()
    {
        await using var visit = await chromium.VisitAsync();
        await visit.OpenAsync(server.Address);
        await visit.Page.Keyboard.PressAsync("Tab");
        Assert.Equal("skip", await Focused(visit.Page));
        await visit.Page.Keyboard.PressAsync("Enter");
        Assert.Equal("main", await Focused(visit.Page));
        await visit.Page.Keyboard.PressAsync("/");
        Assert.Equal("query", await Focused(visit.Page));
        await visit.Page.Keyboard.TypeAsync("1:127");
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.WaitForSelectorAsync("h1:has-text('1:127')");
        await visit.Page.Keyboard.PressAsync("ArrowRight");
        await visit.Page.WaitForSelectorAsync("h1:has-text('1:0')");
        await visit.Page.Keyboard.PressAsync("ArrowLeft");
        await visit.Page.WaitForSelectorAsync("h1:has-text('1:127')");
        visit.AssertClean();
    }

    [BrowserFact]
    public async Task A_word_finds_the_neurons_that_have_it_and_then_those_near_in_meaning()
    {
        string word = prepared.Run.ActsOn(1, "pool")![0].Text;
        await using var visit = await chromium.VisitAsync();
        await visit.OpenAsync(server.Address);
        await visit.Page.FillAsync("#query", word);
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.WaitForSelectorAsync("main .card");
        Assert.Contains(word, await visit.Page.InnerTextAsync("main .card >> nth=0 >> .line b"));
        Assert.Matches("has such a word|have such a word", await visit.Page.InnerTextAsync("main [role=status]"));
        await visit.Page.SelectOptionAsync("#layer", "2");
        await visit.Page.WaitForFunctionAsync("() => [...document.querySelectorAll('main .name strong')].every(own => "
            + "own.textContent.startsWith('2:'))");
        await visit.Page.SelectOptionAsync("#by", "images");
        await visit.Page.WaitForFunctionAsync("() => /by what their top images show/.test(document.querySelector('main "
            + "[role=status]').textContent)");
        visit.AssertClean();
    }

    [BrowserTheory]
    [InlineData("most")]
    [InlineData("least")]
    [InlineData("strong")]
    public async Task Neurons_are_sorted_by_a_figure(string order)
    {
        var figures = prepared.Run.Layers.Select(prepared.Run.Neurons).SelectMany(layer => Enumerable.Range(0, layer.Count).Select(i =>
            (Name: $"{layer.Layer}:{i}", Key: order switch
            {
                "most" => -layer.VarianceExplained[i],
                "least" => layer.VarianceExplained[i],
                _ => -layer.Threshold[i],
            }))).ToDictionary(own => own.Name, own => own.Key);
        await using var visit = await chromium.VisitAsync();
        await visit.OpenAsync(new(server.Address, "search.html"));
        await visit.Page.WaitForSelectorAsync("main .card");
        await visit.Page.SelectOptionAsync("#sort", order);
        await visit.Page.WaitForURLAsync($"**sort={order}*");
        await visit.SettledAsync();
        float[] shown = [.. (await visit.Page.Locator("main .card .name strong").AllInnerTextsAsync()).Select(name => figures[name])];
        // The pages round their figures.
        const float rounding = 1e-3f;
        Assert.Equal(48, shown.Length);
        Assert.All(shown.Zip(figures.Values.Order()), pair => Assert.Equal(pair.Second, pair.First, rounding));
        visit.AssertClean();
    }

    [BrowserFact]
    public async Task Neurons_are_filtered_by_their_figures()
    {
        var variance = prepared.Run.Layers.SelectMany(layer => prepared.Run.Neurons(layer).VarianceExplained).Order().ToList();
        int least = (int)(100 * variance[variance.Count / 2]);
        await using var visit = await chromium.VisitAsync();
        await visit.OpenAsync(new(server.Address, "search.html"));
        await visit.Page.ClickAsync(".filters summary");
        await visit.Page.FillAsync("#variance", $"{least}");
        await visit.Page.PressAsync("#variance", "Enter");
        int expected = variance.Count(value => value >= least / 100f);
        Assert.InRange(expected, 1, variance.Count - 1);
        await visit.Page.WaitForSelectorAsync($"main [role=status]:has-text('{expected.ToString("N0", CultureInfo.InvariantCulture)} neuron')");
        const string selectivities = "Promise.all([...document.querySelectorAll('#layer option')].map(own => own.value)"
            + ".filter(Boolean).map(layer => ClipLens.load('data/layers/' + layer))).then(all => all.flatMap(own => own.selectivity))";
        double?[] selectivity = await visit.Page.EvaluateAsync<double?[]>(selectivities);
        double middle = Math.Round(selectivity.OfType<double>().Order().ElementAt(selectivity.Length / 2), 2);
        await visit.Page.FillAsync("#variance", "");
        await visit.Page.PressAsync("#variance", "Enter");
        await visit.Page.FillAsync("#selectivity", middle.ToString(CultureInfo.InvariantCulture));
        await visit.Page.PressAsync("#selectivity", "Enter");
        int selective = selectivity.Count(value => value >= middle);
        Assert.InRange(selective, 1, selectivity.Length - 1);
        await visit.Page.WaitForSelectorAsync($"main [role=status]:has-text('{selective.ToString("N0", CultureInfo.InvariantCulture)} neuron')");
        visit.AssertClean();
    }

    [BrowserFact]
    public async Task The_link_of_a_neuron_leads_to_its_page()
    {
        await using var visit = await chromium.VisitAsync();
        await visit.OpenAsync(new(server.Address, "layer/2/neuron/70"));
        Assert.EndsWith("/neuron.html#2:70", visit.Page.Url);
        await visit.Page.WaitForSelectorAsync("h1:has-text('2:70')");
        await visit.SettledAsync();
        Assert.Equal(5, await visit.Page.Locator(".gallery:not(.small) canvas.heat").CountAsync());
        await visit.Page.UncheckAsync("#maps");
        Assert.Equal("0", await visit.Page.EvaluateAsync<string>("getComputedStyle(document.querySelector('canvas.heat')).opacity"));
        await visit.Page.ClickAsync(".gallery .tile >> nth=0");
        await visit.Page.WaitForSelectorAsync("dialog[open] canvas");
        await visit.Page.Keyboard.PressAsync("Escape");
        await visit.Page.WaitForSelectorAsync("dialog", new() { State = WaitForSelectorState.Detached });
        visit.AssertClean();
    }

    [BrowserFact]
    public async Task A_picture_is_uploaded_told_apart_accounted_for_and_searched_by_a_part_of_it()
    {
        await using var visit = await chromium.VisitAsync();
        await visit.OpenAsync(new(server.Address, "picture.html"));
        await visit.Page.SetInputFilesAsync("#file", prepared.Tiny.File("images", "006.png"));
        await visit.Page.WaitForSelectorAsync(".predicted li");
        await visit.Page.WaitForSelectorAsync(".account");
        await visit.SettledAsync();
        Assert.Equal(4, await visit.Page.Locator(".predicted li").CountAsync());
        double[] shares = [.. (await visit.Page.Locator(".parts td.figure").AllInnerTextsAsync())
            .Select(text => double.Parse(text.Replace('−', '-'), CultureInfo.InvariantCulture))];
        Assert.Equal(shares[^1], shares[..^1].Sum(), 0.05);
        // The run's images, folded up until now, come when they are wanted.
        await visit.Page.ClickAsync("summary:has-text('Choose a picture')");
        await visit.Page.WaitForFunctionAsync("() => [...document.querySelectorAll('.twelve img')].length === 12 "
            + "&& [...document.querySelectorAll('.twelve img')].every(own => own.naturalWidth === 224)");
        await visit.Page.ClickAsync("summary:has-text('Choose a picture')");
        await visit.ImagesAsync();
        await visit.Page.ClickAsync(".account [role=button] >> nth=0");
        await visit.Page.WaitForSelectorAsync(".looked canvas");
        await visit.Page.FillAsync("#segment", ExplorerRun.Script);
        await visit.Page.ClickAsync("button:has-text('Find it')");
        await visit.Page.WaitForSelectorAsync("text=The mask is over the picture");
        Assert.Contains(ExplorerRun.Script, await visit.Page.InnerTextAsync(".looked + .note"));
        await visit.ImagesAsync();
        await visit.Page.EvaluateAsync("document.querySelector('.looked').scrollIntoView()");
        var box = (await visit.Page.Locator(".looked").BoundingBoxAsync())!;
        await visit.Page.Mouse.MoveAsync(box.X + 5, box.Y + 5);
        await visit.Page.Mouse.DownAsync();
        await visit.Page.Mouse.MoveAsync(box.X + (box.Width / 2), box.Y + (box.Height / 2));
        await visit.Page.Mouse.UpAsync();
        await visit.Page.WaitForSelectorAsync("h2:has-text('Neurons for this part')");
        Assert.Contains("region=", visit.Page.Url);
        await visit.SettledAsync();
        visit.AssertClean();
    }

    [BrowserFact]
    public async Task A_class_or_a_name_that_would_be_a_script_is_text()
    {
        await using var visit = await chromium.VisitAsync();
        await visit.OpenAsync(new(server.Address, "picture.html#picture=2&class=" + Uri.EscapeDataString(ExplorerRun.Script)));
        await visit.SettledAsync();
        await visit.Page.WaitForSelectorAsync(".account");
        Assert.Contains(ExplorerRun.Script, await visit.Page.InnerTextAsync(".predicted"));
        await visit.OpenAsync(new(server.Address, "neuron.html#0:9"));
        await visit.Page.FillAsync("#label-name", ExplorerRun.Script);
        await visit.Page.WaitForSelectorAsync("text=Kept in the run");
        await visit.OpenAsync(new(server.Address, "labels.html"), ".given");
        Assert.Contains(ExplorerRun.Script, await visit.Page.InnerTextAsync("main"));
        await visit.OpenAsync(new(server.Address, "search.html#q=" + Uri.EscapeDataString(ExplorerRun.Script)));
        visit.AssertClean();
    }

    [BrowserFact]
    public async Task Two_pages_that_label_one_neuron_lose_nothing()
    {
        await using var visit = await chromium.VisitAsync();
        await visit.OpenAsync(new(server.Address, "neuron.html#2:44"));
        var other = await visit.TabAsync();
        await other.GotoAsync(new Uri(server.Address, "neuron.html#2:44").AbsoluteUri);
        await other.WaitForSelectorAsync("#label-name");
        await visit.Page.FillAsync("#label-name", "stripes");
        await visit.Page.ClickAsync(".naming .star");
        await visit.Page.WaitForSelectorAsync("text=Kept in the run");
        await other.FillAsync("#label-name", "ladders");
        await other.ClickAsync("button:has-text('Keep both')");
        await other.WaitForSelectorAsync("text=Kept in the run");
        var label = JsonDocument.Parse(File.ReadAllText(Path.Combine(prepared.Run.Path, "labels.json"))).RootElement.GetProperty("neurons")
            .GetProperty("2:44");
        Assert.Equal("ladders", label.GetProperty("name").GetString());
        Assert.Contains("stripes", label.GetProperty("note").GetString());
        Assert.True(label.GetProperty("star").GetBoolean());
        visit.AssertClean();
    }

    [BrowserFact]
    public async Task The_map_names_a_neuron_under_the_pointer_and_opens_it()
    {
        await using var visit = await chromium.VisitAsync();
        await visit.OpenAsync(new(server.Address, "map.html#1:5"), ".named .card");
        Assert.Contains("1:5", await visit.Page.InnerTextAsync(".named"));
        await visit.Page.SelectOptionAsync("#colour", "polysemanticity");
        await visit.Page.FillAsync("#paint", prepared.Run.ActsOn(1, "pool")![0].Text);
        await visit.Page.WaitForFunctionAsync("() => /with such a word/.test(document.querySelector('.key').textContent)");
        await visit.Page.FocusAsync(".plane");
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.WaitForSelectorAsync("h1:has-text('1:5')");
        visit.AssertClean();
    }

    /// <summary>Whatever the number of neurons, a frame is one call to the canvas, and however often the pointer moves between two frames,
    /// the map is painted once.</summary>
    [BrowserFact]
    public async Task The_map_paints_once_a_frame_in_one_call()
    {
        await using var visit = await chromium.VisitAsync();
        await visit.Page.AddInitScriptAsync("""
            window.calls = {};
            for (const name of Object.getOwnPropertyNames(CanvasRenderingContext2D.prototype)) {
              const own = Object.getOwnPropertyDescriptor(CanvasRenderingContext2D.prototype, name);
              if (typeof own.value !== "function") continue;
              CanvasRenderingContext2D.prototype[name] = function (...given) { calls[name] = (calls[name] ?? 0) + 1; return own.value.apply(this, given); };
            }
            """);
        await visit.OpenAsync(new(server.Address, "map.html"), ".plane");
        await visit.Page.WaitForFunctionAsync("() => calls.putImageData > 0");
        string calls = await visit.Page.EvaluateAsync<string>("""
            async () => {
              const canvas = document.querySelector(".plane"), frame = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
              const send = (type, x, y) => canvas.dispatchEvent(new PointerEvent(type, { pointerId: 1, clientX: x, clientY: y, bubbles: true }));
              canvas.setPointerCapture = () => {};
              await frame();
              window.calls = {};
              send("pointerdown", 300, 300);
              for (let i = 0; i < 50; i++) send("pointermove", 300 + i, 300 + i);
              for (let i = 0; i < 50; i++) canvas.dispatchEvent(new WheelEvent("wheel", { deltaY: -20, clientX: 400, clientY: 400, cancelable: true }));
              await frame();
              return JSON.stringify(window.calls);
            }
            """);
        Assert.Equal("""{"putImageData":1}""", calls);
        visit.AssertClean();
    }

    /// <summary>The steps of docs/explorer.md, by clicking only.</summary>
    [BrowserFact]
    public async Task Which_neurons_see_it_and_are_they_right_is_answered_by_clicking()
    {
        string word = prepared.Run.ActsOn(1, "pool")![0].Text;
        await using var visit = await chromium.VisitAsync();
        await visit.OpenAsync(server.Address);
        await visit.Page.ClickAsync("#query");
        await visit.Page.Keyboard.TypeAsync(word);
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.WaitForSelectorAsync("main .card");
        await visit.Page.SelectOptionAsync("#by", "images");
        await visit.Page.WaitForFunctionAsync("() => /by what their top images show/.test(document.querySelector('main "
            + "[role=status]').textContent)");
        string first = await visit.Page.InnerTextAsync("main .card .name strong >> nth=0");
        await visit.Page.ClickAsync("main .card >> nth=0");
        await visit.Page.WaitForSelectorAsync($"h1:has-text('Neuron {first}')");
        await visit.Page.WaitForSelectorAsync(".lead");
        await visit.Page.WaitForSelectorAsync(".gallery:not(.small) canvas.heat");
        foreach (string beside in new[] { "Just above the threshold", "Just below", "Drawn at random" })
            Assert.NotEqual(0, await visit.Page.Locator($"div:has(> h3:has-text('{beside}')) img").CountAsync());
        await visit.Page.ClickAsync("a:has-text('its meanings')");
        Assert.InRange(await visit.Page.EvaluateAsync<double>("document.getElementById('meanings').getBoundingClientRect().top"), 0, 900);
        Assert.EndsWith($"#{first}", visit.Page.Url);
        visit.AssertClean();
    }

    /// <summary>The steps of docs/explorer.md, by clicking only.</summary>
    [BrowserFact]
    public async Task Why_the_model_takes_a_picture_for_a_class_is_answered_by_clicking()
    {
        await using var visit = await chromium.VisitAsync();
        await visit.OpenAsync(server.Address);
        await visit.Page.ClickAsync("nav >> text=Picture");
        await visit.Page.ClickAsync(".twelve button >> nth=3");
        await visit.Page.WaitForSelectorAsync(".predicted .chosen");
        await visit.Page.ClickAsync(".predicted button >> nth=1");
        string name = await visit.Page.InnerTextAsync(".predicted li >> nth=1 >> button");
        await visit.Page.WaitForSelectorAsync($".account .end text:has-text('{name[..5]}')");
        double logit = await TotalAsync(visit);
        await visit.Page.SelectOptionAsync("#against", "*");
        await visit.Page.ClickAsync("button:has-text('Account for it')");
        await visit.Page.WaitForURLAsync("**against=*");
        await visit.SettledAsync();
        Assert.NotEqual(logit, await TotalAsync(visit));
        await visit.Page.ClickAsync(".account [role=button] >> nth=0");
        await visit.Page.WaitForSelectorAsync(".looked.square canvas");
        string neuron = await visit.Page.InnerTextAsync(".near a >> nth=0");
        await visit.Page.ClickAsync(".near a >> nth=0");
        await visit.Page.WaitForSelectorAsync($"h1:has-text('Neuron {neuron}')");
        visit.AssertClean();
    }

    /// <summary>What an account adds up to; its parts add up to that.</summary>
    private static async Task<double> TotalAsync(Visit visit)
    {
        double[] shares = [.. (await visit.Page.Locator(".parts td.figure").AllInnerTextsAsync())
            .Select(text => double.Parse(text.Replace('−', '-'), CultureInfo.InvariantCulture))];
        Assert.Equal(shares[^1], shares[..^1].Sum(), 0.05);
        return shares[^1];
    }

    private static Task<string> Focused(IPage page) => page.EvaluateAsync<string>("document.activeElement.id");
}
