using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ClipLens.Explorer;
using ClipLens.Explorer.Live;
using ClipLens.Files;
using ClipLens.Runs;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Explorer;

/// <summary>What the live pages ask the server for.</summary>
public sealed class LiveTests : IClassFixture<PreparedRun>, IAsyncDisposable
{
    private readonly PreparedRun prepared;
    private readonly ExplorerServer server;
    private readonly HttpClient client = new();
    private readonly string token;

    public LiveTests(PreparedRun prepared)
    {
        this.prepared = prepared;
        server = ExplorerServer.StartAsync(prepared.Site, 0).GetAwaiter().GetResult();
        string page = client.GetStringAsync(server.Address).GetAwaiter().GetResult();
        token = Regex.Match(page, "cliplens-token\" content=\"([0-9a-f]{32})\"").Groups[1].Value;
    }

    [Fact]
    public async Task A_picture_is_taken_in_and_its_account_adds_up_to_its_logit()
    {
        string id = (await Post("pictures", File.ReadAllBytes(prepared.Tiny.File("images", "004.png")))).GetProperty("id").GetString()!;
        var seen = await Get($"predict?picture={id}&classes=red,blue,green");
        Assert.Equal(3, seen.GetProperty("classes").GetArrayLength());
        Assert.Equal(1, seen.GetProperty("classes").EnumerateArray().Sum(own => own.GetProperty("share").GetDouble()), 0.001);
        var account = await Get($"account?picture={id}&class=red");
        double red = seen.GetProperty("classes").EnumerateArray().First(own => own.GetProperty("name").GetString() == "red")
            .GetProperty("logit")
            .GetDouble();
        Assert.Equal(red, account.GetProperty("total").GetDouble(), 0.02);
        Assert.Equal(red, account.GetProperty("parts").EnumerateArray().Sum(part => part.GetProperty("share").GetDouble()), 0.02);
        var lead = await Get($"account?picture={id}&class=red&against=blue");
        double blue = seen.GetProperty("classes").EnumerateArray().First(own => own.GetProperty("name").GetString() == "blue")
            .GetProperty("logit")
            .GetDouble();
        Assert.Equal(red - blue, lead.GetProperty("total").GetDouble(), 0.03);
        Assert.Equal(id, Path.GetFileName(Assert.Single(Directory.GetFiles(Path.GetDirectoryName(prepared.Site.Shelf.Find(id)!.Path)!))));
    }

    /// <summary>A model of SigLIP's kind judges every class by itself, and the page is told so.</summary>
    [Fact]
    public async Task With_a_logit_bias_the_classes_probabilities_are_sigmoids()
    {
        Assert.False((await Get("predict?picture=3&classes=red,blue,green")).GetProperty("alone").GetBoolean());
        using var tiny = new TinyRun();
        string weights = Path.Combine(tiny.Model, "open_clip_model.safetensors");
        SafeTensorData[] tensors;
        using (var stored = SafeTensorsFile.Open(weights))
            tensors = [.. stored.Tensors.Select(entry => SafeTensorData.From(entry.Name, stored.Load(entry.Name).data<float>().ToArray(),
                [.. entry.Shape])), SafeTensorData.From("logit_scale", [1.5f], []), SafeTensorData.From("logit_bias", [-4f], [])];
        SafeTensorsWriter.Save(weights, tensors);
        tiny.Run();
        var run = RunDirectory.Open(tiny.Output);
        using var site = new ExplorerSite(run, () => run.LoadModel(), new() { Classes = ["red", "blue"] });
        site.Prepare(new() { Cancellation = TestContext.Current.CancellationToken });
        await using var own = await ExplorerServer.StartAsync(site, 0);
        var seen = JsonDocument.Parse(await client.GetStringAsync(new Uri(own.Address, "api/predict?picture=3&classes=red,blue,green"),
            TestContext.Current.CancellationToken)).RootElement;
        Assert.True(seen.GetProperty("alone").GetBoolean());
        foreach (var found in seen.GetProperty("classes").EnumerateArray())
        {
            double cosine = found.GetProperty("logit").GetDouble() / 100, share = found.GetProperty("share").GetDouble();
            Assert.Equal(1 / (1 + Math.Exp(4 - Math.Exp(1.5) * cosine)), share, 1e-4);
        }
    }

