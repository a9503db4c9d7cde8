using ClipLens.Labels;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Labels;

/// <summary>Labels as people have them: read rightly, or refused in a sentence.</summary>
public sealed class ClassNamesTests : IDisposable
{
    private readonly ScratchFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string Root => folder.File("images");

    [Fact]
    public void Folders_are_classes_in_ordinal_order()
    {
        Classes("n02_big_cat", "n01_Zebra");
        TinyModel.WritePictures(folder.File("images", "n02_big_cat"), 2);
        Assert.Equal(["Zebra", "big cat"], ClassNames.OfFolders(Root));
        var images = ClassNames.Sorted(Root);
        Assert.Equal([0, 1, 1], images.Labels);
        Assert.Equal("n02_big_cat/001.png", images.Entries[2].Name);
        Assert.Empty(images.Notes);
        Assert.Contains("has no subfolders", Refusal(folder.File("images", "n01_Zebra")));
    }

    [Fact]
    public void Folders_named_by_numbers_are_in_the_order_of_the_numbers_and_need_names()
    {
        string[] numbers = [.. Enumerable.Range(0, 12).Select(number => $"{number}")];
        Classes(numbers);
        string list = Write("classes.txt", [.. numbers.Select(number => $"class {(char)('a' + int.Parse(number))}")]);
        Assert.Equal(numbers, ClassNames.Sorted(Root).Entries.Select(entry => entry.Name.Split('/')[0]).Distinct().OrderBy(int.Parse));
        Assert.Equal(["0", "1", "2", "3"], ClassNames.FoldersOf(Root).Take(4));
        var images = ClassNames.Sorted(Root);
        Assert.All(images.Entries.Zip(images.Labels), pair => Assert.Equal(pair.First.Name.Split('/')[0], $"{pair.Second}"));
        Assert.Equal("class c", ClassNames.OfFolders(Root, list)[2]);
        Assert.Contains("The folder 0 of", Refusal(Root));
        Assert.Contains("is named by a number, which says nothing to a model; give a file with the names", Refusal(Root));
    }

    [Fact]
    public void Folders_of_one_number_twice_are_refused()
    {
        Classes("1", "01", "2");
        Assert.Contains("are of the same number", Refusal(Root));
    }

    [Theory]
    [InlineData("sea\nsky\nsea", "sea", 0, 2), InlineData("Sea\nsea", "Sea", 0, 1), InlineData("red_fox\nsky\nred  fox", "red_fox", 0, 2)]
    [InlineData("cafe\u0301\ncaf\u00e9", "cafe\u0301", 0, 1), InlineData("id,name\n0,sea\n1,sea", "sea", 0, 1)]
    public void Two_classes_of_one_name_are_refused(string text, string name, int one, int other)
    {
        string path = folder.Write(text.Contains(',') ? "classes.csv" : "classes.txt", text);
        string expected = $"{path} has the name '{name}' for the classes {one} and {other}, which nothing can tell apart; write names that "
            + "differ, such as 'crane bird' and 'construction crane'.";
        Assert.Equal(expected, Assert.ThrowsAny<ClipLensException>(() => ClassNames.Read(path)).Message);
    }

    [Fact]
    public void Folders_of_one_name_are_refused_whatever_their_ids()
    {
        Classes("n01440764_sea", "n01443537_sea", "n01484850_night");
        Assert.Contains("has the name 'sea' for the classes 0 and 1", Refusal(Root));
        string table = Write("ids.txt", "n01440764 lake", "n01443537 lake", "n01484850 night");
        Assert.Contains("nothing can tell apart", Assert.ThrowsAny<ClipLensException>(() => ClassNames.OfFolders(Root, table)).Message);
    }

    [Fact]
    public void Parts_of_a_dataset_beside_a_class_are_refused()
    {
        Classes("train", "val", "sea");
        Assert.Contains("The folders train and val of", Refusal(Root));
    }

