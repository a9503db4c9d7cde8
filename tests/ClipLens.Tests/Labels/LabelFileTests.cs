using ClipLens.Labels;
using ClipLens.Models.Images;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Labels;

public sealed class LabelFileTests : IDisposable
{
    private static readonly ImageEntry[] Images =
        [.. new[] { "a.png", "cats/b.png", "dogs/b.png", "c, d.png", "e.png" }.Select(name => new ImageEntry(name, "/nowhere/" + name))];

    private readonly ScratchFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Labels_come_in_the_order_of_the_images_whatever_that_of_the_file()
    {
        var read = Read("label,file", "2,\"c, d.png\"", "0,dogs/b.png", "1,a.png", "");
        Assert.Equal(["a.png", "dogs/b.png", "c, d.png"], read.Entries.Select(entry => entry.Name));
        Assert.Equal([1, 0, 2], read.Labels);
        Assert.Equal(2, read.Unlabelled);
    }

    [Fact]
    public void A_file_is_found_by_its_full_path_and_however_its_letters_are_written()
    {
        ImageEntry[] images = [new("cafe\u0301.png", "/there/cafe\u0301.png"), new("x/n\u00e9.png", "/there/x/n\u00e9.png"),
            new("b.png", "/there/b.png")];
        string path = Write("file,label", "caf\u00e9.png,1", "./x/ne\u0301.png,2", "/there/b.png,0");
        Assert.Equal([1, 2, 0], LabelFile.Read(path, images, 3).Labels);
    }

    [Fact]
    public void A_label_out_of_range_is_named_with_its_line()
    {
        Assert.Contains("line 3 has the label 3, but there are 3 class names, so labels go from 0 to 2",
            Refused("file,label", "a.png,2", "e.png,3"));
        Assert.Contains("line 2 has the label -1", Refused("file,label", "a.png,-1"));
        Assert.Contains("'dog', which is not a whole number", Refused("file,label", "a.png,dog"));
    }

    [Fact]
    public void A_label_for_a_missing_file_is_named()
    {
        Assert.Contains("labels 2 files that are not among the images, the first x.png on line 2",
            Refused("file,label", "x.png,0", "a.png,0", "y.png,1"));
    }

    [Fact]
    public void A_duplicate_file_is_named()
    {
        Assert.Contains("names a.png twice, on line 2 and on line 4", Refused("file,label", "a.png,0", "e.png,1", "a.png,1"));
        Assert.Contains("b.png, which cats/b.png and dogs/b.png both could be", Refused("file,label", "b.png,0"));
        var error = Assert.Throws<ClipLensException>(() => LabelFile.Read(Write("file,label", "a.png,0"), [Images[0], Images[0]], 3));
        Assert.Contains("hold the file a.png twice", error.Message);
    }

    [Fact]
    public void A_file_that_is_no_table_of_labels_is_refused()
    {
        Assert.Contains("does not begin with the header file,label", Refused("a.png,0"));
        Assert.Contains("has a header and no labels", Refused("file,label"));
        Assert.Contains("line 2 has not the 2 columns", Refused("file,label", "a.png"));
        Assert.Contains("is empty", Refused());
        Assert.Contains("is not there", Assert.Throws<ClipLensException>(() => LabelFile.Read(folder.File("none.csv"), Images, 3)).Message);
        File.WriteAllBytes(folder.File("labels.csv"), [0x66, 0xc3, 0x28]);
        Assert.Contains("is not text in UTF-8", Assert.Throws<ClipLensException>(() => LabelFile.Read(folder.File("labels.csv"), Images, 3))
            .Message);
    }

    private LabelledImages Read(params string[] lines) => LabelFile.Read(Write(lines), Images, 3);

    private string Refused(params string[] lines) => Assert.Throws<ClipLensException>(() => Read(lines)).Message;

    private string Write(params string[] lines)
    {
        File.WriteAllLines(folder.File("labels.csv"), lines);
        return folder.File("labels.csv");
    }
}
