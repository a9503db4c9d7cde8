using ClipLens.Drawing;
using ClipLens.Models.Images;

namespace ClipLens.Tests.Drawing;

public sealed class PngFileTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("cliplens-png-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void Pictures_and_masks_come_back_as_they_were()
    {
        byte[] pixels = new byte[37 * 23 * 3], labels = new byte[37 * 23];
        new Random(6).NextBytes(pixels);
        new Random(7).NextBytes(labels);
        PngFile.Write(At("new/folder/picture.png"), new RgbImage(37, 23, pixels));
        PngFile.Write(At("mask.png"), new LabelMask(37, 23, labels));
        Assert.Equal(pixels, ImageDecoder.Decode(At("new/folder/picture.png")).Pixels);
        Assert.Equal(labels, MaskDecoder.Decode(At("mask.png")).Labels);
    }

    [Fact]
    public void A_file_that_is_there_is_replaced_as_a_whole()
    {
        File.WriteAllText(At("a.png"), new string('x', 100_000));
        PngFile.Write(At("a.png"), Dot);
        Assert.Equal(Dot.Pixels, ImageDecoder.Decode(At("a.png")).Pixels);
        Assert.Equal([At("a.png")], Directory.GetFiles(root));
    }

    [Fact]
    public void A_path_that_cannot_be_written_is_named()
    {
        File.WriteAllText(At("file"), "");
        Directory.CreateDirectory(At("folder"));
        Assert.Contains("is a folder", Refusal(At("folder")));
        Assert.Contains("cannot be written, because there can be no folder", Refusal(At("file/under.png")));
        Assert.Contains("could not be written", Failure(At("nul\0l.png")));
        Assert.Equal([At("file")], Directory.GetFiles(root));
    }

    [Fact]
    public void A_full_disk_is_told_and_what_was_there_stays()
    {
        if (!File.Exists("/dev/full")) return;
        File.WriteAllText(At("old.png"), "old");
        // The file that is written first leads to a device without space.
        File.CreateSymbolicLink(At("old.png.partial"), "/dev/full");
        Assert.Contains("the disk is full", Failure(At("old.png")));
        Assert.Equal("old", File.ReadAllText(At("old.png")));
        Assert.Equal([At("old.png")], Directory.GetFiles(root));
    }

    private static RgbImage Dot => new(1, 1, [1, 2, 3]);

    private static string Failure(string path) => Assert.Throws<IOException>(() => PngFile.Write(path, Dot)).Message;

    private static string Refusal(string path)
    {
        string message = Assert.Throws<ClipLensException>(() => PngFile.Write(path, Dot)).Message;
        Assert.Contains(path, message);
        return message;
    }

    private string At(string name) => Path.Combine(root, name);
}
