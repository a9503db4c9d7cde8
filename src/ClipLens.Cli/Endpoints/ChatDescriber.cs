using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ClipLens.Cues.Adversarial;
using ClipLens.Labels;
using Microsoft.Extensions.AI;

namespace ClipLens.Cli.Endpoints;

/// <summary>Descriptions by a language model. An answer that breaks the rules is asked for again; all answers are kept.</summary>
/// <param name="client">The model.</param>
/// <param name="endpoint">Where it is; its key is taken out of whatever the model answers.</param>
internal sealed class ChatDescriber(IChatClient client, Endpoint endpoint) : IDescriber
{
    private const int Answers = 4;

    private const string System = "You write short, plain descriptions of photographs for an image generator.";

    public string Name => $"chat model {endpoint.Model} at {endpoint.Address}";

    public int Parallel => endpoint.Parallel;

    public async Task<Description> Describe(DescriptionTask task, CancellationToken cancellation)
    {
        string prompt = Prompt(task);
        var exchanges = new List<ModelExchange>();
        for (int answer = 0; answer < Answers; answer++)
        {
            var options = new ChatOptions { Seed = (long)((task.Seed + (ulong)answer) & 0x7FFF_FFFF) };
            var response = await Ask(prompt, options, cancellation).ConfigureAwait(false);
            string text = endpoint.Key.TakenOutOf(response);
            var (description, control, refusal) = Read(text, task);
            exchanges.Add(new(endpoint.Model, $"{System}\n\n{prompt}", text, refusal));
            if (refusal is null) return new(description, control, exchanges);
        }
        throw new ModelRefusedException($"The model {endpoint.Model} at {endpoint.Address} gave no usable description in {Answers} "
            + $"answers: {exchanges[^1].Refusal}.", exchanges);
    }

    private async Task<string> Ask(string prompt, ChatOptions options, CancellationToken cancellation)
    {
        try
        {
            var response = await client.GetResponseAsync([new(ChatRole.System, System), new(ChatRole.User, prompt)], options, cancellation)
                .ConfigureAwait(false);
            // Half of a surrogate pair is no text, and could not be written down.
            return string.Concat(response.Text.EnumerateRunes());
        }
        catch (Exception error) when (error is not (ClipLensException or OperationCanceledException))
        {
            // A client library reads the answer: what it stumbles over is the endpoint's fault.
            throw new ClipLensException($"The endpoint {endpoint.Address} did not answer as a chat endpoint does "
                + $"({endpoint.Key.TakenOutOf(error.Message.Split('\n')[0]).TrimEnd('.')}); check the address.");
        }
    }

    private static string Prompt(DescriptionTask task) =>
        $"""
        Describe one photograph of {ClassNames.WithArticle(task.True)} in one or two sentences. Also plainly to be seen in it: {string.Join(", ", task.Cues)}.
        Never mention {ClassNames.WithArticle(task.Fooled)}, nor any other word for it.
        Then give the same description once more without {string.Join(" and without ", task.Cues)}.
        Answer with JSON and nothing else: {JsonSerializer.Serialize(new { description = "...", without = "..." })}
        """;

    private static (string Description, string Control, string? Refusal) Read(string answer, DescriptionTask task)
    {
        if (Json(answer) is not { } json) return ("", "", "it is no JSON object");
        if (Text(json, "description") is not { } description || Text(json, "without") is not { } control) return ("", "",
            "'description' or 'without' is missing");
        string? refusal = !Names(description, task.True) || !Names(control, task.True) ? $"it does not name the {task.True}"
            : Names(description, task.Fooled) || Names(control, task.Fooled) ? $"it names the {task.Fooled}"
            : !task.Cues.Any(cue => description.Contains(cue, StringComparison.OrdinalIgnoreCase)) ? "it names none of the cues"
            : task.Cues.FirstOrDefault(cue => Names(control, cue)) is { } left ? $"the description without cues names '{left}'"
            : null;
        return (description, control, refusal);
    }

    /// <summary>The object in an answer, whatever stands around it.</summary>
    private static JsonObject? Json(string answer)
    {
        (int start, int end) = (answer.IndexOf('{'), answer.LastIndexOf('}'));
        return start < 0 || end < start ? null : AnswerJson.Parse(answer[start..(end + 1)]);
    }

    private static string? Text(JsonObject json, string name) =>
        json[name] is JsonValue value && value.TryGetValue(out string? text) && text.Trim() is { Length: > 0 and <= 2000 } trimmed
        ? trimmed : null;

    /// <summary>Whether a text has a word, also in its plural.</summary>
    private static bool Names(string text, string word) =>
        Regex.IsMatch(text, $@"(?<!\w){Regex.Escape(word)}(e?s)?(?!\w)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
}
