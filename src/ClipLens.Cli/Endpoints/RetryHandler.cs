using System.Net;
using ClipLens.Cues.Adversarial;

namespace ClipLens.Cli.Endpoints;

/// <summary>
/// Sends a request until it is answered: again after a limit of rate (as long as the server asks for), a server's fault, a broken
/// connection or silence. What cannot be mended is thrown as a sentence without the key.
/// </summary>
internal sealed class RetryHandler(Endpoint endpoint, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is not null) await request.Content.LoadIntoBufferAsync(cancellationToken).ConfigureAwait(false);
        for (int attempt = 1; ; attempt++)
        {
            var (response, failure) = await Try(request, cancellationToken).ConfigureAwait(false);
            if (response is { IsSuccessStatusCode: true }) return response;
            bool isLast = attempt == endpoint.Attempts;
            if (response is null && isLast) throw failure!;
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
            await response.Content.LoadIntoBufferAsync(limit.Token).ConfigureAwait(false);
            return (response, null);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, new($"The endpoint {endpoint.Address} did not answer within {endpoint.Timeout.TotalSeconds:0.#} s, "
                + $"{endpoint.Attempts} times; "
                + "look at the server or give it more time with --timeout."));
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
            string body = await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
            var failure = endpoint.Failure(response.StatusCode, body);
            return ErrorText.IsRefusal(body) ? new ModelRefusedException(failure.Message) : failure;
        }
    }

    private static bool IsPassing(HttpStatusCode status) => status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout
        or HttpStatusCode.InternalServerError
        or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    private TimeSpan Wait(HttpResponseMessage? response, int attempt)
    {
        var asked = response?.Headers.RetryAfter is not { } after ? null
            : after.Delta ?? (after.Date is { } date ? date - DateTimeOffset.UtcNow : null);
        var wait = asked ?? endpoint.FirstWait * Math.Pow(2, attempt - 1);
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait > endpoint.LongestWait ? endpoint.LongestWait : wait;
    }
}
