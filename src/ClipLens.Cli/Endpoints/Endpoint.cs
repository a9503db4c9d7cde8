using System.Net;

namespace ClipLens.Cli.Endpoints;

/// <summary>Where a model is reached.</summary>
/// <param name="Address">Its base address, such as http://localhost:11434/v1.</param>
/// <param name="Model">The model's name there.</param>
/// <param name="Key">The key, if it asks for one.</param>
internal sealed record Endpoint(Uri Address, string Model, Secret Key)
{
    /// <summary>How long one attempt may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Attempts at a request before it is given up.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>Waits between attempts when the endpoint does not say how long: this, then twice, four times, ...</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait that an endpoint may ask for.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Requests at a time.</summary>
    public int Parallel { get; init; } = 2;

    /// <summary>Reads an address. One that could hold a key is refused, because addresses are written down.</summary>
    /// <exception cref="ClipLensException">It is no address of a web service.</exception>
    public static Uri Parse(string option, string address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw new ClipLensException($"{option} takes an address such as http://localhost:11434/v1, not '{Shown(address)}'.");
        if (uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
            throw new ClipLensException($"{option} takes an address without a name, password or query; put a key into an environment "
            + "variable.");
        return new Uri(uri.AbsoluteUri.TrimEnd('/') + '/');
    }

    /// <summary>A client for it, with retries, that sends the key.</summary>
    public HttpClient Client(bool withKey = true)
    {
        var client = new HttpClient(
            new RetryHandler(this, new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                PooledConnectionLifetime = TimeSpan.FromMinutes(5)
            }))
        {
            BaseAddress = Address,
            // The retries have a limit of time for each attempt.
            Timeout = System.Threading.Timeout.InfiniteTimeSpan,
        };
        if (withKey && !Key.IsEmpty) client.DefaultRequestHeaders.Authorization = new("Bearer", Key.Reveal());
        return client;
    }

    /// <summary>What an endpoint's refusal means, in a sentence.</summary>
    public ClipLensException Failure(HttpStatusCode status, string body)
    {
        string said = Shown(ErrorText.Extract(Key.TakenOutOf(body)));
        string what = $"The endpoint {Address} answered {(int)status}{(said.Length > 0 ? $" ({said})" : "")}";
        return new(status switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => $"{what}; check the key and its environment variable.",
            HttpStatusCode.NotFound => $"{what}; check the address and the model's name '{Model}'.",
            HttpStatusCode.TooManyRequests => $"{what} {Attempts} times; give the same command again later, it goes on from there.",
            >= HttpStatusCode.InternalServerError => $"{what} {Attempts} times; look at the server, then give the same command again.",
            _ => $"{what}; check the model's name '{Model}' and the options.",
        });
    }

    private static string Shown(string text)
    {
        text = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.');
        return text.Length <= 200 ? text : text[..200] + "...";
    }
}
