using System.Net;
using System.Text;
using ClipLens.Cues.Adversarial;

namespace ClipLens.Cli.Endpoints;

/// <summary>
/// Sends a request until it is answered: again after a limit of rate (as long as the server asks for), a server's fault, a broken
/// connection or silence. What cannot be mended is thrown as a sentence without the key.
/// </summary>
internal sealed class RetryHandler(Endpoint endpoint, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <summary>The longest answer: a picture of 2048 x 2048 pixels as text, with room to spare.</summary>
    private const long MostBytes = 32L << 20;

    /// <summary>An answer as text: JSON is UTF-8, whatever the server calls it.</summary>
    public static async Task<string> Body(HttpResponseMessage response, CancellationToken cancellation) =>
        Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false)).TrimStart('\uFEFF');

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is not null) await request.Content.LoadIntoBufferAsync(cancellationToken).ConfigureAwait(false);
        for (int attempt = 1; ; attempt++)
        {
            var (response, failure) = await Try(request, cancellationToken).ConfigureAwait(false);
            if (response is { IsSuccessStatusCode: true }) return response;
            bool isLast = attempt == endpoint.Attempts;
            if (response is null && (isLast || failure is TooMuchException)) throw failure!;
            if (response is not null && (isLast || !IsPassing(response.StatusCode))) throw await Refused(response, cancellationToken)
                .ConfigureAwait(false);
            var wait = Wait(response, attempt);
            response?.Dispose();
            await Task.Delay(wait, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<(HttpResponseMessage? Response, ClipLensException? Failure)> Try(HttpRequestMessage request,
        CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(endpoint.Timeout);
        try
        {
            var response = await base.SendAsync(request, limit.Token).ConfigureAwait(false);
            // The body belongs to the attempt: a server may fall silent in the middle of it.
            await response.Content.LoadIntoBufferAsync(MostBytes, limit.Token).ConfigureAwait(false);
            return (response, null);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, new($"The endpoint {endpoint.Address} did not answer within {endpoint.Timeout.TotalSeconds:0.#} s, "
                + $"{endpoint.Attempts} times; "
                + "look at the server or give it more time with --timeout."));
        }
        catch (HttpRequestException error) when (error.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            return (null, new TooMuchException($"The endpoint {endpoint.Address} answered with more than {MostBytes >> 20} MB, which no "
                + "picture or description takes; correct the address."));
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            return (null, new($"The endpoint {endpoint.Address} cannot be reached ({endpoint.Key.TakenOutOf(error.Message).TrimEnd('.')}); "
                + "start the server or correct the address.", error));
        }
    }

    private async Task<ClipLensException> Refused(HttpResponseMessage response, CancellationToken cancellation)
    {
        using (response)
        {
            string body = await Body(response, cancellation).ConfigureAwait(false);
            var failure = endpoint.Failure(response.StatusCode, body);
            return ErrorText.IsRefusal(body) ? new ModelRefusedException(failure.Message) : failure;
        }
    }

    private static bool IsPassing(HttpStatusCode status) => status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout
        or HttpStatusCode.InternalServerError
        or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    /// <summary>The answer is too long, as it would be again.</summary>
    private sealed class TooMuchException(string message) : ClipLensException(message);

    private TimeSpan Wait(HttpResponseMessage? response, int attempt)
    {
        var asked = response?.Headers.RetryAfter is not { } after ? null
            : after.Delta ?? (after.Date is { } date ? date - DateTimeOffset.UtcNow : null);
        var wait = asked ?? endpoint.FirstWait * Math.Pow(2, attempt - 1);
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait > endpoint.LongestWait ? endpoint.LongestWait : wait;
    }
}
