using ClipLens.Compute;

namespace ClipLens.Models.Hub;

/// <summary>A file that its authors publish at a fixed address, with a hash that is known beforehand.</summary>
/// <param name="Name">What it is called, for messages and progress.</param>
/// <param name="Address">Where it is.</param>
/// <param name="Sha256">SHA-256 of its content.</param>
/// <param name="Target">Where it is kept.</param>
internal sealed record PublishedFile(string Name, Uri Address, string Sha256, string Target)
{
    /// <summary>Fetches the file, unless it is there; one that is there with another content is replaced.</summary>
    /// <exception cref="ClipLensException">It may not be fetched now, or its host refuses it.</exception>
    /// <exception cref="IOException">The network or the disk failed; what has come is kept.</exception>
    public async Task Get(HubSettings settings, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        if (File.Exists(Target) && Checksum.Fits(Sha256, Target, cancellation)) return;
        if (settings.IsOffline)
            throw new ClipLensException($"{Name} is not at {Target}, and HF_HUB_OFFLINE forbids to fetch it; unset it, or put the file "
            + "there.");
        if (File.Exists(Target)) File.Delete(Target);
        using var client = new HubClient(settings, Name, repository: null);
        var address = settings.Mirror is { } mirror
            ? new Uri($"{mirror.AbsoluteUri.TrimEnd('/')}/{Address.Authority}{Address.PathAndQuery}")
            : Address;
        using var answer = await client.Send(HttpMethod.Head, address, 0, relativeOnly: false, cancellation).ConfigureAwait(false);
        long? size = answer.Content.Headers.ContentLength;
        var bar = new TransferProgress(progress, $"Fetching {Name}", size ?? 0);
        client.Waiting = bar.Pause;
        await new Download(settings, client, new(address, Sha256, size, Target, Target + ".lock"), bar).Run(cancellation)
            .ConfigureAwait(false);
    }
}
