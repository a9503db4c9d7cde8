using System.Text.Json.Nodes;

namespace ClipLens.Cli.Endpoints;

/// <summary>What an endpoint says about an error: the message of its JSON, or the text as it is.</summary>
internal static class ErrorText
{
    public static string Extract(string body)
    {
        var root = AnswerJson.Parse(body);
        return (root?["error"] is JsonObject inner ? inner["message"] : root?["error"] ?? root?["detail"] ?? root?["message"])
            ?.ToString() ?? body;
    }

    /// <summary>Whether the endpoint refuses because of what was asked for, not how.</summary>
    public static bool IsRefusal(string body)
    {
        string code = (AnswerJson.Parse(body)?["error"] as JsonObject)?["code"]?.ToString() ?? "";
        return code is "content_policy_violation" or "moderation_blocked" or "content_filter";
    }
}
