using System.Diagnostics;
using ClipLens.Cli.Endpoints;
using ClipLens.Cues.Adversarial;

namespace ClipLens.Tests.Cli.Endpoints;

public sealed class ChatTests : IDisposable
{
    private const string Key = "sk-top-secret-4711", Variable = "CLIPLENS_TEST_CHAT_KEY";
    private static readonly DescriptionTask Task = new("ship", "truck", ["crane", "asphalt"], ulong.MaxValue - 5);

    public ChatTests() => Environment.SetEnvironmentVariable(Variable, Key);

    public void Dispose() => Environment.SetEnvironmentVariable(Variable, null);

    [Fact]
    public async Task A_description_comes_with_what_was_asked_and_answered()
    {
        using var server = new LocalServer((_, _) => Reply.Chat("Of course!\n```json\n" + Reply.Description() + "\n```"));
        var description = await Describe(server.Address);
        Assert.Equal(("A ship lies beside a crane.", "A ship lies there."), (description.Text, description.Control));
        var exchange = Assert.Single(description.Exchanges);
        Assert.Contains("crane, asphalt", exchange.Prompt, StringComparison.Ordinal);
        Assert.Contains("Never mention a truck", exchange.Prompt, StringComparison.Ordinal);
        Assert.StartsWith("Of course!", exchange.Answer, StringComparison.Ordinal);
        var asked = Assert.Single(server.Requests);
        Assert.Equal("/chat/completions", asked.Path);
        Assert.Equal("Bearer " + Key, asked.Authorization);
        Assert.Equal("m", asked.Body["model"]!.ToString());
        Assert.InRange(asked.Body["seed"]!.GetValue<long>(), 0, int.MaxValue);
    }

    [Fact]
    public async Task Ollama_is_understood()
    {
        using var server = new LocalServer((_, _) => Reply.Ollama(Reply.Description()));
        var description = await Describe(server.Address, isOllama: true);
        Assert.Equal("A ship lies beside a crane.", description.Text);
        Assert.Equal("/api/chat", Assert.Single(server.Requests).Path);
    }

    [Fact]
    public async Task A_limit_of_rate_is_waited_for_as_long_as_it_says()
    {
        using var server = new LocalServer((request, _) => request == 0 ? new(429, "{}", RetryAfter: "1")
            : Reply.Chat(Reply.Description()));
        var clock = Stopwatch.StartNew();
        await Describe(server.Address);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.95, 20);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task Failures_broken_connections_and_silence_are_tried_again()
    {
        using var server = new LocalServer((request, _) => request switch
        {
            0 => new(500, "oops"),
            1 => new(200, "", Breaks: true),
            2 => new(503, "{\"error\":\"loading\"}"),
            3 => Reply.Chat(Reply.Description()) with { Delay = TimeSpan.FromSeconds(30) },
            _ => Reply.Chat(Reply.Description()),
        });
        var description = await Describe(server.Address);
        Assert.Equal("A ship lies beside a crane.", description.Text);
        Assert.Equal(5, server.Requests.Count);
    }

    [Theory]
    [InlineData(500, "{\"error\":{\"message\":\"out of memory\"}}", " answered 500 (out of memory) 5 times; look at the server, then "
        + "give the same command again.", 5)]
    [InlineData(429, "", " answered 429 5 times; give the same command again later, it goes on from there.", 5)]
    [InlineData(401, "{\"error\":{\"message\":\"Incorrect API key provided: " + Key
        + ".\"}}", " answered 401 (Incorrect API key provided: [key]); check the key and its environment variable.", 1)]
    [InlineData(404, "{\"error\":\"model 'm' not found\"}", " answered 404 (model 'm' not found); check the address and the model's name "
    + "'m'.", 1)]
    [InlineData(301, "", " answered 301; check the model's name 'm' and the options.", 1)]
    public async Task What_cannot_be_mended_is_one_sentence(int status, string body, string sentence, int requests)
    {
        using var server = new LocalServer((_, _) => new(status, body));
        foreach (bool isOllama in new[] { false, true })
        {
            var error = await Assert.ThrowsAsync<ClipLensException>(() => Describe(server.Address, isOllama));
            Assert.Equal($"The endpoint {server.Address}{sentence}", error.Message);
            Assert.DoesNotContain(Key, error.ToString(), StringComparison.Ordinal);
        }
        Assert.Equal(2 * requests, server.Requests.Count);
    }

    [Fact]
    public async Task An_endpoint_that_is_silent_or_not_there_is_named()
    {
        using var server = new LocalServer((_, _) => new(200, "", Delay: TimeSpan.FromSeconds(30)));
        var silent = await Assert.ThrowsAsync<ClipLensException>(() => Describe(server.Address, attempts: 2));
        Assert.Equal($"The endpoint {server.Address} did not answer within 0.7 s, 2 times; look at the server or give it more time with "
            + "--timeout.", silent.Message);
        Assert.Equal(2, server.Requests.Count);
        var nowhere = LocalServer.Nowhere();
        var gone = await Assert.ThrowsAsync<ClipLensException>(() => Describe(nowhere, attempts: 2));
        Assert.Matches($"^The endpoint {nowhere} cannot be reached \\(.*[Cc]onnection refused.*\\); start the server or correct the "
            + $"address\\.$", gone.Message);
    }

