using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ClipLens.Compute;
using ClipLens.Cues.Adversarial;
using ClipLens.Models.Images;

namespace ClipLens.Cli.Endpoints;

/// <summary>Pictures by a text-to-image model: one of the description, one of the description without the cues, with the same seed where
/// there is one.</summary>
internal abstract class EndpointPictures(Endpoint endpoint) : IPictureSource, IDisposable
{
    private readonly HttpClient client = endpoint.Client();

    /// <summary>What makes the pictures, with every setting that they depend on; no secret.</summary>
    protected abstract string Name { get; }

    public int Parallel => Endpoint.Parallel;

    protected Endpoint Endpoint { get; } = endpoint;

    public PreparedPictures Prepare(IReadOnlyList<string> cues, IProgress<WorkProgress>? progress, CancellationToken cancellation) =>
        new(Name, cues.ToHashSet());

    public async Task<PicturePair> Draw(PictureTask task, CancellationToken cancellation)
    {
        // Seeds of such models are 32-bit.
        uint seed = (uint)(task.Asked.Seed & 0x7FFF_FFFF);
        var (picture, account) = await Make(task.Description.Text, task.Asked.Fooled, seed, cancellation).ConfigureAwait(false);
        var (control, controlAccount) = await Make(task.Description.Control, task.Asked.Fooled, seed, cancellation).ConfigureAwait(false);
        return new(picture, control, new() { ["picture"] = account, ["control"] = controlAccount });
    }

    public void Dispose() => client.Dispose();

    /// <summary>The path behind the address and the request.</summary>
    protected abstract (string Path, JsonObject Request) Ask(string prompt, string avoid, uint seed);

    /// <summary>The picture's bytes in an answer, and what else the model said; null bytes if there is no picture.</summary>
    protected abstract Task<(byte[]? Bytes, JsonObject Remarks)> Find(JsonObject answer, CancellationToken cancellation);

    private async Task<(PictureFile File, JsonObject Account)> Make(string prompt, string avoid, uint seed, CancellationToken cancellation)
    {
        var (path, request) = Ask(prompt, avoid, seed);
        using var response = await client.PostAsJsonAsync(path, request, cancellation).ConfigureAwait(false);
        string body = await RetryHandler.Body(response, cancellation).ConfigureAwait(false);
        var (bytes, remarks) = await Find(AnswerJson.Parse(body) ?? throw Malformed("is no JSON object"), cancellation)
            .ConfigureAwait(false);
        if (bytes is null) throw Malformed("has no picture");
        string extension = Check(bytes);
        // Whatever the server says goes through the sieve for the key before it is written down.
        var kept = JsonNode.Parse(Endpoint.Key.TakenOutOf(remarks.ToJsonString()))!;
        return (new(bytes, extension), new()
        {
            ["model"] = Endpoint.Model,
            ["endpoint"] = Endpoint.Address.ToString(),
            ["request"] = request,
            ["answer"] = kept
        });
    }

    private string Check(byte[] bytes)
    {
        try
        {
            ImageDecoder.Decode(bytes, "of the endpoint");
        }
        catch (ClipLensException)
        {
            throw Malformed("holds something that is no picture");
        }
        return bytes switch
        {
            [0x89, (byte)'P', ..] => ".png",
            [0xFF, 0xD8, ..] => ".jpg",
            [(byte)'R', (byte)'I', (byte)'F', (byte)'F', ..] => ".webp",
            [(byte)'G', ..] => ".gif",
            [(byte)'I', (byte)'I', ..] or [(byte)'M', (byte)'M', ..] => ".tif",
            _ => ".bmp",
        };
    }

    protected ClipLensException Malformed(string what) =>
        new($"The answer of the endpoint {Endpoint.Address} {what}; check the address and whether the model '{Endpoint.Model}' makes "
        + "pictures.");

    protected static byte[]? Base64(JsonNode? node)
    {
        if (node is not JsonValue value || !value.TryGetValue(out string? text)) return null;
        // Some servers send a data address.
        string data = text[(text.StartsWith("data:", StringComparison.Ordinal) ? text.IndexOf(',') + 1 : 0)..];
        var bytes = new byte[data.Length * 3 / 4 + 3];
        return Convert.TryFromBase64String(data, bytes, out int length) ? bytes[..length] : null;
    }
}
