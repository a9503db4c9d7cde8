using ClipLens.Drawing;
using ClipLens.Editing.Measuring;
using ClipLens.Models.Images;

namespace ClipLens.Editing.Typography;

/// <summary>Images with words on them, and what the model takes them for before and after an edit.</summary>
internal static class AttackSheet
{
    private const int Most = 15;

    /// <summary>Draws a contact sheet of images that were fooled before, as far as there are any, and of others.</summary>
    public static void Write(string path, ImagePreprocessor preprocessor, MeasuredImages images, TypographicAttack attack,
        IReadOnlyList<int> indices, int[] before, int[] after)
    {
        string Name(int label) => images.Classes![label].Split(',')[0];
        int[] chosen = [.. Enumerable.Range(0, indices.Count).OrderByDescending(i => before[i] == attack.Words[indices[i]].Class)
            .ThenByDescending(i => after[i] == attack.Words[indices[i]].Class).Take(Most)];
        var tiles = chosen.Select(i =>
        {
            int image = indices[i];
            var picture = attack.Write(image, ImageDecoder.Decode(images.Entries[image].Path, images.ApplyOrientation), preprocessor);
            return new ContactTile(picture, $"{Name(images.Labels![image])}: taken for {Name(before[i])} before, for {Name(after[i])} "
                + "after");
        });
        DrawingFile.Write(path, new ContactSheet(["A wrong class's name on every picture"], [.. tiles]).Draw());
    }
}