    [Fact]
    public void A_few_shared_names_in_a_long_list_are_said()
    {
        string[] names = [.. Enumerable.Range(0, 400).Select(i => $"class {i}")];
        (names[7], names[9], names[300], names[301]) = ("crane", "crane", "missile", "missile");
        string path = Write("classes.txt", names);
        Assert.Equal(400, ClassNames.Read(path).Count);
        Assert.Equal($"{path} has the name 'crane' for the classes 7 and 9 (and 1 more name likewise), which nothing can tell apart; write "
            + "names that differ, such as 'crane bird' and 'construction crane'.", ClassNames.Shared(path, names));
        Assert.Null(ClassNames.Shared(path, ["crane", "missile"]));
    }

    [Theory]
    [InlineData("classes.txt", "\nsea\nsky", "line 1 is empty; write the name of class 0 there")]
    [InlineData("classes.yaml", "names:\n  0: sea\n  1: sky", "is named as a .yaml file, which is not read")]
    [InlineData("classes.txt", "# my classes\nsea\nsky", "line 1 begins with '# ', as a remark")]
    [InlineData("classes.txt", "- sea\n- sky", "line 1 begins with '- ', as a remark or an entry of a list does")]
    public void What_is_no_list_of_names_is_not_read_as_one(string name, string text, string expected) => Assert.Contains(expected,
        Assert.ThrowsAny<ClipLensException>(() => ClassNames.Read(folder.Write(name, text))).Message);

    [Theory]
    [InlineData("ids.txt", "n01443537 goldfish, Carassius auratus\nn01440764 tench")]
    [InlineData("ids.tsv", "wnid\tname\nn01443537\tgoldfish, Carassius auratus\nn01440764\ttench")]
    [InlineData("ids.csv", "id,name\nn01443537,\"goldfish, Carassius auratus\"\nn01440764,tench")]
    [InlineData("map.json", "{\"1\": [\"n01443537\", \"goldfish, Carassius auratus\"], \"0\": [\"n01440764\", \"tench\"]}")]
    [InlineData("ids.json", "{\"n01443537\": \"goldfish, Carassius auratus\", \"n01440764\": \"tench\"}")]
    [InlineData("objects.json", "[{\"wnid\": \"n01443537\", \"name\": \"goldfish, Carassius auratus\"}, {\"wnid\": \"n01440764\", "
        + "\"name\": \"tench\"}]")]
    [InlineData("pairs.json", "[[\"n01443537\", \"goldfish, Carassius auratus\"], [\"n01440764\", \"tench\"]]")]
    public void Names_of_WordNet_ids_come_from_a_table(string name, string text)
    {
        Classes("n01440764", "n01443537");
        Assert.Equal(["tench", "goldfish, Carassius auratus"], ClassNames.OfFolders(Root, Write(name, text)));
        Assert.Contains("is named by an id", Refusal(Root));
    }

    [Theory]
    [InlineData("list.json", "[\"cat\", \"dog\", \"big truck\"]")]
    [InlineData("map.json", "{\"2\": \"big truck\", \"0\": \"cat\", \"1\": \"dog\"}")]
    [InlineData("index.json", "{\"big truck\": 2, \"cat\": 0, \"dog\": 1}")]
    [InlineData("table.csv", "label,name\n1,dog\n0,cat\n2,big truck")]
    [InlineData("names.csv", "name\ncat\ndog\nbig truck")]
    [InlineData("numbered.txt", "0 cat\n1 dog\n2 big truck")]
    [InlineData("one.txt", "1: cat\n2: dog\n3: big truck")]
    [InlineData("dots.txt", "1. cat\n2. dog\n3. big truck")]
    [InlineData("behind.txt", "big truck 2\ncat 0\ndog 1")]
    [InlineData("plain.txt", "cat\r\ndog\t\r\nbig truck\r\n\r\n")]
    public void A_table_of_classes_is_read_as_what_it_is(string name, string text) =>
        Assert.Equal(["cat", "dog", "big truck"], ClassNames.Read(Write(name, text)));

