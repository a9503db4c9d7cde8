using ClipLens.Files;
using ClipLens.Models.Images;

namespace ClipLens.Labels;

/// <summary>A table that says something of images: a CSV file with the columns <c>file</c> and another one.</summary>
internal static class ImageColumn
{
    /// <summary>Reads what the table says of images; null where it says nothing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="column">The column, such as <c>group</c>. If it is the last one, its texts may have commas without quotes.</param>
    /// <param name="images">The images.</param>
    /// <exception cref="ClipLensException">The file cannot be read, lacks a column or says nothing of any of the images.</exception>
    public static IReadOnlyList<string?> Read(string path, string column, IReadOnlyList<ImageEntry> images)
    {
        string what = $"a table with the columns file,{column}";
        var lines = TextLines.Read(path, what);
        var header = CsvRow.Split(lines[0].Text);
        int file = header.IndexOf("file"), place = header.IndexOf(column);
        if (file < 0 || place < 0) throw new ClipLensException($"{path} does not begin with the header file,{column}; write {what}.");
        var places = new ImagePlaces(path, images);
        var found = new string?[images.Count];
        foreach (var (number, text) in lines.Skip(1))
        {
            var fields = CsvRow.Split(text);
            bool runsOn = place == header.Count - 1 && fields.Count > header.Count;
            if (fields.Count < header.Count || (fields.Count > header.Count && !runsOn))
                throw new ClipLensException($"{path} line {number} has not the {header.Count} columns of the header; write {what}.");
            if (places.Find(number, fields[file].Replace('\\', '/')) is not int image) continue;
            found[image] = runsOn ? string.Join(", ", fields.Skip(place)) : fields[place];
        }
        return found.Any(text => text is not null) ? found
            : throw new ClipLensException($"{path} names none of the images; correct the names or give their folder as images.");
    }
}