    [Fact]
    public async Task The_lead_over_the_mean_of_the_classes_waits_for_the_classes()
    {
        // The very first question to a model: the names of its classes are not embedded yet.
        using var fresh = new ExplorerSite(prepared.Run, () => prepared.Run.LoadModel(), new() { Classes = ["red", "blue", "green"] });
        await using var own = await ExplorerServer.StartAsync(fresh, 0);
        async Task<JsonElement> Ask(string what) => JsonDocument.Parse(await client.GetStringAsync(new Uri(own.Address, "api/" + what),
            TestContext.Current.CancellationToken)).RootElement;
        double lead = (await Ask("account?picture=3&class=red&against=*")).GetProperty("total").GetDouble();
        var logits = (await Ask("predict?picture=3")).GetProperty("classes").EnumerateArray()
            .ToDictionary(seen => seen.GetProperty("name").GetString()!, seen => seen.GetProperty("logit").GetDouble());
        Assert.Equal(logits["red"] - logits.Values.Average(), lead, 0.03);
        using var without = new ExplorerSite(prepared.Run, () => prepared.Run.LoadModel());
        await using var other = await ExplorerServer.StartAsync(without, 0);
        using var refused = await client.GetAsync(new Uri(other.Address, "api/account?picture=3&class=red&against=*"),
            TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
    }

    [Fact]
    public async Task An_image_of_the_run_is_most_like_the_neurons_whose_top_images_are_like_it()
    {
        var like = (await Get("like?picture=3")).GetProperty("neurons");
        Assert.Equal(48, like.GetArrayLength());
        double[] cosines = [.. like.EnumerateArray().Select(own => own.GetProperty("cosine").GetDouble())];
        Assert.Equal(cosines.OrderDescending(), cosines);
        Assert.NotEqual(cosines, (await Get("like?picture=3&region=0,0,300,300")).GetProperty("neurons").EnumerateArray()
            .Select(own => own.GetProperty("cosine").GetDouble()));
        var segment = await Get("segment?picture=3&class=red");
        Assert.Equal(segment.GetProperty("width").GetInt32() * segment.GetProperty("height").GetInt32(), segment.GetProperty("heat")
            .GetArrayLength());
    }

    [Fact]
    public async Task Words_are_searched_by_their_meaning()
    {
        string[] pool = [.. prepared.Run.PoolTexts("pool")];
        var found = await Get("search?q=" + Uri.EscapeDataString(pool[5]));
        Assert.All(new[] { "acts", "writes", "images" }, way => Assert.NotEqual(0, found.GetProperty(way).GetArrayLength()));
        var first = found.GetProperty("writes")[0];
        using var embeddings = prepared.Run.PoolEmbeddings("pool");
        float[] own = TorchSharp.torch.nn.functional.normalize(embeddings, 2, 1)
            .sub(TorchSharp.torch.nn.functional.normalize(embeddings, 2, 1).mean([0L]))[5]
            .data<float>().ToArray();
        float length = MathF.Sqrt(own.Sum(value => value * value));
        double best = prepared.Run.Layers.SelectMany(layer => Enumerable.Range(0, 128).Select(i =>
            (double)prepared.Run.Neurons(layer).DirectionOf(i).ToArray().Zip(own, (a, b) => a * b).Sum() / length)).Max();
        Assert.Equal(best, first.GetProperty("cosine").GetDouble(), 0.002);
    }

    [Theory]
    [InlineData("no picture", 422)]
    [InlineData("", 422)]
    public async Task What_is_no_picture_is_refused(string content, int status)
    {
        using var answer = await Send("pictures", Encoding.UTF8.GetBytes(content), token);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.EndsWith(".", JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement
            .GetProperty("error").GetString());
    }

    [Fact]
    public async Task A_file_or_a_picture_that_is_too_large_is_refused()
    {
        using var large = await Send("pictures", new byte[PictureShelf.MostBytes + 1], token);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        // A bitmap whose header claims 40,000 x 40,000 pixels.
        byte[] bomb = new byte[60_000_000 / 8];
        "BM"u8.CopyTo(bomb);
        BitConverter.GetBytes(54).CopyTo(bomb, 10);
        BitConverter.GetBytes(40).CopyTo(bomb, 14);
        BitConverter.GetBytes(40_000).CopyTo(bomb, 18);
        BitConverter.GetBytes(40_000).CopyTo(bomb, 22);
        bomb[26] = 1;
        bomb[28] = 1;
        using var refused = await Send("pictures", bomb, token);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
    }

    [Theory]
    [InlineData("", "same-origin", 403)]
    [InlineData("guess", "same-origin", 403)]
    [InlineData("{token}", "cross-site", 403)]
    [InlineData("{token}", "same-origin", 200)]
    public async Task Only_the_explorers_own_pages_change_something(string given, string site, int status)
    {
        byte[] label = Encoding.UTF8.GetBytes("""{"layer": 1, "neuron": 3, "name": "x", "note": "", "star": false, "version": 0}""");
        using var answer = await Send("labels", label, given.Replace("{token}", token), site);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("http://evil.example", 403)]
    [InlineData("null", 403)]
    [InlineData("https://127.0.0.1:{port}", 403)]
    [InlineData("http://127.0.0.1:1", 403)]
    [InlineData("http://127.0.0.1:{port}", 200)]
    public async Task A_change_must_come_from_the_explorers_own_origin(string origin, int status)
    {
        byte[] label = Encoding.UTF8.GetBytes("""{"layer": 1, "neuron": 4, "name": "x", "note": "", "star": false, "version": 0}""");
        using var answer = await Send("labels", label, token, "same-origin", origin.Replace("{port}", $"{server.Address.Port}"));
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("predict?picture=99999")]
    [InlineData("predict?picture=u0000000000000000")]
    [InlineData("predict?picture=../../run.json")]
    [InlineData("../run.json")]
    [InlineData("nothing")]
    public async Task There_is_nothing_else(string what)
    {
        using var answer = await client.GetAsync(new Uri(server.Address, "api/" + what), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Bound_elsewhere_it_asks_for_the_token()
    {
        await using var open = await ExplorerServer.StartAsync(prepared.Site, 0, IPAddress.Any);
        Assert.True(open.IsOpen);
        string root = $"http://127.0.0.1:{open.Address.Port}/", query = open.Address.Query;
        using var handler = new HttpClientHandler { AllowAutoRedirect = false };
        using var stranger = new HttpClient(handler);
        using var refused = await stranger.GetAsync(new Uri(root + "data/overview.js"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using var guessed = await stranger.GetAsync(new Uri(root + "?token=guess"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, guessed.StatusCode);
        using var taken = await stranger.GetAsync(new Uri(root + query), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Redirect, taken.StatusCode);
        string cookie = Assert.Single(taken.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        using var inside = await stranger.GetAsync(new Uri(root + "data/overview.js"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, inside.StatusCode);
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await server.DisposeAsync();
    }

    private async Task<JsonElement> Get(string what) =>
        JsonDocument.Parse(await client.GetStringAsync(new Uri(server.Address, "api/" + what), TestContext.Current.CancellationToken))
        .RootElement;

    private async Task<JsonElement> Post(string what, byte[] body)
    {
        using var answer = await Send(what, body, token);
        string text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    private async Task<HttpResponseMessage> Send(string what, byte[] body, string given, string site = "same-origin", string? origin = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, "api/"
            + what))
        { Content = new ByteArrayContent(body) };
        // The server may refuse a long body before it is sent.
        request.Headers.ExpectContinue = true;
        request.Headers.Add("X-ClipLens", given);
        request.Headers.Add("Sec-Fetch-Site", site);
        if (origin is not null) request.Headers.Add("Origin", origin);
        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