    [Theory]
    [InlineData("broken.json", "{\"0\": \"cat\",", "begins like JSON and is none")]
    [InlineData("python.txt", "{0: 'tench',\n 1: 'goldfish'}", "begins like JSON and is none")]
    [InlineData("deep.json", "[[[\"cat\"]]]", "is JSON of another kind")]
    [InlineData("null.json", "[null, \"cat\"]", "is JSON of another kind")]
    [InlineData("bare.csv", "0,cat\n1,dog", "without a header")]
    [InlineData("short.csv", "id,name\n0,cat\n1", "line 3 has not the 2 columns")]
    [InlineData("gaps.json", "{\"0\": \"cat\", \"2\": \"dog\"}", "not from 0 or 1 without a gap")]
    [InlineData("twice.txt", "n01440764 tench\nn01440764 goldfish", "has the id n01440764 twice")]
    public void A_table_that_cannot_be_made_out_is_refused(string name, string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<ClipLensException>(() => ClassNames.Read(Write(name, text))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Names_that_are_the_folders_are_told_by_name_and_not_by_place()
    {
        Classes("cat", "dog", "big_truck");
        Assert.Equal(["big truck", "cat", "dog"], ClassNames.OfFolders(Root, Write("classes.txt", "dog", "big truck", "cat")));
        Assert.Contains("in the place of the folder dog", Assert.Throws<ClipLensException>(() =>
            ClassNames.OfFolders(Root, Write("other.txt", "dog", "cat", "lorry"))).Message);
        Assert.Contains("2 class names where there are 3", Assert.Throws<ClipLensException>(() =>
            ClassNames.OfFolders(Root, Write("few.txt", "a", "b"))).Message);
    }

    [Fact]
    public void What_is_no_class_is_left_out_and_said()
    {
        Classes("cat", "dog", "__MACOSX", ".cache");
        Directory.CreateDirectory(folder.File("images", "bird"));
        TinyModel.WritePictures(Root, 2);
        Assert.Equal(["cat", "dog"], ClassNames.OfFolders(Root));
        var images = ClassNames.Sorted(Root);
        Assert.Equal([0, 1], images.Labels);
        Assert.Equal(3, images.Unlabelled);
        Assert.Equal(2, images.Notes.Count);
        Assert.Contains("has 3 images outside the folders of the classes, which are left out, such as 000.png.", images.Notes[0]);
        Assert.Contains("has a folder without images, which is no class, such as bird.", images.Notes[1]);
    }

    [Fact]
    public void The_folder_above_the_classes_is_refused()
    {
        Classes(Path.Combine("val", "cat"), Path.Combine("val", "dog"));
        string above = Refusal(Root);
        Assert.Contains("(val) are no classes but hold folders of their own; give", above);
        Assert.Contains(Path.Combine("images", "val") + " instead", above);
        Classes(Path.Combine("train", "cat"));
        Assert.Contains("(train, val) are no classes", Refusal(Root));
        Assert.Contains("(train, val) are no classes", Assert.Throws<ClipLensException>(() => ClassNames.Sorted(Root)).Message);
    }

    [Fact]
    public void One_class_is_refused()
    {
        Classes("cat");
        Assert.Contains("has the images of one class (cat), which cannot be told from anything", Refusal(Root));
        string labels = Write("labels.csv", "file,label", "a.png,0");
        Assert.Contains("is of one class, which cannot be told", Assert.Throws<ClipLensException>(() =>
            LabelFile.Read(labels, [new("a.png", "a.png")], 1)).Message);
    }

    [SharedFact]
    public void Numbered_folders_of_the_public_report_have_their_classes()
    {
        string own = SharedData.Path("cases", "01-class-folders-named-by-number");
        Assert.Equal("vase", ClassNames.OfFolders(Path.Combine(own, "val"), Path.Combine(own, "classes.txt"))[0]);
        var images = ClassNames.Sorted(Path.Combine(own, "val"));
        Assert.All(images.Entries.Zip(images.Labels), pair => Assert.Equal(pair.First.Name, $"{pair.Second}/p.jpg"));
        Assert.Contains("give", Refusal(SharedData.Path("cases", "05-one-class-is-100-percent", "dataset")));
    }

    private static string Refusal(string root) => Assert.Throws<ClipLensException>(() => ClassNames.OfFolders(root)).Message;

    private void Classes(params string[] names)
    {
        foreach (string name in names) TinyModel.WritePictures(folder.File("images", name), 1);
    }

    private string Write(string name, params string[] lines)
    {
        File.WriteAllLines(folder.File(name), lines);
        return folder.File(name);
    }
}
