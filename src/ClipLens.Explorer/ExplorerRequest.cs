using System.Globalization;
using System.Text.RegularExpressions;
using ClipLens.Explorer.Data;
using Microsoft.AspNetCore.Http;

namespace ClipLens.Explorer;

/// <summary>One request to the explorer's server, and its answer.</summary>
internal sealed partial class ExplorerRequest(ExplorerSite site, AccessRules rules, HttpContext context)
{
    /// <summary>What a page may load and do; the pages of a report say the same of themselves.</summary>
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

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
        string address = context.Request.Path.Value is { Length: > 1 } path ? path[1..] : "index.html";
        if (rules.TakesToken(context)) return Redirect(NeuronForm().IsMatch(address) ? "/" + address : "/");
        if (rules.Refusal(context) is { } refusal) return Say(refusal.Status, refusal.Sentence);
        if (address.StartsWith("api/", StringComparison.Ordinal)) return new ExplorerApi(site, context)
            .AnswerAsync(address["api/".Length..]);
        return HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) ? Answer(address)
            : Say(StatusCodes.Status405MethodNotAllowed, "Pages are only read.");
    }

    private Task Answer(string address)
    {
        if (NeuronForm().Match(address) is { Success: true } neuron)
        {
            int layer = Number(neuron.Groups[1]), index = Number(neuron.Groups[2]);
            return site.HasNeuron(layer, index) ? Redirect($"/neuron.html#{layer}:{index}")
                : Say(StatusCodes.Status404NotFound, "The run has no such neuron.");
        }
        try
        {
            var file = LookedAtForm().Match(address) is { Success: true } own ? site.LookedAt(own.Groups[1].Value, own.Groups[2].Success)
                : site.Find(address, rules.PageToken);
            return file is not null ? Send(file) : Say(StatusCodes.Status404NotFound, "There is no such page.");
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
        catch (Exception error) when (address.EndsWith(".js", StringComparison.Ordinal))
        {
            return Send(DataScript.Fail(address[..^".js".Length], site.Fault(error)));
        }
        catch (Exception error)
        {
            return Say(StatusCodes.Status500InternalServerError, site.Fault(error));
        }
    }

    private Task Redirect(string to)
    {
        context.Response.Redirect(to);
        return Task.CompletedTask;
    }

    private async Task Send(SiteFile file)
    {
        // A picture is the same as long as the run is; a page may have changed when the explorer is started again.
        if (file.Type == "image/jpeg") context.Response.Headers.CacheControl = "private, max-age=600";
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

    [GeneratedRegex(@"\Apictures/(u[0-9a-f]{16}|[0-9]{1,8})(-square)?\.jpg\z")]
    private static partial Regex LookedAtForm();
}
