using ClipLens.Editing.Units;
using ClipLens.Explorer.Labels;
using ClipLens.Tests.Explorer;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Editing.Units;

/// <summary>Lists of units in the forms that people and programs write them.</summary>
public class EditListTests
{
    [Fact]
    public void A_list_on_the_command_line()
    {
        Assert.Equal([new(new(9, 391)), new(new(10, 22), 0.5)], EditList.Parse("9:391, 10:22=0.5"));
        Assert.Equal([new(new(11, 3, IsHead: true), 2)], EditList.Parse("11:3", areHeads: true, factor: 2));
        Assert.Equal("The neuron '9' is not understood; write its layer and its number, such as 9:391.",
            Assert.ThrowsAny<ClipLensException>(() => EditList.Parse("9")).Message);
        Assert.Equal("The factor in '9:1=x' is not understood; write a number, such as 9:391=0.5.",
            Assert.ThrowsAny<ClipLensException>(() => EditList.Parse("9:1=x")).Message);
    }

    [Theory]
    [InlineData("9:391\nhead 11:3 # reads signs\n\n10:22=0.5\n", "9:391=0 head 11:3=0 10:22=0.5")]
    [InlineData("[\"9:391\", \"head 11:3\"]", "9:391=0 head 11:3=0")]
    [InlineData("{\"labels\": {\"9:391\": \"dogs\", \"10:22\": \"see 9:391\"}}", "9:391=0 10:22=0")]
    [InlineData("{\"cues\": [{\"text\": \"sea\", \"neurons\": [{\"layer\": 9, \"neuron\": 391, \"contribution\": 0.1}]}]}", "9:391=0")]
    public void A_file(string text, string expected)
    {
        using var folder = new ScratchFolder();
        var found = EditList.Read(folder.Write("list", text));
        Assert.Equal(expected, string.Join(' ', found.Select(change => FormattableString.Invariant($"{change.Unit}={change.Factor}"))));
    }

    [Fact]
    public void The_explorers_labels_are_a_list_without_those_that_were_taken_back()
    {
        using var explorer = new ExplorerRun();
        var book = new LabelBook(explorer.Run);
        var none = NeuronLabel.None;
        book.Put(new(1, 7), none with { Name = "wheels", Note = "like 0:3" }, 0);
        book.Put(new(2, 11), none with { Star = true }, 0);
        book.Put(new(0, 4), none with { Note = "?" }, 0);
        book.Put(new(0, 5), none with { Name = "gone" }, 0);
        book.Put(new(0, 5), none, 1);
        Assert.Equal([new(new(0, 4), 0.5), new(new(1, 7), 0.5), new(new(2, 11), 0.5)],
            EditList.Read(Path.Combine(explorer.Run.Path, "labels.json"), 0.5));
    }

    [Fact]
    public void A_file_without_units_is_refused()
    {
        using var folder = new ScratchFolder();
        string path = folder.Write("list.json", "{\"labels\": []}");
        Assert.Equal($"{path} names no neuron; write neurons, one a line, such as 9:391.",
            Assert.ThrowsAny<ClipLensException>(() => EditList.Read(path)).Message);
    }
}
