using System.Net;

namespace ClipLens.Models.Hub;

/// <summary>What a server's refusal means, in a sentence for a person.</summary>
/// <param name="settings">Where the server is and whether a token was sent.</param>
/// <param name="model">The model's name, as it was given.</param>
/// <param name="repository">The repository; null where a file is not of the hub.</param>
internal sealed class HubAnswer(HubSettings settings, string model, string? repository)
{
    private string Host => settings.Endpoint.Authority;

    /// <summary>Whether the same request may be answered a moment later.</summary>
    public static bool IsPassing(HttpStatusCode status) => status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout
        or >= HttpStatusCode.InternalServerError;

    /// <summary>The error that an answer stands for.</summary>
    public Exception Error(HttpResponseMessage answer)
    {
        string said = Header(answer, "X-Error-Message");
        string code = Header(answer, "X-Error-Code");
        if (IsPassing(answer.StatusCode)) return Failed(answer);
        if (repository is null || answer.RequestMessage?.RequestUri?.Authority != Host)
            return new ClipLensException($"{answer.RequestMessage?.RequestUri?.Host} answered {(int)answer.StatusCode} when {model} was "
                + "to be fetched; try again later, or get the file by other means.");
        if (code == "GatedRepo") return Gated();
        if (said.StartsWith("Invalid credentials", StringComparison.Ordinal)
            || said.StartsWith("Invalid username", StringComparison.Ordinal))
            return new ClipLensException($"{Host} does not know the token in HF_TOKEN or in the file of the last login; log in again.");
        if (code == "RevisionNotFound") return new ClipLensException($"{model} has no such branch, tag or commit at {Host}.");
        if (code == "EntryNotFound") return new ClipLensException($"A file of {model} is gone from {Host}; give the same command again.");
        return answer.StatusCode switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.NotFound => Missing(),
            HttpStatusCode.Forbidden =>
            new ClipLensException($"The token in use may not read {repository} at {Host}; give it the right to, "
                + "or use another."),
            _ => new ClipLensException($"{Host} answered {(int)answer.StatusCode}{(said.Length > 0 ? $" ({said.TrimEnd('.')})" : "")} when "
                + $"{model} was to be fetched; check the name."),
        };
    }

    /// <summary>The error for a server that cannot be reached.</summary>
    public static TransferException Unreachable(Uri address, string model, Exception error)
    {
        string why = error is OperationCanceledException or TimeoutException ? "it is silent"
            : error.GetBaseException().Message.TrimEnd('.');
        return new($"{address.Authority} cannot be reached to fetch {model} ({why}); check the connection, and give the same command "
            + "again: what has come is kept.", error);
    }

    private TransferException Failed(HttpResponseMessage answer)
    {
        string host = answer.RequestMessage?.RequestUri?.Authority ?? Host;
        string what = answer.StatusCode == HttpStatusCode.TooManyRequests ? "asks to wait, because it was asked too often"
            : $"has a fault ({(int)answer.StatusCode})";
        return new($"{host} {what}, {settings.Attempts} times; give the same command again later: what has come is kept.");
    }

    private ClipLensException Gated() => new($"{model} is gated: its owners let in who accepts their terms; accept them at "
        + $"{settings.Endpoint.AbsoluteUri.TrimEnd('/')}/{repository}"
        + (settings.Token is null ? " and put a token of your account into HF_TOKEN." : ", with the account of the token in use."));

    private ClipLensException Missing() => new($"There is no model {model} at {Host}, nor such a file or folder here"
        + (settings.Token is null ? "; correct the name, or, if it is a private one, put a token into HF_TOKEN"
            : ", or the token in use may not see it; correct the name")
        + (ModelName.Near(model) is { } near ? $" (perhaps {near} was meant)." : "."));

    private static string Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? string.Join(' ', values) : "";
}
