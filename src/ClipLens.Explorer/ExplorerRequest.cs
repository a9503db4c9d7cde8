using System.Globalization;
using System.Text.RegularExpressions;
using ClipLens.Explorer.Data;
using Microsoft.AspNetCore.Http;

namespace ClipLens.Explorer;

/// <summary>One request to the explorer's server, and its answer.</summary>
internal sealed partial class ExplorerRequest(ExplorerSite site, HttpContext context)
{
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        + "form-action 'self'; frame-ancestors 'none'";

    /// <summary>Answers it.</summary>
    public Task AnswerAsync()
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.CacheControl = "no-cache";
        if (!IsOwnHost(context.Request.Host)) return Say(StatusCodes.Status421MisdirectedRequest, "This server has another name.");
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
            return Say(StatusCodes.Status405MethodNotAllowed, "The explorer only shows.");
        return Answer(context.Request.Path.Value is { Length: > 1 } path ? path[1..] : "index.html");
    }

    private Task Answer(string address)
    {
        if (NeuronForm().Match(address) is { Success: true } neuron)
        {
            int layer = Number(neuron.Groups[1]), index = Number(neuron.Groups[2]);
            if (!site.HasNeuron(layer, index)) return Say(StatusCodes.Status404NotFound, "The run has no such neuron.");
            context.Response.Redirect($"/neuron.html#{layer}:{index}");
            return Task.CompletedTask;
        }
        try
        {
            return site.Find(address) is { } file ? Send(file) : Say(StatusCodes.Status404NotFound, "There is no such page.");
        }
        catch (ClipLensException error) when (address.EndsWith(".js", StringComparison.Ordinal))
        {
            // A page cannot read the answer to a script that failed, so the sentence comes as a script.
            return Send(DataScript.Fail(address[..^".js".Length], error.Message));
        }
        catch (ClipLensException error)
        {
            return Say(StatusCodes.Status404NotFound, error.Message);
        }
    }

    /// <summary>
    /// Whether the browser asked for this server by a name of this machine: a page of another site, whose name was made to lead here,
    /// asks by its own name.
    /// </summary>
    private bool IsOwnHost(HostString host) => (host.Port ?? 80) == context.Connection.LocalPort
        && host.Host.ToLowerInvariant() is "127.0.0.1" or "localhost";

    private async Task Send(SiteFile file)
    {
        context.Response.ContentType = file.Type;
        context.Response.ContentLength = file.Bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method)) await context.Response.Body.WriteAsync(file.Bytes, context.RequestAborted);
    }

    private Task Say(int status, string sentence)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(sentence + "\n");
    }

    private static int Number(Group group) => int.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\Alayer/([0-9]{1,4})/neuron/([0-9]{1,8})\z")]
    private static partial Regex NeuronForm();
}
