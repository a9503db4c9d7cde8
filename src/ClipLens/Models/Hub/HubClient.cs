using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace ClipLens.Models.Hub;

/// <summary>
/// Requests to the hub and to the hosts that it sends one on to. The token goes to the hub's own address and to no other, wherever a
/// redirect leads. What passes (a limit of rate, a fault, a broken line) is tried again.
/// </summary>
internal sealed partial class HubClient : IDisposable
{
    private const int MostRedirects = 10;

    private readonly HubSettings settings;
    private readonly HubAnswer answers;
    private readonly string model;
    private readonly HttpClient client;

    /// <param name="settings">Where the hub is, and how patient to be.</param>
    /// <param name="model">What is fetched, for messages.</param>
    /// <param name="repository">The repository; null where the file is not of the hub.</param>
    public HubClient(HubSettings settings, string model, string? repository)
    {
        (this.settings, this.model, answers) = (settings, model, new HubAnswer(settings, model, repository));
        client = new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = settings.Silence,
        })
        { Timeout = Timeout.InfiniteTimeSpan };
        string version = typeof(HubClient).Assembly.GetName().Version!.ToString(3);
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("cliplens", version));
    }

    /// <summary>Says that a wait begins, and why; set by who shows progress.</summary>
    public Action<string>? Waiting { get; set; }

    /// <summary>The answer to a request, redirects followed; its content is not read yet.</summary>
    /// <param name="method">GET, or HEAD.</param>
    /// <param name="address">The address.</param>
    /// <param name="from">The byte from which on the content is wanted.</param>
    /// <param name="relativeOnly">Whether only redirects within the host are followed: one that leads elsewhere is the answer.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="ClipLensException">The server refuses.</exception>
    /// <exception cref="IOException">It cannot be reached, or has a fault that does not pass.</exception>
    public async Task<HttpResponseMessage> Send(HttpMethod method, Uri address, long from, bool relativeOnly,
        CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            HttpResponseMessage? answer = null;
            try
            {
                answer = await Follow(method, address, from, relativeOnly, cancellation).ConfigureAwait(false);
            }
            catch (Exception error) when (IsBroken(error, cancellation))
            {
                if (attempt == settings.Attempts) throw HubAnswer.Unreachable(address, model, error);
            }
            if (answer is not null && (answer.IsSuccessStatusCode || IsRedirect(answer) || IsPastEnd(answer))) return answer;
            if (answer is not null && (attempt == settings.Attempts || !HubAnswer.IsPassing(answer.StatusCode)))
            {
                using (answer) throw answers.Error(answer);
            }
            await Wait(Asked(answer), attempt, cancellation).ConfigureAwait(false);
            answer?.Dispose();
        }
    }

    /// <summary>Waits before another attempt: as long as the server asks for, or twice as long as before the last.</summary>
    public async Task Wait(TimeSpan? asked, int attempt, CancellationToken cancellation)
    {
        var wait = asked ?? settings.FirstWait * Math.Pow(2, attempt - 1);
        if (wait > settings.LongestWait) wait = settings.LongestWait;
        if (wait >= TimeSpan.FromSeconds(2))
            Waiting?.Invoke(asked is null ? $"Waiting {wait.TotalSeconds:0} s to try again"
                : $"Waiting {wait.TotalSeconds:0} s, as {settings.Endpoint.Authority} asks for");
        if (wait > TimeSpan.Zero) await Task.Delay(wait, cancellation).ConfigureAwait(false);
    }

    /// <summary>Whether an exception says that the line broke or the server fell silent, not that someone stopped the work.</summary>
    public static bool IsBroken(Exception error, CancellationToken cancellation) => !cancellation.IsCancellationRequested
        && error is HttpRequestException or IOException or OperationCanceledException;

    public void Dispose() => client.Dispose();

    private async Task<HttpResponseMessage> Follow(HttpMethod method, Uri address, long from, bool relativeOnly,
        CancellationToken cancellation)
    {
        for (int redirects = 0; ; redirects++)
        {
            var answer = await SendOnce(method, address, from, cancellation).ConfigureAwait(false);
            if (!IsRedirect(answer) || answer.Headers.Location is not { } location) return answer;
            if (relativeOnly && location.IsAbsoluteUri) return answer;
            answer.Dispose();
            if (redirects == MostRedirects)
                throw new ClipLensException($"{address.Authority} sends one round in a circle when {model} is asked for; try again later.");
            address = new Uri(address, location);
        }
    }

    private async Task<HttpResponseMessage> SendOnce(HttpMethod method, Uri address, long from, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, address);
        // The length of what is sent must be that of the file.
        request.Headers.AcceptEncoding.Add(new("identity"));
        if (from > 0) request.Headers.Range = new RangeHeaderValue(from, null);
        if (settings.Token is { } token && IsHub(address)) request.Headers.Authorization = new("Bearer", token);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(settings.Silence);
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
    }

    private bool IsHub(Uri address) => address.Scheme == settings.Endpoint.Scheme && address.Authority == settings.Endpoint.Authority;

    private static bool IsRedirect(HttpResponseMessage answer) => (int)answer.StatusCode is 301 or 302 or 303 or 307 or 308;

    private static bool IsPastEnd(HttpResponseMessage answer) => answer.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable;

    /// <summary>The wait that an answer asks for, by either of the two headers in use.</summary>
    private static TimeSpan? Asked(HttpResponseMessage? answer)
    {
        if (answer is null) return null;
        if (answer.Headers.RetryAfter is { } after)
            return after.Delta ?? (after.Date - DateTimeOffset.UtcNow is { } left && left > TimeSpan.Zero ? left : TimeSpan.Zero);
        if (answer.StatusCode != HttpStatusCode.TooManyRequests || !answer.Headers.TryGetValues("ratelimit", out var values)) return null;
        return RateLimit().Match(string.Join(',', values)) is { Success: true } match
            ? TimeSpan.FromSeconds(1 + int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)) : null;
    }

    // "api";r=0;t=55: nothing left for 55 seconds.
    [GeneratedRegex(@"r\s*=\s*0\s*;\s*t\s*=\s*(\d{1,6})")]
    private static partial Regex RateLimit();
}
