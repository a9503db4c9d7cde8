using System.Globalization;
using Microsoft.Playwright;

namespace ClipLens.Tests.Browser;

/// <summary>
/// For people who look at the pages of an explorer or a report that is there already: EXPLORER_URL names its first page (http or file).
/// Pictures of all pages go into the folder EXPLORER_SHOTS, times to the console. EXPLORER_NEURON (3:37), EXPLORER_QUERY and
/// EXPLORER_PICTURE choose what is shown.
/// </summary>
public sealed class LookTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const int Frames = 120;

    /// <summary>Goes to addresses of the page that is open, and waits for each until its heading and what follows it are there.</summary>
    private const string Shown = """
        async given => {
          const times = [], main = document.getElementById("main");
          for (const [hash, title] of given) {
            const begin = performance.now();
            location.hash = hash;
            await new Promise(done => new MutationObserver((_, own) => {
              if (!main.querySelector("h1")?.textContent.includes(title)) return;
              own.disconnect();
              done();
            }).observe(main, { childList: true }));
            times.push(performance.now() - begin);
            await new Promise(done => setTimeout(done, 300));
          }
          return times;
        }
        """;

    private static readonly string? Url = Environment.GetEnvironmentVariable("EXPLORER_URL"),
        Folder = Environment.GetEnvironmentVariable("EXPLORER_SHOTS");

    private static string Neuron => Environment.GetEnvironmentVariable("EXPLORER_NEURON") ?? "3:37";

    private static string Query => Environment.GetEnvironmentVariable("EXPLORER_QUERY") ?? "wheel";

    private static string Picture => Environment.GetEnvironmentVariable("EXPLORER_PICTURE") ?? "picture=3";

    [BrowserFact]
    public async Task Every_page_on_a_desktop_and_on_a_phone_by_day_and_by_night()
    {
        Assert.SkipWhen(Url is null || Folder is null, "takes pictures of the pages at EXPLORER_URL into EXPLORER_SHOTS");
        Directory.CreateDirectory(Folder);
        foreach (var (isPhone, isDark) in new[] { (false, false), (false, true), (true, false), (true, true) })
        {
            await using var visit = await chromium.VisitAsync(isPhone, isDark);
            await visit.OpenAsync(new(Url));
            string[] pages = await visit.Page.EvaluateAsync<string[]>("ClipLens.load('data/overview').then(run => run.pages)");
            foreach (string page in pages)
            {
                string hash = page switch { "neuron" or "map" => Neuron, "search" => "q=" + Query, "picture" => Picture, _ => "" };
                await visit.OpenAsync(new(new Uri(Url), $"{page}.html{(hash.Length > 0 ? "#" + hash : "")}"));
                await visit.Page.WaitForFunctionAsync("() => ![...document.querySelectorAll('[role=status]')].some(own => "
                    + "/Working|working out|being embedded/.test(own.textContent))", null, new() { Timeout = 120_000 });
                // Pictures come when they are seen, so the page is looked at from its top to its end.
                await visit.Page.EvaluateAsync("async () => { for (let y = 0; y < document.body.scrollHeight; y += 600) { "
                    + "scrollTo(0, y); await new Promise(done => setTimeout(done, 60)); } scrollTo(0, 0); }");
                await visit.ImagesAsync();
                await visit.Page.WaitForTimeoutAsync(300);
                await visit.AssertAccessibleAsync();
                string name = $"{page}-{(isPhone ? "phone" : "desktop")}-{(isDark ? "dark" : "light")}.png";
                var size = visit.Page.ViewportSize!;
                float height = await visit.Page.EvaluateAsync<float>("document.documentElement.scrollHeight");
                await visit.Page.ScreenshotAsync(new()
                {
                    Path = Path.Combine(Folder, name),
                    FullPage = true,
                    Clip = new() { Width = size.Width, Height = Math.Min(height, isPhone ? 2600 : 3400) },
                });
            }
            visit.AssertClean();
        }
    }

    [BrowserFact]
    public async Task How_long_the_pages_take_in_a_browser()
    {
        Assert.SkipWhen(Url is null || Folder is not null, "measures the pages at EXPLORER_URL");
        await using var visit = await chromium.VisitAsync();
        var page = visit.Page;
        await Say("first page, until its cards are there", () => visit.OpenAsync(new(Url!), ".card"));
        await visit.OpenAsync(new(new Uri(Url!), "map.html"), ".plane");
        await page.WaitForTimeoutAsync(500);
        double[] script = await Times(page, """
            async frames => {
              const canvas = document.querySelector(".plane"), view = ClipLens.planeView, times = [];
              for (let i = 0; i < frames; i++) {
                if (i % 2) view.zoom(i % 40 < 20 ? 1.08 : 1 / 1.08); else view.pan(i % 80 < 40 ? 9 : -9, 4);
                const begin = performance.now();
                view.paintNow();
                times.push(performance.now() - begin);
                await new Promise(requestAnimationFrame);
              }
              return times;
            }
            """);
        Say("script of a frame of the map", script);
        double[] frames = await Times(page, """
            async frames => {
              const view = ClipLens.planeView, times = [];
              let last = await new Promise(requestAnimationFrame);
              for (let i = 0; i < frames; i++) {
                view.pan(i % 80 < 40 ? 9 : -9, 4);
                const now = await new Promise(requestAnimationFrame);
                times.push(now - last);
                last = now;
              }
              return times;
            }
            """);
        Say("from frame to frame while it is moved", frames);
        await visit.OpenAsync(new(new Uri(Url!), "search.html#q=" + Query), ".card");
        await visit.SettledAsync();
        Say("a search, from the words to the cards", await Times(page, Shown, [.. Enumerable.Range(0, 10)
            .Select(i => new[] { $"q=thing{1200 + i}", $"thing{1200 + i}" })]));
        await visit.OpenAsync(new(new Uri(Url!), "neuron.html#" + Neuron));
        string layer = Neuron.Split(':')[0];
        Say("a neuron's page, from the click to its content", await Times(page, Shown, [.. Enumerable.Range(0, 10)
            .Select(i => new[] { $"{layer}:{7 + 20 * i}", $"{layer}:{7 + 20 * i} " })]));
        visit.AssertClean();
    }

    private static async Task<double[]> Times(IPage page, string script, string[][]? given = null) =>
        await page.EvaluateAsync<double[]>(script, (object?)given ?? Frames);

    private static async Task Say(string what, Func<Task> work) => Say(what, [await Milliseconds(work)]);

    private static async Task<double> Milliseconds(Func<Task> work)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await work();
        return clock.Elapsed.TotalMilliseconds;
    }

    private static void Say(string what, double[] times)
    {
        double[] sorted = [.. times.Order()];
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what}: median {sorted[sorted.Length / 2]:0.0} ms, 95 % {sorted[sorted.Length * 95 / 100]:0.0}, slowest {sorted[^1]:0.0}"));
    }
}
