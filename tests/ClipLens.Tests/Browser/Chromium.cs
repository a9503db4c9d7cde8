using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace ClipLens.Tests.Browser;

/// <summary>The system's Chromium without a window; the tests are skipped, with a message, where none is installed.</summary>
public sealed class Chromium : IAsyncLifetime
{
    public const string Missing = "needs Debian's chromium (apt-get install chromium)";

    private static readonly string[] Places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    private IPlaywright? playwright;
    private IBrowser? browser;

    public static string? Place { get; } = Places.FirstOrDefault(File.Exists);

    /// <summary>A page of a fresh visitor.</summary>
    /// <param name="isPhone">Whether on a phone's width.</param>
    /// <param name="isDark">Whether the visitor likes it dark.</param>
    public async Task<Visit> VisitAsync(bool isPhone = false, bool isDark = false)
    {
        var context = await browser!.NewContextAsync(new()
        {
            ColorScheme = isDark ? ColorScheme.Dark : ColorScheme.Light,
            ViewportSize = isPhone ? new() { Width = 390, Height = 844 } : new() { Width = 1280, Height = 900 },
            IsMobile = isPhone,
            HasTouch = isPhone,
        });
        return new(context, await context.NewPageAsync());
    }

    public async ValueTask InitializeAsync()
    {
        if (Place is null) return;
        playwright = await Playwright.CreateAsync();
        // Chromium does not start as root, as CI runs, with its sandbox.
        browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Place, Args = ["--no-sandbox"] });
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null) await browser.DisposeAsync();
        playwright?.Dispose();
    }
}

/// <summary>A visitor's page, and everything that should not have happened on it.</summary>
public sealed class Visit : IAsyncDisposable
{
    private readonly IBrowserContext context;
    private readonly List<string> faults = [];

    internal Visit(IBrowserContext context, IPage page)
    {
        (this.context, Page) = (context, page);
        Watch(page);
    }

    public IPage Page { get; }

    /// <summary>Opens an address and waits until the page has been filled.</summary>
    public async Task OpenAsync(Uri address, string selector = "h1")
    {
        await Page.GotoAsync(address.AbsoluteUri);
        await Page.WaitForSelectorAsync("main " + selector);
    }

    /// <summary>Another page of the same visitor.</summary>
    public async Task<IPage> TabAsync()
    {
        var page = await context.NewPageAsync();
        Watch(page);
        return page;
    }

    /// <summary>Waits until nothing is being worked out any more.</summary>
    public Task SettledAsync() => Page.WaitForFunctionAsync(
        "() => ![...document.querySelectorAll('[role=status]')].some(node => /Working|working out|Loading|being "
        + "embedded/.test(node.textContent))");

    /// <summary>Waits until all pictures have come, but for those that a browser leaves until they are seen: below the window, or in what
    /// is folded up.</summary>
    public Task ImagesAsync() => Page.WaitForFunctionAsync("() => [...document.images].every(own => own.complete || !own.checkVisibility() "
        + "|| own.getBoundingClientRect().top > innerHeight)");

    /// <summary>Asserts that the console was silent and nothing was asked of another host.</summary>
    public void AssertClean() => Assert.Empty(faults);

    /// <summary>Asserts that axe finds nothing that shuts people out, and that nothing sticks out of the page.</summary>
    public async Task AssertAccessibleAsync()
    {
        // What axe fetches itself, which a page from disk may not, is not the page's doing.
        int before = faults.Count;
        var result = await Page.RunAxe();
        faults.RemoveRange(before, faults.Count - before);
        Assert.True(result.Violations.Length == 0, string.Join('\n', result.Violations.Select(violation =>
            $"{violation.Id}: {violation.Help} {string.Join(" | ", violation.Nodes.Take(3).Select(node => node.Html))}")));
        Assert.InRange(await Page.EvaluateAsync<int>("document.documentElement.scrollWidth - innerWidth"), int.MinValue, 0);
    }

    public async ValueTask DisposeAsync() => await context.DisposeAsync();

    private void Watch(IPage page)
    {
        page.Console += (_, message) => { if (message.Type is "error" or "warning") faults.Add($"{page.Url}: {message.Text}"); };
        page.PageError += (_, error) => faults.Add($"{page.Url}: {error}");
        page.Request += (_, request) =>
        {
            var asked = new Uri(request.Url);
            if (asked.Scheme is not "file" && asked.Host != "127.0.0.1") faults.Add($"{page.Url} asked {request.Url}");
        };
    }
}

/// <summary>A test in a browser; it is skipped, and says so, where there is none.</summary>
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute([System.Runtime.CompilerServices.CallerFilePath] string? file = null,
        [System.Runtime.CompilerServices.CallerLineNumber] int line = 0) : base(file, line)
    {
        if (Chromium.Place is null) Skip = Chromium.Missing;
    }
}

/// <summary>A theory in a browser.</summary>
internal sealed class BrowserTheoryAttribute : TheoryAttribute
{
    public BrowserTheoryAttribute([System.Runtime.CompilerServices.CallerFilePath] string? file = null,
        [System.Runtime.CompilerServices.CallerLineNumber] int line = 0) : base(file, line)
    {
        if (Chromium.Place is null) Skip = Chromium.Missing;
    }
}
