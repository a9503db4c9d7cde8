using ClipLens.Files;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Files;

public sealed class AtomicFileTests : IDisposable
{
    private readonly ScratchFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_file_is_replaced_whole_and_nothing_else_is_left()
    {
        string path = folder.File("a.bin");
        AtomicFile.Write(path, [1, 2, 3]);
        AtomicFile.Write(path, [4]);
        Assert.Equal<byte>([4], File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Folders_that_are_missing_are_made()
    {
        string path = folder.File("new/and/newer/a.bin");
        AtomicFile.Write(path, [7]);
        Assert.Equal<byte>([7], File.ReadAllBytes(path));
    }

    [Fact]
    public void A_folder_cannot_be_overwritten()
    {
        var error = Assert.Throws<ClipLensException>(() => AtomicFile.Write(folder.Path, [1]));
        Assert.Equal($"The output {folder.Path} is a folder; give a file name in it.", error.Message);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("a.bin")]
    [InlineData("new/a.bin")]
    public void A_path_through_a_file_is_refused(string below)
    {
        string file = folder.File("note.txt");
        File.WriteAllText(file, "kept");
        string path = Path.Combine(file, below);
        var error = Assert.Throws<ClipLensException>(() => AtomicFile.Write(path, [1]));
        Assert.StartsWith($"The output {path} cannot be written, because there can be no folder {Path.GetDirectoryName(path)} (",
            error.Message,
            StringComparison.Ordinal);
        Assert.Equal("kept", File.ReadAllText(file));
    }

    [Fact]
    public void A_full_disk_leaves_the_old_file_and_no_partial_one()
    {
        if (!File.Exists("/dev/full")) return;
        string path = folder.File("a.bin");
        AtomicFile.Write(path, [1]);
        File.CreateSymbolicLink(path + ".partial", "/dev/full");
        var error = Assert.Throws<IOException>(() => AtomicFile.Write(path, [2]));
        Assert.Contains("disk is full", error.Message, StringComparison.Ordinal);
        Assert.Equal<byte>([1], File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }
}
