using System.CommandLine;
using System.Globalization;
using ClipLens.Cli.Endpoints;
using ClipLens.Cues.Adversarial;

namespace ClipLens.Cli.Commands.Cues;

/// <summary>Who writes the descriptions and makes the pictures of <c>adversarial</c>.</summary>
internal sealed class AdversarialModels
{
    private const string OpenAiAddress = "https://api.openai.com/v1", OpenAiKey = "OPENAI_API_KEY";
    private readonly Option<string> descriptions, chatEndpoint, chatModel, chatKey, pictures, imageEndpoint, imageModel, imageKey,
        imageSize;
    private readonly Option<int> timeout, attempts, parallel, steps;

    public AdversarialModels(Command command)
    {
        descriptions = CommonOptions.Choice("--descriptions", "templates",
            "Who describes the pictures: built-in sentences, or a language model.", "templates", "openai", "ollama");
        chatEndpoint = CommonOptions.Text("--chat-endpoint", "URL",
            $"Address of the language model; {OpenAiAddress} or http://localhost:11434 if left out.");
        chatModel = CommonOptions.Text("--chat-model", "NAME", "Its name there.");
        chatKey = CommonOptions.Text("--chat-key-from", "VARIABLE",
            $"Environment variable with its key; {OpenAiKey} for OpenAI's own address, else none.");
        pictures = CommonOptions.Choice("--pictures", "collage", "Who makes the pictures: collages of photographs, photographs with "
            + "their scene exchanged, or an image model.",
            "collage", "scenes", "openai", "webui");
        imageEndpoint = CommonOptions.Text("--image-endpoint", "URL",
            $"Address of the image model; {OpenAiAddress} or http://localhost:7860 if left out.");
        imageModel = CommonOptions.Text("--image-model", "NAME", "Its name there; the one at work for webui if left out.");
        imageKey = CommonOptions.Text("--image-key-from", "VARIABLE",
            $"Environment variable with its key; {OpenAiKey} for OpenAI's own address, else none.");
        imageSize = CommonOptions.Text("--image-size", "WxH", "Size of its pictures.", "512x512");
        steps = CommonOptions.Count("--steps", 20, "Steps of webui.");
        timeout = CommonOptions.Count("--timeout", 120, "Seconds that an endpoint may take for an answer.");
        attempts = CommonOptions.Count("--attempts", 5, "Attempts at a request when an endpoint fails, is silent or asks to wait.");
        parallel = CommonOptions.Count("--parallel", 2, "Requests at a time.");
        foreach (Option option in new Option[] { descriptions, chatEndpoint, chatModel, chatKey, pictures, imageEndpoint, imageModel,
            imageKey, imageSize, steps,
            timeout, attempts, parallel }) command.Add(option);
    }

    /// <summary>Who describes.</summary>
    public IDescriber Describer(Invocation call)
    {
        string kind = call.Get(descriptions);
        if (kind == "templates") return new TemplateDescriber();
        string model = call.Find(chatModel)
            ?? throw new ClipLensException($"--descriptions {kind} needs the model's name; give --chat-model.");
        var endpoint = At(call, "--chat-endpoint", call.Find(chatEndpoint), kind == "openai" ? OpenAiAddress : "http://localhost:11434",
            model, call.Find(chatKey));
        return new ChatDescriber(kind == "openai" ? ChatClients.OpenAi(endpoint) : ChatClients.Ollama(endpoint), endpoint);
    }

    /// <summary>Whether the pictures are photographs with their scene exchanged.</summary>
    public bool ExchangesScenes(Invocation call) => call.Get(pictures) == "scenes";

    /// <summary>Who makes the pictures; null where they are made of photographs.</summary>
    public EndpointPictures? Pictures(Invocation call)
    {
        string kind = call.Get(pictures);
        if (kind is "collage" or "scenes") return null;
        string model = call.Find(imageModel) ?? (kind == "webui" ? ""
            : throw new ClipLensException("--pictures openai needs the model's name; give --image-model."));
        var endpoint = At(call, "--image-endpoint", call.Find(imageEndpoint), kind == "openai" ? OpenAiAddress : "http://localhost:7860",
            model, call.Find(imageKey));
        var (width, height) = Size(call.Get(imageSize));
        return kind == "openai" ? new OpenAiPictures(endpoint, $"{width}x{height}") : new WebUiPictures(endpoint, width, height,
            call.Get(steps));
    }

    private Endpoint At(Invocation call, string option, string? address, string standard, string model, string? variable)
    {
        var uri = Endpoint.Parse(option, address ?? standard);
        // A key goes to nobody whom the user did not mean it for.
        if (variable is null && uri == Endpoint.Parse(option, OpenAiAddress)) variable = OpenAiKey;
        return new(uri, model, Secret.FromEnvironment(variable))
        {
            Timeout = TimeSpan.FromSeconds(call.Get(timeout)),
            Attempts = call.Get(attempts),
            Parallel = call.Get(parallel),
        };
    }

    private static (int Width, int Height) Size(string text)
    {
        string[] sides = text.Split('x');
        return sides.Length == 2 && int.TryParse(sides[0], NumberStyles.None, CultureInfo.InvariantCulture, out int width)
            && width is >= 1 and <= 8192
            && int.TryParse(sides[1], NumberStyles.None, CultureInfo.InvariantCulture, out int height) && height is >= 1 and <= 8192
                ? (width, height)
            : throw new ClipLensException($"--image-size takes a width and a height such as 512x512, not '{text}'.");
    }
}
