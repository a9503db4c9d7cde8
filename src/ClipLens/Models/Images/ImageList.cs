using System.Text;
using ClipLens.Files;
using ClipLens.Models.Images.Formats;

namespace ClipLens.Models.Images;

/// <summary>One image of a dataset.</summary>
/// <param name="Name">How results call it: its path relative to the folder it was found in, with '/' between the parts, or its line in
/// the list.</param>
/// <param name="Path">The path to open.</param>
public sealed record ImageEntry(string Name, string Path)
{
    /// <summary>The hash that the file must have, for an image of a run; null where it may be any.</summary>
    internal string? Expected { get; init; }

    /// <summary>Where in a tar file it is; null for a file of its own.</summary>
    internal TarPlace? Within { get; init; }

    /// <summary>Reads its bytes into a buffer that grows where it must; returns their number.</summary>
    /// <exception cref="ClipLensException">It cannot be read.</exception>
    internal int Read(ref byte[] buffer) => Within is { } place ? ImageDecoder.ReadPlace(place, Name, ref buffer)
        : ImageDecoder.ReadFile(Path, Name, ref buffer);

    /// <summary>Length and time of its file; zeros where there is none.</summary>
    internal (long Length, long Time) Stamp()
    {
        var file = new FileInfo(Within?.Tar ?? Path);
        return file.Exists ? (Within?.Length ?? file.Length, file.LastWriteTimeUtc.Ticks) : (0, 0);
    }
}

/// <summary>Finds the images of a dataset: in a folder and the folders beneath it, in a list file, or given one by one.</summary>
public static class ImageList
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>
    /// The images that <paramref name="path"/> stands for. A folder: every JPEG, PNG, WebP, GIF, BMP or TIFF file beneath it, whatever its
    /// ending (hidden ones left out), in ordinal order of their names; what cannot be used is counted by reason. Tar files, one or, with
    /// {000..099} in the name, many: the images in them, in their order. An image: itself. Another file: a list with a path a line,
    /// relative to the list's own folder, in the list's order; empty lines are skipped.
    /// </summary>
    /// <exception cref="ClipLensException">Nothing is there, the folder or list has no image, or the list names files that are not
    /// there.</exception>
    public static ImageSet Find(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path)) return InFolder(path);
        if (TarShards.IsMeant(path)) return InShards(path);
        if (!File.Exists(path))
            throw new ClipLensException(
                $"The image folder or list {path} is not there; give a folder with images or a text file with a path a line.");
        FileKind.RefuseSpecial(path);
        return IsPicture(path) ? Files([path]) : InList(path);
    }

    /// <summary>Images given one by one, in the order given, each named as given.</summary>
    /// <exception cref="ClipLensException">A path is not there or is a folder.</exception>
    public static ImageSet Files(IEnumerable<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ImageEntry[] entries = [.. paths.Select(path => new ImageEntry(path.Replace('\\', '/'), path))];
        if (entries.Length == 0) throw new ClipLensException("No image was given; give at least one.");
        foreach (ImageEntry entry in entries)
        {
            if (Directory.Exists(entry.Path))
                throw new ClipLensException($"{entry.Path} is a folder, not an image; give the images' own paths.");
            if (!File.Exists(entry.Path)) throw new ClipLensException($"The image {entry.Path} is not there; correct the path.");
        }
        return new ImageSet(entries);
    }

    private static ImageSet InShards(string pattern)
    {
        var entries = TarShards.List(pattern);
        if (entries.Count == 0)
            throw new ClipLensException($"The tar files {pattern} have no image (jpg, jpeg, png, webp, gif or bmp); give others.");
        if (entries.GroupBy(entry => entry.Name).FirstOrDefault(same => same.Skip(1).Any()) is { } twice)
            throw new ClipLensException($"The tar files {pattern} have {twice.Key} twice; give each image a name of its own.");
        return new ImageSet(entries);
    }

    /// <summary>Whether a file is named as those that are read as images, by its ending alone.</summary>
    /// <param name="path">The file's name or path.</param>
    public static bool HasImageName(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return PictureKind.HasReadableName(path);
    }

    private static bool IsPicture(string path) =>
        PictureKind.HasReadableName(path) || PictureKind.Start(path) is var start
        && (PictureKind.IsReadable(start) || PictureKind.Unsupported(start) is not null);

    private static ImageSet InFolder(string folder)
    {
        var walk = new FolderWalk();
        List<ImageEntry> entries;
        try
        {
            entries = walk.Run(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ClipLensException(
                $"The image folder {folder} cannot be read ({error.Message.TrimEnd('.')}); check its permissions.", error);
        }
        if (entries.Count == 0)
        {
            if (new ImageSet([], walk.LeftOut).LeftOutSentence is { } leftOut)
                throw new ClipLensException($"The image folder {folder} has no image that can be read; {leftOut}");
            throw new ClipLensException(walk.OtherFiles == 0
                ? $"The image folder {folder} is empty; put images there or give another folder."
                : $"The image folder {folder} has no image among its {walk.OtherFiles} files (jpg, jpeg, png, webp, gif, bmp or tif); "
                    + "give another folder.");
        }
        entries.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return new ImageSet(entries, walk.LeftOut);
    }

    private static ImageSet InList(string list)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(list))!;
        List<ImageEntry> entries = [];
        (int missing, string first, int firstLine, int number) = (0, "", 0, 0);
        foreach (string line in ReadLines(list))
        {
            number++;
            string name = line.Trim();
            if (name.Length == 0) continue;
            if (name.Contains('\0')) throw NoText(list, null);
            var entry = new ImageEntry(name.Replace('\\', '/'), Path.Combine(folder, name));
            entries.Add(entry);
            if (!File.Exists(entry.Path) && missing++ == 0) (first, firstLine) = (name, number);
        }
        if (entries.Count == 0) throw new ClipLensException($"The image list {list} is empty; write an image's path on each line.");
        if (missing == 0) return new ImageSet(entries);
        throw new ClipLensException(
            $"The image list {list} names {(missing == 1 ? "a file that is" : $"{missing} files that are")} not there, "
            + $"{(missing == 1 ? "" : "the first ")}{first} on line {firstLine}; write paths relative to the list's own folder.");
    }

    private static string[] ReadLines(string list)
    {
        try
        {
            return File.ReadAllLines(list, StrictUtf8);
        }
        catch (DecoderFallbackException error)
        {
            throw NoText(list, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ClipLensException(
                $"The image list {list} cannot be read ({error.Message.TrimEnd('.')}); check the file and its permissions.", error);
        }
    }

    private static ClipLensException NoText(string list, Exception? error)
    {
        string message =
            $"{list} is neither a folder, nor an image by its name, nor a text file in UTF-8 with a path a line; give one of these.";
        return error is null ? new ClipLensException(message) : new ClipLensException(message, error);
    }
}
