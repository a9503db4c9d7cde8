using System.Globalization;
using ClipLens.Compute;
using ClipLens.Models.Configuration;

namespace ClipLens.Models.Hub;

/// <summary>Brings a model of the hub into the cache: what is needed of it and is not there yet.</summary>
internal sealed class RepositoryPull(HubSettings settings, ModelName.OfHub model, IProgress<WorkProgress>? progress)
{
    private readonly RepositoryCache cache = new(settings.Cache, model.Id, settings.UseLinks);

    /// <summary>The model, if its revision is in the cache, whole; asks nobody.</summary>
    public LocalModel? Find()
    {
        if (cache.Commit(model.Revision) is not { } commit
            || NeededFiles.Whole(cache.Snapshot(commit), cache.Files(commit)) is not { } files) return null;
        return HasTokenizer(Path.Combine(cache.Snapshot(commit), files.Config!), files.Others) ? Local(commit) : null;
    }

    /// <summary>Fetches what is missing of what the revision is now.</summary>
    /// <exception cref="ClipLensException">There is no such model, it may not be read, or it is of a kind that is not
    /// supported.</exception>
    /// <exception cref="IOException">The network or the disk failed; what has come is kept.</exception>
    public async Task<LocalModel> Pull(CancellationToken cancellation)
    {
        using var client = new HubClient(settings, model.Shown, model.Id);
        var listing = await RepositoryListing.Ask(client, settings.Endpoint, model, cancellation).ConfigureAwait(false);
        var needed = NeededFiles.Among(listing.Files)
            ?? throw new ClipLensException($"{model.Shown} holds no weights in a form that is known (safetensors or PyTorch's); take "
                + "another repository of the model.");
        if (needed.Config is null)
            throw new ClipLensException($"{model.Shown} has no config (open_clip_config.json or config.json) beside its weights; take "
                + "another repository of the model.");
        await Fetch(client, listing.Commit, $"the configuration of {model.Shown}", needed.BesideWeights, cancellation)
            .ConfigureAwait(false);
        // A model of another kind is refused before its weights are fetched.
        var config = ConfigFile.Read(Path.Combine(cache.Snapshot(listing.Commit), needed.Config), Activation.Gelu);
        if (NamedTokenizer.Repository(config.Text, listing.Files) is { } named && NamedTokenizer.In(settings.Cache, named) is null)
            await new RepositoryPull(settings, new(named, ModelName.Main, null), progress).PullTokenizer(model, cancellation)
                .ConfigureAwait(false);
        await Fetch(client, listing.Commit, model.Shown, [needed.Weights], cancellation).ConfigureAwait(false);
        await Fetch(client, listing.Commit, model.Shown, needed.AllWeights(cache.Snapshot(listing.Commit)), cancellation)
            .ConfigureAwait(false);
        // Last, so that a branch leads to a whole snapshot or to the one that it led to before.
        cache.SetRef(model.Revision, listing.Commit);
        return Local(listing.Commit);
    }

    /// <summary>Fetches the tokenizer alone, for a model that names it.</summary>
    private async Task PullTokenizer(ModelName.OfHub asking, CancellationToken cancellation)
    {
        string shown = $"{model.Id} (the tokenizer of {asking.Shown})";
        using var client = new HubClient(settings, shown, model.Id);
        var listing = await RepositoryListing.Ask(client, settings.Endpoint, model, cancellation).ConfigureAwait(false);
        var files = NeededFiles.OfTokenizer(listing.Files);
        if (files.Count == 0)
            throw new ClipLensException($"{asking.Shown} takes its tokenizer from {model.Id}, which holds none that is known "
                + "(tokenizer.json, spiece.model or vocab.txt); put one beside the weights and give their folder.");
        await Fetch(client, listing.Commit, shown, files, cancellation).ConfigureAwait(false);
        cache.SetRef(model.Revision, listing.Commit);
    }

    /// <summary>Whether the tokenizer is there, where the config asks for another repository's; a config that cannot be read is told of
    /// when the model is.</summary>
    private bool HasTokenizer(string config, IReadOnlyCollection<string> beside)
    {
        try
        {
            return NamedTokenizer.IsThere(settings.Cache, ConfigFile.Read(config, Activation.Gelu).Text, beside);
        }
        catch (ClipLensException)
        {
            return true;
        }
    }

    private LocalModel Local(string commit) => new(cache.Snapshot(commit), model.Shown, $"{model.Id}@{commit}");

    /// <summary>Brings files of a commit into the cache, as one piece of work of this name.</summary>
    private async Task Fetch(HubClient client, string commit, string what, IEnumerable<string> names, CancellationToken cancellation)
    {
        var there = cache.Files(commit);
        var missing = new List<(string Name, WantedFile File)>();
        foreach (string name in names.Except(there, StringComparer.Ordinal))
            missing.Add((name, await Ask(client, commit, name, cancellation).ConfigureAwait(false)));
        if (missing.Count == 0) return;
        var bar = new TransferProgress(progress, $"Fetching {what}", missing.Sum(file => file.File.Size ?? 0));
        client.Waiting = bar.Pause;
        foreach (var (name, file) in missing)
        {
            bool isNew = await new Download(settings, client, file, bar).Run(cancellation).ConfigureAwait(false);
            cache.Link(commit, name, file.Content, isNew);
        }
    }

    /// <summary>Asks for a file's length and the hash that names its content.</summary>
    private async Task<WantedFile> Ask(HubClient client, string commit, string name, CancellationToken cancellation)
    {
        var address = new Uri($"{settings.Endpoint.AbsoluteUri.TrimEnd('/')}/{model.Id}/resolve/{commit}/{Uri.EscapeDataString(name)}");
        using var answer = await client.Send(HttpMethod.Head, address, 0, relativeOnly: true, cancellation).ConfigureAwait(false);
        string? linked = Header("X-Linked-Size");
        string etag = (Header("X-Linked-Etag") ?? Header("ETag") ?? "").Replace("W/", "", StringComparison.Ordinal).Trim('"');
        if (!RepositoryCache.IsPlain(etag))
            throw new ClipLensException($"{settings.Endpoint.Authority} names no content for {name} of {model.Shown}, as Hugging Face's "
                + "hub does; correct the address in HF_ENDPOINT.");
        long? size = long.TryParse(linked, NumberStyles.None, CultureInfo.InvariantCulture, out long length) ? length
            : answer.IsSuccessStatusCode ? answer.Content.Headers.ContentLength : null;
        return new(address, etag, size, cache.Blob(etag), cache.Lock(etag));

        string? Header(string header) => answer.Headers.TryGetValues(header, out var values) ? values.FirstOrDefault() : null;
    }
}
