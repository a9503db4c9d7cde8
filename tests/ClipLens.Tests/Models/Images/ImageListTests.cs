using ClipLens.Models.Images;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Models.Images;

[Trait("Tier", "Process")]
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
        ImageSet found = ImageList.Find(root);
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
        Assert.Equal(["one/a.jpg", "two/b.jpg"], ImageList.Find(root).Select(entry => entry.Name));
        Directory.CreateSymbolicLink(Path.Combine(root, "link"), Path.Combine(root, "two"));
        Assert.Equal(["b.jpg", "up/one/a.jpg"], ImageList.Find(Path.Combine(root, "link")).Select(entry => entry.Name));
    }

    [Fact]
    public void Links_that_double_at_each_level_end()
    {
        // Followed as paths, 24 levels of two links each are 16 million folders.
        string folder = Path.Combine(root, "deep");
        for (int level = 0; level < 24; level++) folder = Directory.CreateDirectory(Path.Combine(folder, "d")).FullName;
        File.WriteAllText(Path.Combine(folder, "x.jpg"), "");
        for (; folder != root; folder = Path.GetDirectoryName(folder)!)
            foreach (string name in new[] { "u", "v" }) Directory.CreateSymbolicLink(Path.Combine(folder, name), root);
        File.CreateSymbolicLink(Path.Combine(root, "round"), Path.Combine(root, "round"));
        var found = ImageList.Find(root);
        Assert.EndsWith("d/x.jpg", Assert.Single(found).Name);
        Assert.Equal("50 files left out: 50 links to folders that are there already.", found.LeftOutSentence);
    }

    [Fact]
    public void What_a_decoder_reads_is_read_whatever_its_ending_and_the_rest_is_counted()
    {
        string jpeg = PillowPictures.Path("rgb.jpg");
        foreach (string name in new[] { "a.jpg", "b.jfif", "c.tif", "d.JPE", "e", "f.txt" }) File.Copy(jpeg, Path.Combine(root, name));
        Put("notes.md");
        foreach (string name in new[] { "1.HEIC", "2.heic", "3.avif" }) Put(name);
        Write("4.dat", "II+\0rest");
        var found = ImageList.Find(root);
        Assert.Equal(["a.jpg", "b.jfif", "c.tif", "d.JPE", "e", "f.txt"], found.Select(entry => entry.Name));
        Assert.Equal("4 files left out: 2 .heic (not supported), 1 .avif (not supported), 1 .dat (not supported).", found.LeftOutSentence);
        Assert.Equal("b.jfif", Path.GetFileName(Assert.Single(ImageList.Find(Path.Combine(root, "b.jfif"))).Path));
        string tiff = Assert.Single(ImageList.Find(Path.Combine(root, "4.dat"))).Path;
        Assert.Contains("is a BigTIFF image, which is not supported", Assert.Throws<ClipLensException>(() => ImageDecoder.Decode(tiff))
            .Message);
        string only = Directory.CreateDirectory(Path.Combine(root, "only")).FullName;
        Put("only/x.heic");
        Refused(only, "has no image that can be read; 1 file left out: 1 .heic (not supported).");
    }

    [Fact]
    public void Folders_that_cannot_be_read_and_names_that_are_not_utf8_are_counted()
    {
        if (!OperatingSystem.IsLinux()) return;
        Put("a.jpg");
        Put("closed/b.jpg");
        Shell("touch \"$(printf 'bad\\377name.png')\"; mkfifo pipe.png; ln -s /dev/zero zero.jpg; chmod 0 closed");
        try
        {
            var found = ImageList.Find(root);
            Assert.Contains(found, entry => entry.Name == "a.jpg");
            // The superuser may read everything.
            string closed = found.Count == 2 ? "" : "1 unreadable folder";
            Assert.Equal($"{(closed.Length > 0 ? 4 : 3)} files left out: "
                + string.Join(", ", new[] { "1 device", "1 name that is not UTF-8", "1 pipe", closed }.Where(part => part.Length > 0))
                + ".",
                found.LeftOutSentence);
        }
        finally
        {
            Shell("chmod 755 closed; rm -rf ./*");
        }
    }

    [Fact]
    public void A_pipe_or_a_device_is_refused_at_once()
    {
        if (!OperatingSystem.IsLinux()) return;
        Shell("mkfifo p.jpg list.txt");
        Refused(Path.Combine(root, "p.jpg"), "is a pipe, where a file was expected");
        Refused(Path.Combine(root, "list.txt"), "is a pipe, where a file was expected");
        Refused("/dev/zero", "is a device, where a file was expected");
        Assert.Contains("is a pipe, not a file", Assert.Throws<ClipLensException>(() => ImageDecoder.Decode(Path.Combine(root, "p.jpg")))
            .Message);
    }

    [SharedTheory]
    [InlineData("04-endings-left-out-silently", 4)]
    [InlineData("19-analyzed-count", 5)]
    public void The_cases_of_endings(string folder, int count)
    {
        var found = ImageList.Find(SharedData.Path("cases", folder));
        Assert.Equal((count, null), (found.Count, found.LeftOutSentence));
        int readable = found.Count(entry =>
        {
            try { return ImageDecoder.Decode(entry.Path).Width > 0; }
            catch (ClipLensException) { return false; }
        });
        Assert.Equal(4, readable);
    }

    [SharedFact]
    public void The_case_of_a_name_that_is_not_utf8()
    {
        if (!OperatingSystem.IsLinux()) return;
        Shell($"tar xf '{SharedData.Path("cases", "15-file-name-not-utf8", "pictures.tar")}'");
        var found = ImageList.Find(root);
        Assert.Single(found);
        Assert.Equal("1 file left out: 1 name that is not UTF-8.", found.LeftOutSentence);
        // Nor can .NET delete such a name.
        Shell("rm -rf ./*");
    }

    private void Shell(string commands)
    {
        var start = new System.Diagnostics.ProcessStartInfo("sh", ["-c", commands]) { WorkingDirectory = root };
        using var shell = System.Diagnostics.Process.Start(start)!;
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
    }

    [Fact]
    public void A_list_gives_its_lines_relative_to_its_own_folder()
    {
        Put("lists/images/b.jpg");
        Put("lists/a.dat");
        string list = Path.Combine(root, "lists", "some.txt");
        File.WriteAllText(list, "﻿images/b.jpg\r\n\r\n  a.dat\n" + Path.Combine(root, "lists", "a.dat"));
        ImageSet found = ImageList.Find(list);
        Assert.Equal(["images/b.jpg", "a.dat", Path.Combine(root, "lists", "a.dat")], found.Select(entry => entry.Name));
        Assert.Equal(Path.Combine(root, "lists", "images/b.jpg"), found[0].Path);
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
        Refused(texts, "no image among its 1 files");
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
