using System.Collections;

namespace ClipLens.Models.Images;

/// <summary>Files that were left out of a dataset for one reason.</summary>
/// <param name="Count">How many.</param>
/// <param name="Reason">What they are, such as <c>.heic (not supported)</c>, to stand behind the number.</param>
public sealed record LeftOutFiles(int Count, string Reason);

/// <summary>The images of a dataset, in order, and what was left out of it.</summary>
public sealed class ImageSet : IReadOnlyList<ImageEntry>
{
    private readonly IReadOnlyList<ImageEntry> entries;

    internal ImageSet(IReadOnlyList<ImageEntry> entries, IReadOnlyList<LeftOutFiles>? leftOut = null) =>
        (this.entries, LeftOut) = (entries, leftOut ?? []);

    /// <summary>What was found and cannot be used, by reason, the most frequent first. Files that are no images are not among
    /// it.</summary>
    public IReadOnlyList<LeftOutFiles> LeftOut { get; }

    /// <summary>
    /// What was left out in a sentence, such as "3 files left out: 2 .heic (not supported), 1 unreadable folder."; null where nothing was.
    /// </summary>
    public string? LeftOutSentence
    {
        get
        {
            int count = LeftOut.Sum(files => files.Count);
            return count == 0 ? null : $"{(count == 1 ? "1 file" : $"{count} files")} left out: "
                + $"{string.Join(", ", LeftOut.Select(files => $"{files.Count} {files.Reason}"))}.";
        }
    }

    /// <inheritdoc/>
    public int Count => entries.Count;

    /// <inheritdoc/>
    public ImageEntry this[int index] => entries[index];

    /// <inheritdoc/>
    public IEnumerator<ImageEntry> GetEnumerator() => entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
