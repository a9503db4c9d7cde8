using System.Text.Json.Nodes;

namespace ClipLens.Cli.Endpoints;

/// <summary>Pictures by Stable Diffusion WebUI (<c>sdapi/v1/txt2img</c>), with a seed and with the wrong class as what is to be
/// avoided.</summary>
internal sealed class WebUiPictures(Endpoint endpoint, int width, int height, int steps) : EndpointPictures(endpoint)
{
    protected override string Name => $"Stable Diffusion WebUI, model {Endpoint.Model}, at {Endpoint.Address}, {width}x{height}, {steps} "
        + "steps";

    protected override (string Path, JsonObject Request) Ask(string prompt, string avoid, uint seed)
    {
        var request = new JsonObject
        {
            ["prompt"] = prompt,
            ["negative_prompt"] = avoid,
            ["seed"] = seed,
            ["steps"] = steps,
            ["width"] = width,
            ["height"] = height,
        };
        if (Endpoint.Model.Length > 0) request["override_settings"] = new JsonObject { ["sd_model_checkpoint"] = Endpoint.Model };
        return ("sdapi/v1/txt2img", request);
    }

    protected override Task<(byte[]? Bytes, JsonObject Remarks)> Find(JsonObject answer, CancellationToken cancellation) =>
        Task.FromResult((Base64((answer["images"] as JsonArray)?.FirstOrDefault()),
        new JsonObject { ["info"] = answer["info"]?.DeepClone() }));
}
