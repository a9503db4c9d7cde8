using System.Text.Json.Nodes;

namespace ClipLens.Cli.Endpoints;

/// <summary>Pictures by an endpoint that speaks OpenAI's protocol (<c>images/generations</c>). It has no seed: picture and control are two
/// draws.</summary>
internal sealed class OpenAiPictures(Endpoint endpoint, string size) : EndpointPictures(endpoint)
{
    protected override string Name => $"image model {Endpoint.Model} at {Endpoint.Address}, {size}";

    protected override (string Path, JsonObject Request) Ask(string prompt, string avoid, uint seed)
    {
        var request = new JsonObject { ["model"] = Endpoint.Model, ["prompt"] = prompt, ["n"] = 1, ["size"] = size };
        // These models know one form of answer and refuse the setting.
        if (!Endpoint.Model.StartsWith("gpt-image", StringComparison.Ordinal)) request["response_format"] = "b64_json";
        return ("images/generations", request);
    }

    protected override async Task<(byte[]? Bytes, JsonObject Remarks)> Find(JsonObject answer, CancellationToken cancellation)
    {
        var first = (answer["data"] as JsonArray)?.FirstOrDefault() as JsonObject;
        var remarks = new JsonObject { ["revised_prompt"] = first?["revised_prompt"]?.DeepClone() };
        if (Base64(first?["b64_json"]) is { } bytes) return (bytes, remarks);
        if (first?["url"] is not JsonValue url || !Uri.TryCreate(url.ToString(), UriKind.Absolute, out var address)
            || address.Scheme is not ("http" or "https")) return (null, remarks);
        // The key is the endpoint's, not that of wherever the picture lies.
        using var plain = Endpoint.Client(withKey: false);
        return (await plain.GetByteArrayAsync(address, cancellation).ConfigureAwait(false), remarks);
    }
}
