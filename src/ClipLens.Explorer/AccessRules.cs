using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace ClipLens.Explorer;

/// <summary>
/// Who may ask the server for what. On the loopback address anybody of this machine, by one of its names only: a page of another site,
/// whose name was made to lead here, asks by its own. On other addresses who knows a token, drawn at random when the server begins.
/// Changes are made by the server's own pages alone, which prove it by a second token that no other site can read.
/// </summary>
internal sealed class AccessRules(IPAddress address)
{
    private const string Cookie = "cliplens", Query = "token", Header = "X-ClipLens";

    /// <summary>Whether the server listens to other machines.</summary>
    public bool IsOpen { get; } = !IPAddress.IsLoopback(address);

    /// <summary>What who comes from another machine must know.</summary>
    public string Token { get; } = Draw();

    /// <summary>What the pages send along with a change.</summary>
    public string PageToken { get; } = Draw();

    /// <summary>Why a request is refused, with the status; null where it is not.</summary>
    public (int Status, string Sentence)? Refusal(HttpContext context)
    {
        var request = context.Request;
        if (!IsOwnHost(request.Host, context.Connection)) return (StatusCodes.Status421MisdirectedRequest, "This server has another name.");
        if (IsOpen && !IsSame(request.Cookies[Cookie], Token))
            return (StatusCodes.Status401Unauthorized, "Open the address that the command has printed; it has a token in it.");
        // What another site embeds or posts says so; following a link from elsewhere is a navigation and may be.
        string site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site is "cross-site" or "same-site" && request.Headers["Sec-Fetch-Mode"] != "navigate")
            return (StatusCodes.Status403Forbidden, "Another site may not use this one.");
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) return null;
        string origin = request.Headers.Origin.ToString();
        if (origin.Length > 0 && !string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase))
            return (StatusCodes.Status403Forbidden, "Another site may change nothing here.");
        return IsSame(request.Headers[Header], PageToken) ? null
            : (StatusCodes.Status403Forbidden, "The page is of an earlier start of the explorer; load it again.");
    }

    /// <summary>Whether the request brings the token in its address; it is kept in a cookie then, and the address is shown without
    /// it.</summary>
    public bool TakesToken(HttpContext context)
    {
        if (!IsOpen || !IsOwnHost(context.Request.Host, context.Connection) || !IsSame(context.Request.Query[Query], Token)) return false;
        context.Response.Cookies.Append(Cookie, Token, new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/" });
        return true;
    }

    private bool IsOwnHost(HostString host, ConnectionInfo connection)
    {
        if ((host.Port ?? 80) != connection.LocalPort) return false;
        string name = host.Host.ToLowerInvariant();
        if (name is "127.0.0.1" or "localhost") return true;
        // No one can make a name of theirs out of a number, and the machine's own name is its own.
        return IsOpen && (IPAddress.TryParse(name.Trim('[', ']'), out _)
            || string.Equals(name, Dns.GetHostName(), StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsSame(string? given, string wanted) =>
        given is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(wanted));

    private static string Draw() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}
