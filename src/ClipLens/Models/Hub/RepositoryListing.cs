using System.Text.Json;

namespace ClipLens.Models.Hub;

/// <summary>What a repository holds at a revision, as the hub tells it.</summary>
/// <param name="Commit">The commit that the revision is.</param>
/// <param name="Files">Names of the files in its top folder.</param>
internal sealed record RepositoryListing(string Commit, IReadOnlyList<string> Files)
{
    private const int LongestAnswer = 16 << 20;

    /// <summary>Asks the hub.</summary>
    /// <exception cref="ClipLensException">There is no such repository or revision, or the answer is none of the hub's.</exception>
    public static async Task<RepositoryListing> Ask(HubClient client, Uri endpoint, ModelName.OfHub model, CancellationToken cancellation)
    {
        var address = new Uri($"{endpoint.AbsoluteUri.TrimEnd('/')}/api/models/{model.Id}/revision/"
            + Uri.EscapeDataString(model.Revision));
        using var answer = await client.Send(HttpMethod.Get, address, 0, relativeOnly: false, cancellation).ConfigureAwait(false);
        try
        {
            await answer.Content.LoadIntoBufferAsync(LongestAnswer, cancellation).ConfigureAwait(false);
            using var json = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false));
            string commit = json.RootElement.GetProperty("sha").GetString() ?? "";
            string[] files = [.. json.RootElement.GetProperty("siblings").EnumerateArray()
                .Select(file => file.GetProperty("rfilename").GetString() ?? "").Where(RepositoryCache.IsPlain)];
            if (RepositoryCache.IsPlain(commit)) return new(commit, files);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw NoHub(address, error);
        }
        catch (Exception error) when (HubClient.IsBroken(error, cancellation))
        {
            throw HubAnswer.Unreachable(address, model.Shown, error);
        }
        throw NoHub(address, null);
    }

    private static ClipLensException NoHub(Uri address, Exception? error) => new(
        $"{address.Authority} does not answer as Hugging Face's hub does; correct the address in HF_ENDPOINT.", error!);
}
