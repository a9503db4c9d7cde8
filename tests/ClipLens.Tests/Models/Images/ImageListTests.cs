using ClipLens.Models.Images;

namespace ClipLens.Tests.Models.Images;

public sealed class ImageListTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("cliplens-list-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void A_folder_gives_its_pictures_in_ordinal_order_of_their_relative_names()
    {
        string[] names = ["b.PNG", "a/z.jpeg", "a/b/c.WebP", "B.jpg", "a.gif", "a-1.bmp",
            "notes.txt", ".hidden.jpg", ".git/x.jpg", "é.jpg"];
        foreach (string name in names) Put(name);
        IReadOnlyList<ImageEntry> found = ImageList.Find(root);
        Assert.Equal(["B.jpg", "a-1.bmp", "a.gif", "a/b/c.WebP", "a/z.jpeg", "b.PNG", "é.jpg"], found.Select(entry => entry.Name));
        Assert.All(found, entry => Assert.True(File.Exists(entry.Path)));
    }

    [Fact]
    public void Links_are_followed_but_never_in_a_circle()
    {
        Put("one/a.jpg");
        Put("two/b.jpg");
        Directory.CreateSymbolicLink(Path.Combine(root, "two", "up"), root);
        Directory.CreateSymbolicLink(Path.Combine(root, "one", "other"), Path.Combine(root, "two"));
        Assert.Equal(["one/a.jpg", "one/other/b.jpg", "two/b.jpg"], ImageList.Find(root).Select(entry => entry.Name));
        Directory.CreateSymbolicLink(Path.Combine(root, "link"), Path.Combine(root, "two"));
        Assert.Equal(["b.jpg", "up/one/a.jpg"], ImageList.Find(Path.Combine(root, "link")).Select(entry => entry.Name));
    }

    [Fact]
    public void A_list_gives_its_lines_relative_to_its_own_folder()
    {
        Put("lists/pictures/b.jpg");
        Put("lists/a.dat");
        string list = Path.Combine(root, "lists", "some.txt");
        File.WriteAllText(list, "﻿pictures/b.jpg\r\n\r\n  a.dat\n" + Path.Combine(root, "lists", "a.dat"));
        IReadOnlyList<ImageEntry> found = ImageList.Find(list);
        Assert.Equal(["pictures/b.jpg", "a.dat", Path.Combine(root, "lists", "a.dat")], found.Select(entry => entry.Name));
        Assert.Equal(Path.Combine(root, "lists", "pictures/b.jpg"), found[0].Path);
        Assert.Equal(found[1].Path, found[2].Path);
    }

    [Fact]
    public void A_picture_stands_for_itself() => Assert.Equal([new ImageEntry(Put("x.jpg"), Put("x.jpg"))], ImageList.Find(Put("x.jpg")));

    [Fact]
    public void What_holds_no_pictures_is_refused_in_a_sentence()
    {
        string empty = Directory.CreateDirectory(Path.Combine(root, "empty")).FullName;
        string texts = Directory.CreateDirectory(Path.Combine(root, "texts")).FullName;
        Put("texts/a.txt");
        Refused(empty, "is empty");
        Refused(texts, "no picture among its 1 files");
        Refused(Path.Combine(root, "nowhere"), "is not there");
        Refused(Write("none.txt", "\n \n"), "is empty");
        Refused(Write("gone.txt", "texts/a.txt\nmissing.jpg\n"), "names a file that is not there, missing.jpg on line 2");
        Refused(Write("gone2.txt", "x.jpg\n\ny.jpg\n"), "names 2 files that are not there, the first x.jpg on line 1");
        File.WriteAllBytes(Path.Combine(root, "weights.bin"), [0x80, 0xff, 0, 1]);
        Refused(Path.Combine(root, "weights.bin"), "neither a folder");
        Assert.Contains("no/such.jpg", Assert.Throws<ClipLensException>(() => ImageList.Files([Put("x.jpg"), "no/such.jpg"])).Message);
        Assert.Contains("is a folder", Assert.Throws<ClipLensException>(() => ImageList.Files([empty])).Message);
    }

    private static void Refused(string path, string reason)
    {
        var error = Assert.Throws<ClipLensException>(() => ImageList.Find(path));
        Assert.Contains(path, error.Message);
        Assert.Contains(reason, error.Message);
    }

    private string Put(string name) => Write(name, "");

    private string Write(string name, string text)
    {
        string path = Path.Combine(root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }
}
