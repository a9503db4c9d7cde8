using System.Formats.Tar;
using System.Globalization;
using System.Text.RegularExpressions;
using ClipLens.Files;
using ClipLens.Models.Images.Formats;

namespace ClipLens.Models.Images;

/// <summary>Where in a tar file an image is.</summary>
/// <param name="Tar">The tar file.</param>
/// <param name="Offset">Its first byte.</param>
/// <param name="Length">Its bytes.</param>
internal sealed record TarPlace(string Tar, long Offset, long Length);

/// <summary>
/// Images in tar files as WebDataset makes them: <c>shards/{000..099}.tar</c>, or one file. Only the headers are read to list them; an
/// image is then read from its place. An image in a tar file is called by the file's name and its own: <c>000.tar/n01440764_10026.jpg</c>.
/// </summary>
internal static partial class TarShards
{
    private const string Ending = ".tar";
    private const int MostShards = 1_000_000;

    /// <summary>Whether images are asked for in tar files.</summary>
    public static bool IsMeant(string path) => path.EndsWith(Ending, StringComparison.OrdinalIgnoreCase);

    /// <summary>The images of all tar files that a path stands for, in the order of the files and of what is in them.</summary>
    /// <exception cref="ClipLensException">A file is missing or damaged, or none has an image.</exception>
    public static List<ImageEntry> List(string pattern)
    {
        string[] shards = [.. Expand(pattern)];
        foreach (string shard in shards)
            if (!File.Exists(shard)) throw new ClipLensException($"The tar file {shard} of {pattern} is not there; correct the numbers "
            + "or fetch it.");
        var found = new List<ImageEntry>[shards.Length];
        try
        {
            Parallel.For(0, shards.Length, i => found[i] = InShard(shards[i]));
        }
        catch (AggregateException error) when (error.InnerExceptions.OfType<ClipLensException>().FirstOrDefault() is { } first)
        {
            throw first;
        }
        return [.. found.SelectMany(own => own)];
    }

    /// <summary>The tar files that a path stands for: <c>{000..099}</c> in it counts, with as many digits as are written.</summary>
    /// <exception cref="ClipLensException">The braces are not understood.</exception>
    public static IEnumerable<string> Expand(string pattern)
    {
        if (!pattern.Contains('{', StringComparison.Ordinal)) return [pattern];
        var range = Range().Match(pattern);
        if (!range.Success || pattern.IndexOf('/', range.Index) >= 0
            || !int.TryParse(range.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int first)
            || !int.TryParse(range.Groups[2].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int last)
            || last < first || last - first >= MostShards)
            throw new ClipLensException($"The tar files {pattern} are not understood; write numbers in the file's name as {{000..099}}.");
        int digits = range.Groups[1].Length;
        return Enumerable.Range(first, last - first + 1).SelectMany(number => Expand(pattern[..range.Index]
            + number.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0') + pattern[(range.Index + range.Length)..]));
    }

    /// <summary>The place of an image that a path names as if its tar file were a folder; null where the path is none.</summary>
    public static TarPlace? Find(string path)
    {
        for (int at = path.IndexOf(Ending + "/", StringComparison.OrdinalIgnoreCase); at >= 0;
            at = path.IndexOf(Ending + "/", at + 1, StringComparison.OrdinalIgnoreCase))
        {
            string tar = path[..(at + Ending.Length)];
            if (File.Exists(tar)) return InShard(tar).FirstOrDefault(entry => entry.Path == path)?.Within;
        }
        return null;
    }

    private static List<ImageEntry> InShard(string shard)
    {
        List<ImageEntry> found = [];
        try
        {
            // Between two headers lies an image, so that a large buffer would read what is not wanted.
            using var file = new FileStream(FileErrors.OpenHandle(shard), FileAccess.Read, bufferSize: 0);
            using var tar = new TarReader(file);
            string name = Path.GetFileName(shard);
            while (tar.GetNextEntry() is { } entry)
            {
                if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile)
                    || !PictureKind.HasReadableName(entry.Name)) continue;
                string own = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
                found.Add(new ImageEntry($"{name}/{own}", $"{shard}/{own}") { Within = new(shard, entry.DataOffset, entry.Length) });
            }
        }
        catch (Exception error) when (error is IOException or InvalidDataException or FormatException)
        {
            throw new ClipLensException($"The tar file {shard} is damaged or cut short ({error.Message.TrimEnd('.')}); fetch it again.",
                error);
        }
        return found;
    }

    [GeneratedRegex(@"\{(\d+)\.\.(\d+)\}")]
    private static partial Regex Range();
}
