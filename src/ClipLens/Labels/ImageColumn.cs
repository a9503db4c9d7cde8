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
        var table = CsvTable.Read(path, "file", column, what);
        int place = table.Second;
        var places = new ImagePlaces(path, images);
        var found = new string?[images.Count];
        foreach (var (number, fields) in table.Rows)
        {
            bool runsOn = place == table.Columns - 1 && fields.Count > table.Columns;
            if (fields.Count < table.Columns || (fields.Count > table.Columns && !runsOn))
                throw new ClipLensException($"{path} line {number} has not the {table.Columns} columns of the header; write {what}.");
            if (places.Find(number, fields[table.First].Replace('\\', '/')) is not int image) continue;
            found[image] = runsOn ? string.Join(", ", fields.Skip(place)) : fields[place];
        }
        return found.Any(text => text is not null) ? found
            : throw new ClipLensException($"{path} names none of the images; correct the names or give their folder as images.");
    }
}
