using System.ClientModel;
using System.ClientModel.Primitives;
using Microsoft.Extensions.AI;
using OllamaSharp;
using OpenAI;

namespace ClipLens.Cli.Endpoints;

/// <summary>Language models by the protocols that servers speak; the retries are <see cref="RetryHandler"/>'s.</summary>
internal static class ChatClients
{
    /// <summary>A server that speaks OpenAI's protocol: a hosted one, vLLM, llama.cpp, LM Studio.</summary>
    public static IChatClient OpenAi(Endpoint endpoint)
    {
        var options = new OpenAIClientOptions
        {
            Endpoint = endpoint.Address,
            // The key goes where OpenAI's own client puts it.
            Transport = new HttpClientPipelineTransport(endpoint.Client(withKey: false)),
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            NetworkTimeout = Timeout.InfiniteTimeSpan,
        };
        var key = new ApiKeyCredential(endpoint.Key.IsEmpty ? "none" : endpoint.Key.Reveal());
        return new OpenAIClient(key, options).GetChatClient(endpoint.Model).AsIChatClient();
    }

    /// <summary>Ollama's own protocol.</summary>
    public static IChatClient Ollama(Endpoint endpoint) => new OllamaApiClient(endpoint.Client(), endpoint.Model);
}
