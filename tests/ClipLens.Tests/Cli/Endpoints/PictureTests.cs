using ClipLens.Cli.Endpoints;
using ClipLens.Cues.Adversarial;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Cli.Endpoints;

public sealed class PictureTests : IDisposable
{
    private const string Key = "sk-top-secret-0815", Variable = "CLIPLENS_TEST_IMAGE_KEY";
    private static readonly PictureTask Task = new(new("ship", "truck", ["crane"], 12345), new("A ship beside a crane.", "A ship.", []), 0);
    private readonly ScratchFolder folder = new();
    private readonly byte[] png;

    public PictureTests()
    {
        Environment.SetEnvironmentVariable(Variable, Key);
        TinyModel.WritePicture(folder.File("x.png"), 3);
        png = File.ReadAllBytes(folder.File("x.png"));
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Variable, null);
        folder.Dispose();
    }

    [Fact]
    public async Task Pictures_of_an_openai_endpoint_come_with_their_prompts()
    {
        using var server = new LocalServer((_, asked) =>
            Reply.Json(new { data = new[] { new { b64_json = Convert.ToBase64String(png), revised_prompt = $"better, {Key}" } } }));
        using var pictures = new OpenAiPictures(At(server.Address), "512x512");
        var pair = await pictures.Draw(Task, TestContext.Current.CancellationToken);
        Assert.Equal(png, pair.Picture.Bytes.ToArray());
        Assert.Equal(".png", pair.Control.Extension);
        Assert.Equal(["A ship beside a crane.", "A ship."], server.Requests.Select(asked => asked.Body["prompt"]!.ToString()));
        Assert.All(server.Requests, asked => Assert.Equal(("/images/generations", "Bearer " + Key), (asked.Path, asked.Authorization)));
        Assert.Equal("b64_json", server.Requests.First().Body["response_format"]!.ToString());
        Assert.Equal("better, [key]", pair.Account["picture"]!["answer"]!["revised_prompt"]!.ToString());
        Assert.Equal("A ship.", pair.Account["control"]!["request"]!["prompt"]!.ToString());
        Assert.DoesNotContain(Key, pair.Account.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_picture_at_another_address_is_fetched_without_the_key()
    {
        using var store = new LocalServer((_, _) => new(200, "", Bytes: png));
        using var server = new LocalServer((_, _) =>
            Reply.Json(new { data = new[] { new { url = new Uri(store.Address, "a.png").ToString() } } }));
        using var pictures = new OpenAiPictures(At(server.Address) with { Model = "gpt-image-1" }, "512x512");
        Assert.Equal(png, (await pictures.Draw(Task, TestContext.Current.CancellationToken)).Control.Bytes.ToArray());
        Assert.All(store.Requests, asked => Assert.Equal("", asked.Authorization));
        Assert.False(server.Requests.First().Body.ContainsKey("response_format"));
    }

    [Fact]
    public async Task Stable_diffusion_gets_one_seed_for_picture_and_control_and_the_wrong_class_to_avoid()
    {
        using var server = new LocalServer((_, _) =>
            Reply.Json(new { images = new[] { "data:image/png;base64," + Convert.ToBase64String(png) }, info = "{\"seed\": 12345}" }));
        using var pictures = new WebUiPictures(At(server.Address), 64, 48, 7);
        var pair = await pictures.Draw(Task, TestContext.Current.CancellationToken);
        Assert.Equal(png, pair.Picture.Bytes.ToArray());
        foreach (var asked in server.Requests)
        {
            Assert.Equal("/sdapi/v1/txt2img", asked.Path);
            Assert.Equal("12345", asked.Body["seed"]!.ToString());
            Assert.Equal("truck", asked.Body["negative_prompt"]!.ToString());
            Assert.Equal(("64", "48", "7"), (asked.Body["width"]!.ToString(), asked.Body["height"]!.ToString(),
                asked.Body["steps"]!.ToString()));
            Assert.Equal("m", asked.Body["override_settings"]!["sd_model_checkpoint"]!.ToString());
        }
        Assert.Equal("{\"seed\": 12345}", pair.Account["picture"]!["answer"]!["info"]!.ToString());
    }

    [Theory]
    [InlineData("nothing", "is no JSON object")]
    [InlineData("[]", "is no JSON object")]
    [InlineData("{\"data\":1,\"data\":2,\"images\":1,\"images\":2}", "is no JSON object")]
    [InlineData("{\"data\":[{\"b64_json\":\"\\ud800\"}],\"images\":[\"\\ud800\"]}", "is no JSON object")]
    [InlineData("{\"\\udc00\":1}", "is no JSON object")]
    [InlineData("{}", "has no picture")]
    [InlineData("{\"data\":[{\"b64_json\":\"%%%\"}],\"images\":[\"%%%\"]}", "has no picture")]
    [InlineData("{\"data\":[{\"b64_json\":\"aGVsbG8=\"}],\"images\":[\"aGVsbG8=\"]}", "holds something that is no picture")]
    [InlineData("{\"data\":[{\"url\":\"file:///etc/passwd\"}]}", "has no picture")]
    public async Task Malformed_answers_are_named(string body, string what)
    {
        using var server = new LocalServer((_, _) => new(200, body));
        using var openAi = new OpenAiPictures(At(server.Address), "512x512");
        using var webUi = new WebUiPictures(At(server.Address), 512, 512, 20);
        foreach (EndpointPictures pictures in new EndpointPictures[] { openAi, webUi })
        {
            var error = await Assert.ThrowsAsync<ClipLensException>(() => pictures.Draw(Task, TestContext.Current.CancellationToken));
            Assert.Equal($"The answer of the endpoint {server.Address} {what}; check the address and whether the model 'm' makes pictures.", error.Message);
        }
    }

    [Fact]
    public async Task A_charset_that_is_none_does_not_matter()
    {
        using var server = new LocalServer((_, _) =>
            Reply.Json(new { images = new[] { Convert.ToBase64String(png) } }) with { ContentType = "application/json; charset=klingon" });
        using var pictures = new WebUiPictures(At(server.Address), 64, 48, 7);
        Assert.Equal(png, (await pictures.Draw(Task, TestContext.Current.CancellationToken)).Picture.Bytes.ToArray());
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_and_not_asked_for_again()
    {
        using var server = new LocalServer((_, _) => new(200, "") { IsEndless = true });
        using var pictures = new OpenAiPictures(At(server.Address), "512x512");
        var error = await Assert.ThrowsAnyAsync<ClipLensException>(() => pictures.Draw(Task, TestContext.Current.CancellationToken));
        Assert.Equal($"The endpoint {server.Address} answered with more than 32 MB, which no picture or description takes; correct the "
            + "address.", error.Message);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_refusal_of_what_was_asked_for_is_no_failure_of_the_endpoint()
    {
        using var server = new LocalServer((_, _) =>
            new(400, "{\"error\":{\"code\":\"content_policy_violation\",\"message\":\"Not that.\"}}"));
        using var pictures = new OpenAiPictures(At(server.Address), "512x512");
        var refusal = await Assert.ThrowsAsync<ModelRefusedException>(() => pictures.Draw(Task, TestContext.Current.CancellationToken));
        Assert.Contains("answered 400 (Not that)", refusal.Message, StringComparison.Ordinal);
    }

    private static Endpoint At(Uri address) =>
        new(address, "m", Secret.FromEnvironment(Variable)) { FirstWait = TimeSpan.FromMilliseconds(1), Attempts = 2 };
}
