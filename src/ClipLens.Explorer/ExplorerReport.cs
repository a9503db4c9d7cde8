using ClipLens.Compute;
using ClipLens.Files;

namespace ClipLens.Explorer;

/// <summary>What a report consists of.</summary>
/// <param name="Files">Files written.</param>
/// <param name="Bytes">Their sizes together.</param>
/// <param name="MissingPictures">Images that are not there any more or have changed; their places stay empty.</param>
public sealed record ExplorerReport(int Files, long Bytes, int MissingPictures)
{
    /// <summary>Writes the whole site into a folder, to be opened from disk or put on any web host.</summary>
    /// <param name="site">The site.</param>
    /// <param name="folder">The folder, which is made if need be; files of the same names are replaced.</param>
    /// <param name="progress">Is told of files done.</param>
    /// <param name="cancellation">Stops between files.</param>
    /// <exception cref="ClipLensException">The run is damaged, or the folder cannot be written to.</exception>
    public static ExplorerReport Write(ExplorerSite site, string folder, IProgress<WorkProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(site);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string[] data = [.. site.DataAddresses], pictures = [.. site.PictureAddresses];
        var stage = new StageProgress(progress, "writing the report", data.Length + pictures.Length);
        int files = 0, missing = 0, done = 0;
        long bytes = 0;
        var options = new ParallelOptions { CancellationToken = cancellation };
        Parallel.ForEach(data, options, address => Write(address, site.Find(address)!));
        Parallel.ForEach(pictures, options, address =>
        {
            if (Picture(site, address) is { } file) Write(address, file);
            else Interlocked.Increment(ref missing);
        });
        return new(files, bytes, missing);

        void Write(string address, SiteFile file)
        {
            cancellation.ThrowIfCancellationRequested();
            AtomicFile.Write(Path.Combine(folder, address), file.Bytes);
            Interlocked.Increment(ref files);
            Interlocked.Add(ref bytes, file.Bytes.Length);
            stage.Report(Interlocked.Increment(ref done));
        }
    }

    /// <summary>An image's file; null where the image has gone.</summary>
    private static SiteFile? Picture(ExplorerSite site, string address)
    {
        try
        {
            return site.Find(address);
        }
        catch (ClipLensException)
        {
            return null;
        }
    }
}
