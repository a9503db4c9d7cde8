using System.Text;
using ClipLens.Explorer.Labels;

namespace ClipLens.Tests.Explorer;

public sealed class LabelBookTests : IDisposable
{
    private readonly ExplorerRun explorer = new();
    private readonly LabelBook book;

    public LabelBookTests() => book = new(explorer.Run);

    private string File => Path.Combine(explorer.Run.Path, "labels.json");

    private static NeuronLabel Named(string name, string note = "", bool star = false) => new(name, note, star, 0, default);

    [Fact]
    public void A_label_is_in_the_file_and_comes_back()
    {
        var (label, isWritten) = book.Put(new(1, 7), Named("wheels <b>", "of cars\nand carts", true), 0);
        Assert.True(isWritten);
        Assert.Equal(1, label.Version);
        Assert.Contains("\"1:7\"", System.IO.File.ReadAllText(File));
        Assert.Equal(label, Assert.Single(new LabelBook(explorer.Run).Read()).Value);
        Assert.Equal(System.IO.File.ReadAllBytes(File), book.Export());
    }

    [Fact]
    public void A_change_of_what_has_changed_meanwhile_is_refused_and_nothing_is_lost()
    {
        book.Put(new(1, 7), Named("first"), 0);
        var (label, isWritten) = new LabelBook(explorer.Run).Put(new(1, 7), Named("second"), 0);
        Assert.False(isWritten);
        Assert.Equal("first", label.Name);
        Assert.True(book.Put(new(1, 7), Named("second"), label.Version).IsWritten);
        Assert.Equal(("second", 2), (book.Read()["1:7"].Name, book.Read()["1:7"].Version));
    }

    [Fact]
    public void Many_writers_at_once_lose_no_label()
    {
        Parallel.For(0, 64, i => new LabelBook(explorer.Run).Put(new(i % 3, i), Named($"n{i}"), 0));
        Assert.Equal(64, book.Read().Count);
        Assert.All(book.Read(), own => Assert.Equal($"n{own.Key.Split(':')[1]}", own.Value.Name));
    }

    [Fact]
    public void Merging_keeps_what_both_say()
    {
        book.Put(new(1, 7), Named("wheels", "round"), 0);
        book.Put(new(2, 0), Named("mine"), 0);
        byte[] theirs = Encoding.UTF8.GetBytes("""
            {"form": 1, "neurons": {"1:7": {"name": "tyres", "note": "black", "star": true, "version": 4, "changed": "2020-01-01T00:00:00Z"},
             "0:3": {"name": "theirs", "note": "", "star": false, "version": 1, "changed": "2020-01-01T00:00:00Z"}}}
            """);
        Assert.Equal(2, book.Merge(theirs));
        var labels = book.Read();
        Assert.Equal(["0:3", "1:7", "2:0"], labels.Keys);
        Assert.Equal("wheels", labels["1:7"].Name);
        Assert.All(new[] { "round", "black", "tyres" }, said => Assert.Contains(said, labels["1:7"].Note));
        Assert.True(labels["1:7"].Star);
        var before = labels["1:7"].Note;
        book.Merge(theirs);
        Assert.Equal(before, book.Read()["1:7"].Note);
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("{}")]
    [InlineData("""{"form": 1, "neurons": {"../../x": {"name": "", "note": "", "star": false, "version": 1, "changed": "2020-01-01T00:00:00Z"}}}""")]
    [InlineData("""{"form": 1, "neurons": {"1:9999999": {"name": "", "note": "", "star": false, "version": 1, "changed": "2020-01-01T00:00:00Z"}}}""")]
    [InlineData("""{"form": 1, "neurons": {"1:7": {"name": null, "note": "", "star": false, "version": 1, "changed": "2020-01-01T00:00:00Z"}}}""")]
    public void What_is_no_file_of_labels_is_refused_and_never_overwritten(string content)
    {
        Assert.Contains("is no labels.json", Assert.Throws<ClipLensException>(() => book.Merge(Encoding.UTF8.GetBytes(content))).Message);
        System.IO.File.WriteAllText(File, content);
        Assert.Contains("never overwritten", Assert.Throws<ClipLensException>(() => book.Put(new(1, 7), Named("x"), 0)).Message);
        Assert.Equal(content, System.IO.File.ReadAllText(File));
    }

    [Fact]
    public void A_link_in_its_place_is_not_followed()
    {
        string other = Path.Combine(Path.GetDirectoryName(explorer.Run.Path)!, "other.json");
        System.IO.File.WriteAllText(other, """{"form": 1, "neurons": {}}""");
        System.IO.File.CreateSymbolicLink(File, other);
        Assert.Contains("is a link", Assert.Throws<ClipLensException>(() => book.Read()).Message);
    }

    public void Dispose() => explorer.Dispose();
}
