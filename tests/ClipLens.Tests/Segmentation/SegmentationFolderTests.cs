using ClipLens.Segmentation.Scores;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Segmentation;

/// <summary>Masks and images as people keep them.</summary>
public sealed class SegmentationFolderTests : IDisposable
{
    private readonly ScratchFolder folder = new();

    public SegmentationFolderTests()
    {
        foreach (string name in new[] { "photos", "masks" }) Directory.CreateDirectory(folder.File(name));
        foreach (string name in new[] { "a", "b" }) MaskFiles.WritePng(folder.File("photos", name + ".jpg"), 4, 2, 9, 80);
        File.WriteAllText(folder.File("labels.csv"), "id,class\na,cat\nb,cat\n");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void White_is_the_object_where_all_masks_are_black_and_white()
    {
        Masks([0, 255, 255, 0], [255, 0]);
        Assert.Equal([0, 1, 1, 0, 0, 1, 1, 0], Labels(0));
        Assert.Equal([1, 0, 1, 0, 1, 0, 1, 0], Labels(1));
    }

    [Fact]
    public void White_is_ignored_where_a_mask_has_labels_and_a_mask_without_object_is_refused()
    {
        Masks([0, 255], [0, 3, 255, 0]);
        Assert.Equal([0, 3, 255, 0, 0, 3, 255, 0], Labels(1));
        Assert.Contains("has no pixel of the object: its labels are 0 (background) and 255 (ignored) alone; give", Refusal(0));
        Masks([0], [0, 3]);
        Assert.Contains("has no pixel of the object: its labels are 0 (background) alone; give", Refusal(0));
    }

    [Fact]
    public void Black_and_white_with_soft_edges_is_refused()
    {
        File.WriteAllText(folder.File("labels.csv"), "id,class\na,cat\n");
        MaskFiles.WritePng(folder.File("masks", "a.png"), 64, 2, [.. Enumerable.Range(1, 20).Select(i => (byte)(i * 10)),
            .. Enumerable.Repeat((byte)255, 44)]);
        Assert.Contains("looks like black and white with soft edges", Refusal(0));
    }

    [Fact]
    public void Masks_beside_their_photographs_are_told_from_them()
    {
        string photos = folder.File("photos");
        MaskFiles.WritePng(Path.Combine(photos, "a.png"), 4, 2, 0, 1);
        MaskFiles.WritePng(Path.Combine(photos, "b.png"), 4, 2, 1, 0);
        var samples = SegmentationFolder.Read(photos, photos, folder.File("labels.csv"));
        Assert.Equal([0, 1, 0, 1, 0, 1, 0, 1], samples[0].Mask().Labels.ToArray());
        Assert.Equal([9, 9, 9, 80], samples[0].Picture().Pixels[..4].ToArray());
        // In a folder of their own they are images as well.
        Masks([0, 1], [0, 1]);
        Assert.Contains("line 2 names a, which", Assert.Throws<ClipLensException>(() =>
            SegmentationFolder.Read(photos, folder.File("masks"), folder.File("labels.csv"))).Message);
        File.Delete(Path.Combine(photos, "a.jpg"));
        Assert.Contains("only the mask", Assert.Throws<ClipLensException>(() =>
            SegmentationFolder.Read(photos, photos, folder.File("labels.csv"))).Message);
    }

    [SharedFact]
    public void Masks_of_the_public_reports_have_their_labels()
    {
        string own = SharedData.Path("cases", "02-binary-masks-of-0-and-255"), other = SharedData.Path("cases", "21-mask-messages");
        byte[] ones = SegmentationFolder.Read(Path.Combine(own, "photos"), Path.Combine(own, "masks-1"), Path.Combine(own, "labels.csv"))[0]
            .Mask().Labels.ToArray();
        Assert.Equal(ones, SegmentationFolder.Read(Path.Combine(own, "photos"), Path.Combine(own, "masks-255"),
            Path.Combine(own, "labels.csv"))[0].Mask().Labels);
        foreach (string masks in new[] { "masks-16bit", "masks-la" })
            Assert.Equal(new byte[] { 0, 1 }, SegmentationFolder.Read(Path.Combine(other, "photos"), Path.Combine(other, masks),
            Path.Combine(other, "labels.csv"))[0].Mask().Labels.ToArray().Distinct().Order());
        string fault = SharedData.Path("cases", "faults", "15-mask");
        Assert.Contains("is damaged", Assert.Throws<ClipLensException>(() =>
            SegmentationFolder.Read(Path.Combine(fault, "p"), Path.Combine(fault, "m"), Path.Combine(fault, "l.csv"))[0].Mask()).Message);
    }

    private void Masks(byte[] first, byte[] second)
    {
        MaskFiles.WritePng(folder.File("masks", "a.png"), 4, 2, first);
        MaskFiles.WritePng(folder.File("masks", "b.png"), 4, 2, second);
    }

    private byte[] Labels(int sample) =>
        SegmentationFolder.Read(folder.File("photos"), folder.File("masks"), folder.File("labels.csv"))[sample].Mask().Labels.ToArray();

    private string Refusal(int sample) => Assert.Throws<ClipLensException>(() => Labels(sample)).Message;
}
