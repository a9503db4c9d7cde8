using ClipLens.Drawing;
using ClipLens.Models.Images;

namespace ClipLens.Editing.Typography;

/// <summary>Images with words on them, and what the model takes them for before and after an edit.</summary>
internal static class AttackSheet
{
    private const int Most = 15;

    /// <summary>Draws a contact sheet of images that were fooled before, as far as there are any, and of others.</summary>
    public static void Write(string path, ImagePreprocessor preprocessor, AttackedImages attacked, int[] before, int[] after)
    {
        var images = attacked.Images;
        string Name(int label) => images.Classes![label].Split(',')[0];
        int[] chosen = [.. Enumerable.Range(0, before.Length).OrderByDescending(i => before[i] == attacked.Written[i])
            .ThenByDescending(i => after[i] == attacked.Written[i]).Take(Most)];
        var tiles = chosen.Select(i =>
        {
            int image = attacked.Pictures.Indices[i];
            var plain = ImageDecoder.Decode(images.Entries[image].Path, images.ApplyOrientation);
            return new ContactTile(attacked.Attack.Write(image, plain, preprocessor),
                $"{Name(attacked.Labels[i])}: taken for {Name(before[i])} before, for {Name(after[i])} after");
        });
        DrawingFile.Write(path, new ContactSheet(["A wrong class's name on every picture"], [.. tiles]).Draw());
    }
}
