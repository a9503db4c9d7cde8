using ClipLens.Files;
using ClipLens.Models.Images;

namespace ClipLens.Segmentation.Scores;

/// <summary>Images with masks as files.</summary>
public static class SegmentationFolder
{
    private const string What = "the columns id,class: an image's name without its ending, and the name of the class to find in it";

    // Pascal VOC's classes in the order of its palette, the first of index 1.
    private static readonly string[] VocClasses =
    [
        "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "dining table", "dog", "horse", "motorbike",
        "person", "potted plant", "sheep", "sofa", "train", "television",
    ];

    /// <summary>
    /// Images <c>id.*</c> in one folder and masks <c>id.png</c> in another (0 background, 255 ignored, the rest object; or, where no
    /// mask has another label, black and white with the object in white), with a CSV file that names the class to find in each.
    /// </summary>
    /// <param name="images">Folder of images, searched through.</param>
    /// <param name="masks">Folder of masks.</param>
    /// <param name="labels">CSV file with the columns id,class.</param>
    /// <exception cref="ClipLensException">A file is missing, an id is of several images, or the CSV file is not of this
    /// kind.</exception>
    public static IReadOnlyList<SegmentationSample> Read(string images, string masks, string labels)
    {
        var photographs = Photographs(images);
        var rows = Rows(labels).Select(row =>
        {
            string mask = Path.Combine(masks, row.Id + ".png");
            if (!photographs.TryGetValue(row.Id, out var named))
                throw new ClipLensException($"{labels} line {row.Line} names {row.Id}, but {images} has no image of that name; "
                + "correct the id or give the images' folder.");
            if (!File.Exists(mask)) throw new ClipLensException($"The mask {mask} is not there; {labels} line {row.Line} asks for it.");
            // Masks may lie beside the images.
            string[] others = [.. named.Where(path => Path.GetFullPath(path) != Path.GetFullPath(mask))];
            if (others.Length != 1)
                throw new ClipLensException(others.Length == 0 ? $"{images} has of {row.Id} only the mask {mask}; put its image there."
                    : $"{labels} line {row.Line} names {row.Id}, which {others[0]} and {others[1]} both could be; leave one of them out, "
                    + "or write the path within the images' folder.");
            return (row.Id, row.Class, Photograph: others[0], Mask: mask);
        }).ToList();
        var objects = new ObjectMasks([.. rows.Select(row => row.Mask)]);
        return [.. rows.Select(row => new SegmentationSample(row.Id, row.Class, () => ImageDecoder.Decode(row.Photograph), () =>
            objects.Read(row.Mask)))];
    }

    /// <summary>
    /// Pascal VOC's own layout: JPEGImages, SegmentationClass and ImageSets/Segmentation. An image counts once for every class in it;
    /// the other classes are background then.
    /// </summary>
    /// <param name="folder">The folder VOC2012 or its like.</param>
    /// <param name="set">The image set: val, train or trainval.</param>
    /// <exception cref="ClipLensException">A part of the layout is missing.</exception>
    public static IReadOnlyList<SegmentationSample> Voc(string folder, string set = "val")
    {
        string list = Path.Combine(folder, "ImageSets", "Segmentation", set + ".txt");
        var ids = TextLines.Read(list, "names of images, one a line, as Pascal VOC's image sets have");
        return [.. ids.Where(id => id.Text.Length > 0).SelectMany(id => VocSamples(folder, id.Text))];
    }

    /// <summary>The classes of the samples, each once, in the order of their names.</summary>
    public static IReadOnlyList<string> Classes(IEnumerable<SegmentationSample> samples) =>
        [.. samples.Select(sample => sample.Class).Distinct().Order(StringComparer.Ordinal)];

    internal static IEnumerable<(int Line, string Id, string Class)> Rows(string path)
    {
        var table = CsvTable.Read(path, "id", "class", What);
        if (table.Rows.Count == 0) throw new ClipLensException($"{path} has a header and no rows; write {What}.");
        foreach (var (number, fields) in table.Rows)
        {
            if (fields.Count != table.Columns || fields[table.First].Length == 0 || fields[table.Second].Length == 0)
                throw new ClipLensException($"{path} line {number} lacks an id or a class; write {What}.");
            yield return (number, fields[table.First], fields[table.Second]);
        }
    }

    /// <summary>The files by their names below the folder and by their last parts alone, without endings.</summary>
    private static Dictionary<string, List<string>> Photographs(string folder)
    {
        var found = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var entry in ImageList.Find(folder))
        {
            string name = Path.ChangeExtension(entry.Name, null);
            foreach (string key in new[] { name, Path.GetFileName(name) }.Distinct())
                (found.TryGetValue(key, out var paths) ? paths : found[key] = []).Add(entry.Path);
        }
        return found;
    }

    private static IEnumerable<SegmentationSample> VocSamples(string folder, string id)
    {
        string photograph = Path.Combine(folder, "JPEGImages", id + ".jpg"), mask = Path.Combine(folder, "SegmentationClass", id + ".png");
        foreach (string path in new[] { photograph, mask })
            if (!File.Exists(path)) throw new ClipLensException($"{path} is not there; a folder in Pascal VOC's layout has it.");
        foreach (byte label in MaskDecoder.Decode(mask).Labels.ToArray().Distinct().Order()
            .Where(label => label is > 0 and < SegmentationScore.Ignored))
        {
            if (label > VocClasses.Length) throw new ClipLensException($"The mask {mask} has the label {label}; Pascal VOC has "
                + $"{VocClasses.Length} classes.");
            yield return new SegmentationSample(id, VocClasses[label - 1], () => ImageDecoder.Decode(photograph), () =>
                Only(MaskDecoder.Decode(mask), label));
        }
    }

    private static LabelMask Only(LabelMask mask, byte label) =>
        mask.Relabel(value => value == label || value == SegmentationScore.Ignored ? value : (byte)0);
}
