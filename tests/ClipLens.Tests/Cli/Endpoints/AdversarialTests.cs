using System.Text;
using System.Text.Json.Nodes;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Cli.Endpoints;

public sealed class AdversarialTests : IDisposable
{
    private const string Key = "sk-top-secret-3141", Variable = "CLIPLENS_TEST_RUN_KEY";
    private readonly TinyInputs inputs = new();

    public AdversarialTests()
    {
        Environment.SetEnvironmentVariable(Variable, Key);
        Assert.Equal(0, CliCall.Run(inputs.Analyze("1,2")).Code);
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Variable, null);
        inputs.Dispose();
    }

    [Fact]
    public void The_whole_way_leaves_the_key_nowhere()
    {
        byte[] png = File.ReadAllBytes(inputs.Picture(0));
        // A server that sends the key back wherever it can, and fails now and then.
        using var server = new LocalServer((request, asked) => request % 5 == 3 ? new(500, $"bad: {asked.Authorization}", RetryAfter: "0")
            : asked.Path.EndsWith("chat/completions", StringComparison.Ordinal) ? Reply.Chat($"{Described(asked)} {asked.Authorization}")
            : Reply.Json(new { data = new[] { new { b64_json = Convert.ToBase64String(png), revised_prompt = asked.Authorization } } }));
        string[] words = Words(inputs.File("out"), server.Address);
        var call = CliCall.Run(words);
        Assert.Equal(0, call.Code);
        Assert.StartsWith("cues", call.Output, StringComparison.Ordinal);
        Assert.True(server.Requests.Count >= 2 * 3);
        AssertNoKey(call);
        string record = File.ReadAllText(inputs.File("out", "second-order", "repeat-1", "000.json"));
        Assert.Contains("Bearer [key]", record, StringComparison.Ordinal);
        Assert.Contains("Describe one photograph of a tree", record, StringComparison.Ordinal);
        var summary = JsonNode.Parse(File.ReadAllText(inputs.File("out", "summary.json")))!;
        Assert.Equal("second-order", summary["sources"]![0]!["source"]!.ToString());
        Assert.Equal(2, summary["sources"]![0]!["repeats"]![0]!["pictures"]!.GetValue<int>());

        // All is there: nothing is asked again, and the same comes out.
        int before = server.Requests.Count;
        Assert.Equal(call.Output, CliCall.Run(words).Output);
        Assert.Equal(before, server.Requests.Count);
    }

    [Fact]
    public void An_endpoint_that_fails_is_one_sentence_without_the_key()
    {
        using var server = new LocalServer((_, asked) => new(401, $"{{\"error\":{{\"message\":\"Wrong key {asked.Authorization}\"}}}}"));
        var call = CliCall.Run([.. Words(inputs.File("out"), server.Address), "--verbose"]);
        Assert.Equal(2, call.Code);
        Assert.Contains($"The endpoint {server.Address} answered 401 (Wrong key Bearer [key]); check the key and its environment variable.", call.Error, StringComparison.Ordinal);
        AssertNoKey(call);
        var gone = LocalServer.Nowhere();
        string last = CliCall.Run(Words(inputs.File("out2"), gone)).Error.TrimEnd().Split('\n')[^1];
        Assert.StartsWith($"The endpoint {gone} cannot be reached", last, StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_input_is_named_before_any_work()
    {
        string[] start = ["adversarial", "--run", inputs.Run, "--output", inputs.File("out")];
        CliCall.Refused("The true class is empty; give the name of what the image shows, such as ship.",
            [.. start, "--true", " ", "--fooled", "sky"]);
        CliCall.Refused("The fooled class is empty; give the name of what the model shall see, such as truck.",
            [.. start, "--true", "tree", "--fooled", ""]);
        string[] both = [.. start, "--true", "tree", "--fooled", "sky"];
        CliCall.Refused("There is no source of cues 'best'; give some of second-order, random-neurons, indirect, most-similar, "
            + "first-order, statistics, random-words.", [.. both, "--sources", "best"]);
        CliCall.Refused("--descriptions openai needs the model's name; give --chat-model.", [.. both, "--descriptions", "openai"]);
        CliCall.Refused("--image-size takes a width and a height such as 512x512, not 'big'.",
            [.. both, "--pictures", "webui", "--image-size", "big"]);
        CliCall.Refused("The environment variable CLIPLENS_TEST_NOTHING is empty; put the key of the endpoint there.",
            [.. both, "--pictures", "webui", "--image-key-from", "CLIPLENS_TEST_NOTHING"]);
        string empty = inputs.File("cues.txt");
        File.WriteAllText(empty, "\n");
        CliCall.Refused($"{empty} is empty; write cue words, one a line.", [.. both, "--cues", empty]);
        string other = TinyModel.Write(inputs.File("other"), seed: 9);
        CliCall.Refused($"The run {inputs.Run} was made with another model than {other}: the weights or their configuration differ; give "
            + "the run's own checkpoint, or make a run with this one.",
            [.. both, "--model", other]);
        Assert.False(Directory.Exists(inputs.File("out")));
        // The tiny model reads no further than the templates begin: all classes are one to it, and no photograph shows any.
        var none = CliCall.Run(both);
        Assert.Equal(2, none.Code);
        Assert.EndsWith("\nNone of the 12 photographs shows a tree beyond doubt in the model's eyes; give photographs of it.\n",
            none.Error, StringComparison.Ordinal);
    }

    private string[] Words(string output, Uri server) =>
    [
        "adversarial", "--run", inputs.Run, "--true", "tree", "--fooled", "sky", "--sources", "second-order", "--cue-count", "3",
            "--count", "2", "--repeats", "1",
        "--descriptions", "openai", "--chat-endpoint", server.ToString(), "--chat-model", "m", "--chat-key-from", Variable,
        "--pictures", "openai", "--image-endpoint", server.ToString(), "--image-model", "m", "--image-key-from", Variable, "--attempts",
        "2", "--output", output,
    ];

    /// <summary>A description with the cues that the prompt asks for.</summary>
    private static string Described(Asked asked)
    {
        string prompt = asked.Body["messages"]![1]!["content"]!.ToString();
        string cue = prompt.Split("in it: ")[1].Split(['.', ','])[0];
        return $"{{\"description\": \"A tree and {cue}.\", \"without\": \"A tree.\"}}";
    }

    private void AssertNoKey(CliCall call)
    {
        Assert.DoesNotContain(Key, call.Output + call.Error, StringComparison.Ordinal);
        string[] files = Directory.GetFiles(inputs.File(), "*", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.True(File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(Key)) < 0, file));
    }
}
