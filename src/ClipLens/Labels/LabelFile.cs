using System.Globalization;
using ClipLens.Files;
using ClipLens.Models.Images;

namespace ClipLens.Labels;

/// <summary>The classes of images as a CSV file with the columns <c>file,label</c>, the label a class index from 0.</summary>
public static class LabelFile
{
    private const string What = "the columns file,label: an image's name and its class, from 0";

    /// <summary>Reads the labels of images. A file is named as in the dataset, or by its last part where that is unique.</summary>
    /// <param name="path">The CSV file.</param>
    /// <param name="images">The images.</param>
    /// <param name="classes">Number of classes.</param>
    /// <returns>The labelled images in the order of the dataset.</returns>
    /// <exception cref="ClipLensException">
    /// The file cannot be read, a label is not a class, a file is named twice or is not among the images, or the images hold a file
    /// twice, or there are fewer than two classes.
    /// </exception>
    public static LabelledImages Read(string path, IReadOnlyList<ImageEntry> images, int classes)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (classes < 2)
            throw new ClipLensException($"{path} is of {(classes == 1 ? "one class, which" : "no classes; one")} cannot be told from "
            + "anything; name at least two classes.");
        var places = new ImagePlaces(path, images);
        var labels = new Dictionary<int, int>();
        var lines = new Dictionary<int, int>();
        var missing = new List<(int Line, string File)>();
        foreach (var (line, file, label) in Rows(path, classes))
        {
            if (places.Find(line, file) is not int image) missing.Add((line, file));
            else if (!labels.TryAdd(image, label))
                throw new ClipLensException(
                $"{path} names {file} twice, on line {lines[image]} and on line {line}; leave one of them out.");
            else lines[image] = line;
        }
        if (missing.Count > 0)
            throw new ClipLensException($"{path} labels {(missing.Count == 1 ? "a file that is" : $"{missing.Count} files that are")} "
            + "not among the images, "
                + $"{(missing.Count == 1 ? "" : "the first ")}{missing[0].File} on line {missing[0].Line}; correct the names or give "
                + "their folder as images.");
        int[] order = [.. labels.Keys.Order()];
        return new([.. order.Select(image => images[image])], [.. order.Select(image => labels[image])], images.Count - order.Length);
    }

    private static IEnumerable<(int Line, string File, int Label)> Rows(string path, int classes)
    {
        var table = CsvTable.Read(path, "file", "label", What);
        if (table.Rows.Count == 0) throw new ClipLensException($"{path} has a header and no labels; write {What}.");
        foreach (var (number, fields) in table.Rows)
        {
            if (fields.Count != table.Columns || fields[table.First].Length == 0)
                throw new ClipLensException($"{path} line {number} has not the {table.Columns} columns of the header; write {What}.");
            string label = fields[table.Second];
            if (!int.TryParse(label, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value))
                throw new ClipLensException($"{path} line {number} has the label '{label}', which is not a whole number; write a class "
                    + "index from 0.");
            if (value < 0 || value >= classes)
                throw new ClipLensException($"{path} line {number} has the label {value}, but there are {classes} class names, so labels "
                + $"go from 0 to {classes - 1}; correct the label or the class file.");
            yield return (number, fields[table.First].Replace('\\', '/'), value);
        }
    }
}
