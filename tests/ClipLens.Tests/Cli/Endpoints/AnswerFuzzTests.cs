using System.Text;
using ClipLens.Cli.Endpoints;
using ClipLens.Cues.Adversarial;
using ClipLens.Tests.Models;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Cli.Endpoints;

/// <summary>Answers of endpoints that were changed at random: a result or one sentence; see <see cref="FuzzCampaign"/> for longer
/// campaigns.</summary>
public sealed class AnswerFuzzTests : IDisposable
{
    private static readonly string[] ContentTypes = ["application/json", "application/json; charset=klingon", "text/html; charset=utf-16",
        "image/png", "application/json; charset=\"\""];

    private readonly ScratchFolder folder = new();
    private byte[] body = [];

    public void Dispose() => folder.Dispose();

    [Theory, InlineData(true), InlineData(false)]
    public void Of_chat_models(bool isOllama)
    {
        using var server = new LocalServer((_, _) => Answer());
        var endpoint = At(server.Address);
        using var client = isOllama ? ChatClients.Ollama(endpoint) : ChatClients.OpenAi(endpoint);
        var describer = new ChatDescriber(client, endpoint);
        var task = new DescriptionTask("ship", "truck", ["crane"], 5);
        string seed = (isOllama ? Reply.Ollama(Reply.Description()) : Reply.Chat(Reply.Description())).Body;
        Campaign([seed, "{\"error\":{\"code\":\"content_filter\",\"message\":\"n\\u00f6\"}}"],
            () => describer.Describe(task, TestContext.Current.CancellationToken));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Of_image_models(bool isOpenAi)
    {
        TinyModel.WritePicture(folder.File("x.png"), 3);
        string picture = Convert.ToBase64String(File.ReadAllBytes(folder.File("x.png")));
        using var server = new LocalServer((_, _) => Answer());
        using EndpointPictures pictures = isOpenAi ? new OpenAiPictures(At(server.Address), "64x64")
            : new WebUiPictures(At(server.Address), 64, 64, 5);
        var task = new PictureTask(new("ship", "truck", ["crane"], 12345), new("A ship beside a crane.", "A ship.", []), 0);
        Campaign([$"{{\"data\":[{{\"b64_json\":\"{picture}\",\"revised_prompt\":\"a\"}}]}}",
            $"{{\"images\":[\"data:image/png;base64,{picture}\"],\"info\":\"{{}}\"}}"],
            () => pictures.Draw(task, TestContext.Current.CancellationToken));
    }

    private void Campaign(string[] seeds, Func<Task> ask) => FuzzCampaign.Run([.. seeds.Select(Encoding.UTF8.GetBytes)], bytes =>
    {
        body = bytes;
        ask().GetAwaiter().GetResult();
    });

    private Reply Answer()
    {
        // What else differs from answer to answer goes by the answer.
        int kind = body.Length % 16;
        return new(kind == 0 ? 400 : kind == 1 ? 503
            : 200, "", Bytes: body)
        { ContentType = ContentTypes[body.Length % ContentTypes.Length] };
    }

    private static Endpoint At(Uri address) => new(address, "m", Secret.FromEnvironment(null))
    {
        FirstWait = TimeSpan.Zero,
        Attempts = 2,
        Timeout = TimeSpan.FromSeconds(10),
    };
}
