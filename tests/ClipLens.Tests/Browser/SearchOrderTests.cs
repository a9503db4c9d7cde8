using System.Globalization;
using System.Text.Json;
using ClipLens.Explorer;
using ClipLens.Runs;
using ClipLens.Runs.Storage;
using ClipLens.Runs.Studies.Truth;
using ClipLens.Tests.Support;
using ClipLens.Texts;
using ClipLens.Truth;

namespace ClipLens.Tests.Browser;

/// <summary>In what order a search shows neurons: what they act on comes before what they write, the strongest first.</summary>
public sealed class SearchOrderTests(Chromium chromium) : IClassFixture<Chromium>, IDisposable
{
    private const int Size = 6, Layer = 1;
    private readonly TinyRun tiny = new();
    private string[] words = [];

    [BrowserFact]
    public async Task What_a_neuron_acts_on_comes_before_what_it_writes_the_strongest_first_and_truth_decides_among_writers()
    {
        Begin();
        // By weight: all of the text, a word of it, the beginning of a word; a large weight of what is written does not come first.
        Texts(RunFiles.ActsOn(tiny.Output, Layer, "pool"), (3, "wheel", 0.9f), (5, "wheel", 0.5f), (7, "wheelbarrow", 0.9f),
            (8, "spare wheel", 0.9f));
        Texts(RunFiles.Texts(tiny.Output, Layer, "pool", Size), (20, "wheel", 2), (21, "wheel", 1), (22, "wheel", -2), (23, "wheel", 2));
        Truth(new() { [20] = 0.6, [21] = 0.95, [22] = 0.95, [23] = double.NaN });
        Assert.Equal(["1:3", "1:8", "1:5", "1:7", "1:21", "1:20", "1:23", "1:22"], await FoundAsync("by=words&q=wheel", 8));
        Assert.Equal(["1:3", "1:8", "1:5", "1:7"], await FoundAsync("by=acts&q=wheel", 4));
        Assert.Equal(["1:21", "1:20"], await FoundAsync("by=writes&q=wheel", 2));
    }

    [BrowserFact]
    public async Task Of_neurons_that_act_on_a_word_alike_those_come_first_whose_top_images_are_like_it()
    {
        Begin();
        Texts(RunFiles.ActsOn(tiny.Output, Layer, "pool"), [.. Enumerable.Range(0, 128).Select(neuron => (neuron, "wheel", 0.5f))]);
        Dictionary<string, double> cosines = [];
        string[] found = await FoundAsync("q=wheel", 12, async site =>
        {
            await using var server = await ExplorerServer.StartAsync(site, 0);
            using var client = new HttpClient();
            string answer = await client.GetStringAsync(new Uri(server.Address, "api/search?q=wheel"),
                TestContext.Current.CancellationToken);
            cosines = JsonDocument.Parse(answer).RootElement.GetProperty("images").EnumerateArray()
                .Where(own => own.GetProperty("layer").GetInt32() == Layer)
                .ToDictionary(own => $"{Layer}:{own.GetProperty("neuron").GetInt32()}", own => own.GetProperty("cosine").GetDouble());
        });
        Assert.Equal(cosines.Values.OrderDescending().Take(12), found.Select(name => cosines[name]));
        Assert.NotEqual(found, found.OrderBy(name => int.Parse(name[2..], CultureInfo.InvariantCulture)));
    }

    public void Dispose() => tiny.Dispose();

    private void Begin()
    {
        File.AppendAllLines(tiny.Pool, ["wheel", "wheelbarrow", "spare wheel"]);
        tiny.Run();
        words = [.. RunDirectory.Open(tiny.Output).PoolTexts("pool")];
    }

    /// <summary>The neurons of the first cards of a search.</summary>
    private async Task<string[]> FoundAsync(string search, int count, Func<ExplorerSite, Task>? first = null)
    {
        var run = RunDirectory.Open(tiny.Output);
        using var site = new ExplorerSite(run, () => run.LoadModel());
        if (first is not null)
        {
            site.Prepare(new() { Cancellation = TestContext.Current.CancellationToken });
            await first(site);
        }
        await using var server = await ExplorerServer.StartAsync(site, 0);
        await using var visit = await chromium.VisitAsync();
        await visit.OpenAsync(new(server.Address, "search.html#layer=1&" + search));
        await visit.Page.WaitForSelectorAsync("main .card");
        var names = await visit.Page.Locator("main .card .name strong").AllInnerTextsAsync();
        visit.AssertClean();
        return [.. names.Take(count)];
    }

    private void Texts(string path, params (int Neuron, string Text, float Weight)[] texts)
    {
        int[] indices = new int[128 * Size];
        float[] weights = new float[128 * Size];
        // A text of the pool that no search asks for, with no weight, in all other places.
        for (int neuron = 0; neuron < 128; neuron++)
            for (int rank = 0; rank < Size; rank++) indices[neuron * Size + rank] = rank;
        foreach (var (neuron, text, weight) in texts)
            (indices[neuron * Size], weights[neuron * Size]) = (Array.IndexOf(words, text), weight);
        TextTable.Write(path, new SparseCodes(Size, indices, weights, new float[128]), words);
    }

    private void Truth(Dictionary<int, double> descriptions) => new LayerTruth(Layer, Size,
        [.. Enumerable.Range(0, 128).Select(neuron => new NeuronTruth(neuron, 9, 0.99, descriptions.GetValueOrDefault(neuron, 0.5), 0.5))],
        [.. Enumerable.Range(0, 128 * Size).Select(i => new TextTruth(i / Size, i % Size, i % Size, 0.5, 0.5))],
        [.. Enumerable.Range(0, 128).Select(neuron => new NeuronConcept(neuron, 0, "a", "a", 1, 1))],
        [.. Enumerable.Repeat(1.0, 128)]).Write(RunDirectory.Open(tiny.Output), "pool");
}