    [Theory]
    [InlineData("this is no JSON")]
    [InlineData("{\"choices\":7}")]
    [InlineData("{}")]
    public async Task An_answer_that_is_no_chat_answer_is_named(string body)
    {
        using var server = new LocalServer((_, _) => new(200, body));
        foreach (bool isOllama in new[] { false, true })
        {
            var error = await Assert.ThrowsAnyAsync<ClipLensException>(() => Describe(server.Address, isOllama));
            Assert.Contains(server.Address.ToString(), error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
        }
    }

    [Fact]
    public async Task An_answer_that_breaks_the_rules_is_kept_and_asked_for_again()
    {
        string[] answers =
        [
            "A ship beside a crane.", "{\"description\": \"A ship.\"}",
                "{\"description\": \"A ship beside a crane and some Trucks.\", \"without\": \"A ship.\"}", Reply.Description(),
        ];
        using var server = new LocalServer((request, _) => Reply.Chat(answers[request]));
        var description = await Describe(server.Address);
        Assert.Equal(["it is no JSON object", "'description' or 'without' is missing", "it names the truck", null],
            description.Exchanges.Select(exchange => exchange.Refusal));
        Assert.Equal(answers, description.Exchanges.Select(exchange => exchange.Answer));
        // Another seed each time: the same question with the same seed would bring the same answer.
        Assert.Equal(4, server.Requests.Select(asked => asked.Body["seed"]!.ToString()).Distinct().Count());
    }

    [Theory]
    [InlineData("I cannot help with that.", "it is no JSON object")]
    [InlineData("{\"description\": \"A boat beside a crane.\", \"without\": \"A boat.\"}", "it does not name the ship")]
    [InlineData("{\"description\": \"A ship at sea.\", \"without\": \"A ship.\"}", "it names none of the cues")]
    [InlineData("{\"description\": \"A ship and a crane.\", \"without\": \"A ship on asphalt.\"}",
        "the description without cues names 'asphalt'")]
    [InlineData("{\"description\": \"A ship\", \"description\": \"A crane\"}", "it is no JSON object")]
    [InlineData("{\"description\": \"A ship \\ud800\", \"without\": \"A ship\"}", "it is no JSON object")]
    [InlineData("{\"description\": 3, \"without\": [\"A ship\"]}", "'description' or 'without' is missing")]
    public async Task A_model_that_will_not_is_a_refusal(string answer, string why)
    {
        using var server = new LocalServer((_, _) => Reply.Chat(answer + Key));
        var error = await Assert.ThrowsAsync<ModelRefusedException>(() => Describe(server.Address));
        Assert.Equal($"The model m at {server.Address} gave no usable description in 4 answers: {why}.", error.Message);
        Assert.Equal(4, error.Exchanges.Count);
        Assert.All(error.Exchanges, exchange => Assert.Equal(answer + "[key]", exchange.Answer));
    }

    [Fact]
    public void A_key_comes_from_the_environment_and_is_never_shown()
    {
        var secret = Secret.FromEnvironment(Variable);
        Assert.Equal("[key]", secret.ToString());
        Assert.Equal("a [key] b", secret.TakenOutOf($"a {Key} b"));
        Assert.DoesNotContain(Key, new Endpoint(new("http://localhost/"), "m", secret).ToString(), StringComparison.Ordinal);
        Assert.Equal("The environment variable CLIPLENS_TEST_NO_KEY is empty; put the key of the endpoint there.",
            Assert.Throws<ClipLensException>(() => Secret.FromEnvironment("CLIPLENS_TEST_NO_KEY")).Message);
        Assert.Equal("--chat-endpoint takes an address without a name, password or query; put a key into an environment variable.",
            Assert.Throws<ClipLensException>(() => Endpoint.Parse("--chat-endpoint", $"http://me:{Key}@localhost/v1")).Message);
        Assert.Contains("takes an address such as", Assert.Throws<ClipLensException>(() => Endpoint.Parse("--chat-endpoint", "localhost"))
            .Message, StringComparison.Ordinal);
    }

    private static async Task<Description> Describe(Uri address, bool isOllama = false, int attempts = 5)
    {
        var endpoint = new Endpoint(address, "m", Secret.FromEnvironment(Variable))
        {
            Timeout = TimeSpan.FromSeconds(0.7),
            Attempts = attempts,
            FirstWait = TimeSpan.FromMilliseconds(1),
        };
        using var client = isOllama ? ChatClients.Ollama(endpoint) : ChatClients.OpenAi(endpoint);
        return await new ChatDescriber(client, endpoint).Describe(Task, TestContext.Current.CancellationToken);
    }
}
