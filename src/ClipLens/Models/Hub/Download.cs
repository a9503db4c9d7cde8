using System.Net;
using ClipLens.Files;

namespace ClipLens.Models.Hub;

/// <summary>A file that is to be fetched.</summary>
/// <param name="Address">Where it is.</param>
/// <param name="Content">The hash that names its content.</param>
/// <param name="Size">Its length in bytes; null where the server does not say it before.</param>
/// <param name="Target">Where it goes.</param>
/// <param name="Lock">The lock to hold meanwhile.</param>
internal sealed record WantedFile(Uri Address, string Content, long? Size, string Target, string Lock)
{
    /// <summary>Where what has come is kept until it is whole; Hugging Face's tools use the same name.</summary>
    public string Partial => Target + ".incomplete";
}

/// <summary>
/// Fetches one file under another name, goes on where an earlier attempt broke off, checks length and hash, and only then gives it its
/// name. Whoever finds the lock taken waits, and finds the file there.
/// </summary>
internal sealed class Download(HubSettings settings, HubClient client, WantedFile file, TransferProgress progress)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(200);

    /// <summary>Fetches the file, unless it is there.</summary>
    /// <returns>Whether it was fetched.</returns>
    /// <exception cref="ClipLensException">The server refuses it.</exception>
    /// <exception cref="IOException">The connection or the disk failed, or the content is another than the server said.</exception>
    public async Task<bool> Run(CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file.Target)!);
        Directory.CreateDirectory(Path.GetDirectoryName(file.Lock)!);
        using var held = await Hold(cancellation).ConfigureAwait(false);
        if (File.Exists(file.Target))
        {
            progress.Add(file.Size ?? 0);
            return false;
        }
        bool fits = await Fetch(cancellation).ConfigureAwait(false);
        if (!fits)
        {
            File.Delete(file.Partial);
            throw new TransferException($"What {file.Address.Authority} sent for {file.Address.Segments[^1]} is not what was announced: "
                + "its hash "
                + "differs; it was thrown away, so give the same command again, and look at proxies on the way if it comes again.");
        }
        File.Move(file.Partial, file.Target);
        return true;
    }

    private async Task<FolderLock> Hold(CancellationToken cancellation)
    {
        bool isSaid = false;
        while (true)
        {
            if (FolderLock.Take(file.Lock) is { } held) return held;
            if (!isSaid) progress.Pause("Waiting for another process that fetches the same file");
            isSaid = true;
            await Task.Delay(LookAgain, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<bool> Fetch(CancellationToken cancellation)
    {
        try
        {
            using var stream = new FileStream(file.Partial, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            await Fill(stream, cancellation).ConfigureAwait(false);
            await stream.FlushAsync(cancellation).ConfigureAwait(false);
            stream.Flush(flushToDisk: true);
            return Fits(stream, cancellation);
        }
        catch (UnauthorizedAccessException error)
        {
            throw FileErrors.CannotWrite(file.Partial, error);
        }
    }

    /// <summary>Goes on with the file until it is whole; as long as something comes, a broken line is no reason to give up.</summary>
    private async Task Fill(FileStream stream, CancellationToken cancellation)
    {
        if (stream.Length > (file.Size ?? long.MaxValue)) stream.SetLength(0);
        progress.Add(stream.Length);
        CheckSpace(stream.Length);
        for (int attempt = 1; file.Size is null || stream.Length < file.Size; attempt++)
        {
            long before = stream.Length;
            try
            {
                if (await Receive(stream, cancellation).ConfigureAwait(false)) return;
                throw new IOException("The connection was closed in the middle of the file.");
            }
            catch (Exception error) when (HubClient.IsBroken(error, cancellation) && error is not TransferException)
            {
                if (stream.Length > before) attempt = 1;
                if (attempt >= settings.Attempts) throw HubAnswer.Unreachable(file.Address, file.Address.Segments[^1], error);
            }
            await client.Wait(null, attempt, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Takes what one answer brings.</summary>
    /// <returns>Whether the file is whole.</returns>
    private async Task<bool> Receive(FileStream stream, CancellationToken cancellation)
    {
        using var answer = await client.Send(HttpMethod.Get, file.Address, stream.Length, relativeOnly: false, cancellation)
            .ConfigureAwait(false);
        // Some servers know no ranges and send the whole, or have a shorter file than ours.
        bool goesOn = answer.StatusCode == HttpStatusCode.PartialContent && answer.Content.Headers.ContentRange?.From == stream.Length;
        if (!goesOn && stream.Length > 0)
        {
            progress.Add(-stream.Length);
            stream.SetLength(0);
            if (answer.StatusCode != HttpStatusCode.OK) return false;
        }
        long? end = file.Size ?? (stream.Length + answer.Content.Headers.ContentLength);
        stream.Position = stream.Length;
        using var body = await answer.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        byte[] buffer = new byte[1 << 17];
        for (int read; (read = await Read(body, buffer, cancellation).ConfigureAwait(false)) > 0;)
        {
            Write(stream, buffer.AsSpan(0, read));
            progress.Add(read);
            if (stream.Length > (end ?? long.MaxValue)) return true;
        }
        return end is null || stream.Length == end;
    }

    private async Task<int> Read(Stream body, byte[] buffer, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(settings.Silence);
        return await body.ReadAsync(buffer, limit.Token).ConfigureAwait(false);
    }

    private void Write(FileStream stream, ReadOnlySpan<byte> bytes)
    {
        try
        {
            stream.Write(bytes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            var told = FileErrors.CannotWrite(file.Partial, error);
            throw told is IOException ? new TransferException(told.Message, error) : told;
        }
    }

    private bool Fits(FileStream stream, CancellationToken cancellation)
    {
        if (file.Size is { } size && stream.Length != size) return false;
        using var checksum = new Checksum(file.Content, stream.Length);
        stream.Position = 0;
        byte[] buffer = new byte[1 << 20];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            cancellation.ThrowIfCancellationRequested();
            checksum.Add(buffer.AsSpan(0, read));
        }
        return checksum.Fits();
    }

    private void CheckSpace(long there)
    {
        if (file.Size - there is not { } missing || FreeSpace() is not { } free || free >= missing) return;
        throw new TransferException($"{Path.GetDirectoryName(file.Target)} has {free / 1_000_000} MB of free space where "
            + $"{file.Address.Segments[^1]} "
            + $"needs {(missing + 999_999) / 1_000_000} MB; free some, or move the cache to another disk with HF_HOME.");
    }

    private long? FreeSpace()
    {
        try
        {
            return new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(file.Target))!).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // What cannot be asked is found out by writing.
            return null;
        }
    }
}
