using ClipLens.Editing.Typography;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Editing.Typography;

/// <summary>Where the typographic attack writes, and what.</summary>
public sealed class TypographicAttackTests : IDisposable
{
    private readonly TinyInputs inputs = new();

    [Fact]
    public void An_attack_writes_another_classs_name_where_its_region_says()
    {
        using var model = ClipModel.Load(inputs.Model);
        string[] classes = ["red fox, Vulpes vulpes", "blue sea", "sky"];
        int[] labels = [.. Enumerable.Range(0, 12).Select(i => i % 3)];
        TypographicAttack attack = new(labels, classes, 3), same = new(labels, classes, 3), other = new(labels, classes, 4);
        Assert.Equal(attack.Words, same.Words);
        Assert.NotEqual(attack.Words, other.Words);
        Assert.All(attack.Words.Zip(labels), pair => Assert.NotEqual(pair.Second, pair.First.Class));
        Assert.Contains(attack.Words, word => word.Text == "red fox");
        var entries = ImageList.Find(inputs.Images);
        for (int i = 0; i < entries.Count; i++)
        {
            var picture = ImageDecoder.Decode(entries[i].Path);
            byte[] before = model.Preprocessor.Crop(picture), after = model.Preprocessor.Crop(attack.Write(i, picture, model.Preprocessor));
            float[] region = attack.Region(i, 4);
            Assert.Contains(1f, region);
            Assert.Equal(0, region[0]);
            for (int row = 0; row < 4; row++)
                for (int column = 0; column < 4; column++)
                {
                    int changed = Enumerable.Range(0, 64).Count(p =>
                    {
                        int at = 3 * ((8 * row + p / 8) * 32 + 8 * column + p % 8);
                        return Math.Abs(before[at] - after[at]) + Math.Abs(before[at + 1] - after[at + 1])
                            + Math.Abs(before[at + 2] - after[at + 2]) > 60;
                    });
                    // The resize smears an edge by a pixel or two.
                    if (region[1 + 4 * row + column] == 0) Assert.InRange(changed, 0, 16);
                }
        }
    }

    public void Dispose() => inputs.Dispose();
}
