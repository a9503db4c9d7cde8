using ClipLens.Compute;

namespace ClipLens.Models.Hub;

/// <summary>
/// Models by name: a checkpoint's path, open_clip's name and tag (<c>ViT-B-32/openai</c>), a repository of Hugging Face's hub
/// (<c>openai/clip-vit-base-patch32</c>, with <c>hf-hub:</c> before it or <c>@revision</c> behind it if wanted), or OpenAI's own name
/// (<c>ViT-B/32</c>). What is fetched goes into the cache of Hugging Face's tools, and what they fetched is used.
/// </summary>
public static class ModelHub
{
    /// <summary>A model that is on this machine: at a path, or in the cache. Asks nobody.</summary>
    /// <param name="name">The path or the name.</param>
    /// <param name="settings">Where the cache is; as the environment says if null.</param>
    /// <returns>The model; null if the name is known and the model is not in the cache, or not whole.</returns>
    /// <exception cref="ClipLensException">It is no model's name, or one of a family that is not supported.</exception>
    public static LocalModel? Find(string name, HubSettings? settings = null)
    {
        settings ??= HubSettings.FromEnvironment();
        return ModelName.Parse(name) switch
        {
            ModelName.OnDisk disk => new(disk.Path),
            ModelName.OfHub hub => new RepositoryPull(settings, hub, null).Find(),
            ModelName.OfOpenAi { Model: var own } => File.Exists(Target(settings, own))
                && Checksum.Fits(own.Sha256, Target(settings, own), default) ? OpenAi(settings, own) : null,
            _ => null,
        };
    }

    /// <summary>A model on this machine, fetched if it is not there yet.</summary>
    /// <param name="name">The path or the name.</param>
    /// <param name="settings">Where the hub and the cache are; as the environment says if null.</param>
    /// <param name="progress">Megabytes that have come.</param>
    /// <param name="cancellation">Stops; what has come is kept.</param>
    /// <exception cref="ClipLensException">There is no such model, it may not be read, is of a family that is not supported, or nothing
    /// may be fetched.</exception>
    /// <exception cref="IOException">The network or the disk failed; the same call goes on with what has come.</exception>
    public static LocalModel Get(string name, HubSettings? settings = null, IProgress<WorkProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        settings ??= HubSettings.FromEnvironment();
        return Find(name, settings) ?? Pull(name, settings, progress, cancellation);
    }

    /// <summary>Fetches a model, or what is new of it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="settings">Where the hub and the cache are; as the environment says if null.</param>
    /// <param name="progress">Megabytes that have come.</param>
    /// <param name="cancellation">Stops; what has come is kept.</param>
    /// <exception cref="ClipLensException">There is no such model, it may not be read, is of a family that is not supported, or nothing
    /// may be fetched.</exception>
    /// <exception cref="IOException">The network or the disk failed; the same call goes on with what has come.</exception>
    public static LocalModel Pull(string name, HubSettings? settings = null, IProgress<WorkProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        settings ??= HubSettings.FromEnvironment();
        switch (ModelName.Parse(name))
        {
            case ModelName.OfHub hub when settings.IsOffline:
                return new RepositoryPull(settings, hub, null).Find()
                    ?? throw new ClipLensException($"{hub.Shown} is not in the cache {settings.Cache}, or not whole, and HF_HUB_OFFLINE "
                    + "forbids to fetch it; unset it, or copy the model there.");
            case ModelName.OfHub hub:
                return new RepositoryPull(settings, hub, progress).Pull(cancellation).GetAwaiter().GetResult();
            case ModelName.OfOpenAi { Model: var own }:
                new PublishedFile(own.Name, own.Address, own.Sha256, Target(settings, own)).Get(settings, progress, cancellation)
                    .GetAwaiter().GetResult();
                return OpenAi(settings, own);
            default:
                throw new ClipLensException($"{name} is no model's name that could be fetched; write one such as ViT-B-32/openai or "
                    + "openai/clip-vit-base-patch32.");
        }
    }

    /// <summary>The models in the caches, whole, that can be used or that a table knows by name.</summary>
    /// <param name="settings">Where the caches are; as the environment says if null.</param>
    public static IReadOnlyList<CachedModel> Cached(HubSettings? settings = null)
    {
        settings ??= HubSettings.FromEnvironment();
        var openAi = KnownModels.OpenAi.Select(own => (own.Name, File: new FileInfo(Target(settings, own))))
            .Where(own => own.File.Exists).Select(own => new CachedModel(own.Name, own.File.Length));
        return [.. RepositoryCache.Repositories(settings.Cache).Select(repository => CachedModel.In(settings, repository))
            .OfType<CachedModel>(),
            .. openAi];
    }

    private static LocalModel OpenAi(HubSettings settings, OpenAiModel own) => new(Target(settings, own), own.Name, own.Name);

    private static string Target(HubSettings settings, OpenAiModel own) => Path.Combine(settings.OpenAiCache, own.File);
}
