using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using ClipLens.Models.Tokenizer;
using ClipLens.Tests.Support;
using ClipLens.Texts;

namespace ClipLens.Tests.Texts;

public sealed class TextPoolTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_file_gives_a_text_a_line()
    {
        var pool = TextPool.FromFile(Write("my words.txt", "\uFEFFa red fox\t\n  otter \r\nHäuser\nотдых\na red fox\n"));
        Assert.Equal(["a red fox", "otter", "Häuser", "отдых", "a red fox"], pool.Texts);
        Assert.Equal("my words", pool.Name);
    }

    [Fact]
    public void A_file_that_would_fill_the_memory_is_refused()
    {
        string path = Path.Combine(folder, "big.txt");
        using (var file = File.Create(path)) file.SetLength(2L << 30);
        Assert.Equal($"{path} has 2147483648 bytes, more than a text pool may have; cut it into several.",
            Assert.Throws<ClipLensException>(() => TextPool.FromFile(path)).Message);
        Assert.Contains("more than a text file of its kind may have", Assert.Throws<ClipLensException>(() =>
            ClipLens.Labels.ClassNames.Read(path)).Message);
    }

    [Fact]
    public void The_fingerprint_is_of_the_texts_and_not_of_the_bytes()
    {
        var pool = TextPool.FromFile(Write("a.txt", "fox\notter"));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("fox\notter"u8)), pool.Sha256);
        Assert.Equal(pool.Sha256, TextPool.FromFile(Write("b.txt", "fox\t\r\notter\t\r\n")).Sha256);
        Assert.Equal(pool.Sha256, TextPool.Create("c", ["fox", "otter"]).Sha256);
        Assert.NotEqual(pool.Sha256, TextPool.FromFile(Write("d.txt", "otter\nfox\n")).Sha256);
    }

    [Theory]
    [InlineData("a.txt", "fox\rotter\rred box\r")]
    [InlineData("a.tsv", "fox\t120\notter\t7\nred box\t1e3\n")]
    [InlineData("a.txt", "1\tfox\t0.5\r\n2\totter\t0.2\r\n3\tred box\t0.1\r\n")]
    [InlineData("a.tsv", "word\tcount\nfox\t120\notter\t7\nred box\t3\n")]
    [InlineData("a.tsv", "wort\tzahl\nfox\t120\notter\t7\nred box\t3\n")]
    [InlineData("a.csv", "id,caption,source\n1,fox,web\n2,otter,book\n3,\"red box\",web\n")]
    [InlineData("a.csv", "text\nfox\notter\n\"red box\"\n")]
    [InlineData("a.csv", "fox,120\notter,7\nred box,3\n")]
    [InlineData("a.txt", "text,count\nfox,120\notter,7\nred box,3\n")]
    [InlineData("a.csv", "fox\notter\nred box\n")]
    [InlineData("a.txt", "\"fox\"\n\"otter\"\n\"red box\"\n")]
    [InlineData("a.txt", "fox\t\notter\t\r\nred box")]
    public void A_table_gives_its_column_of_texts(string name, string content) =>
        Assert.Equal(["fox", "otter", "red box"], TextPool.FromFile(Write(name, content)).Texts);

    [Theory]
    [InlineData("a fox, red\nan otter, wet\n")]
    [InlineData("a fox, red\nan otter\n")]
    [InlineData("text, 3\n4, 5\n")]
    [InlineData("12\n13\n")]
    [InlineData("a 3\" pipe, red\nan otter, wet\n")]
    public void Commas_and_numbers_of_a_list_are_texts(string content) =>
        Assert.Equal(content.TrimEnd().Split('\n'), TextPool.FromFile(Write("a.txt", content)).Texts);

    [Theory]
    [InlineData("a.txt", "[\n\"fox\",\n\"otter\"\n]\n", "holds JSON or a list of Python")]
    [InlineData("a.txt", "['fox', 'otter']\n", "holds JSON or a list of Python")]
    [InlineData("a.txt", "1. fox\n2. otter\n", "has a number or a mark before each text")]
    [InlineData("a.txt", "- fox\n- otter\n", "has a number or a mark before each text")]
    [InlineData("a.txt", "# my texts\nfox\notter\n", "is a remark ('# my texts'); remove it")]
    [InlineData("a.tsv", "fox\tred\notter\twet\n", "is a table with tabs")]
    [InlineData("a.tsv", "fox\t1\notter\t2\t3\n", "is a table with tabs")]
    [InlineData("a.csv", "fox,red\notter,wet\n", "is a table, of which")]
    [InlineData("a.csv", "text\nfox, red\notter\n", "a header of one column and rows of more")]
    [InlineData("a.csv", "id,text\n1,\"a\nb\"\n", "a quotation mark without its fellow on line 2")]
    [InlineData("a.json", "[\"fox\"]", "is named as a .json file")]
    [InlineData("a.txt", "fox\rotter\nbox\n", "a line end in its middle")]
    [InlineData("a.csv", "text,count\n,3\nfox,4\n", "Line 2")]
    public void A_table_whose_texts_cannot_be_told_is_refused(string name, string content, string says)
    {
        string message = Assert.Throws<ClipLensException>(() => TextPool.FromFile(Write(name, content))).Message;
        Assert.Contains(says, message);
        Assert.Contains(name, message);
    }

    [Theory]
    [InlineData("fox\n\notter\n", "Line 2")]
    [InlineData("fox\n \t\notter\n", "Line 2")]
    [InlineData("fox\notter\n\n", "Line 3")]
    [InlineData("", "empty")]
    [InlineData("fox\nZERO\0\n", "Line 2")]
    public void An_empty_line_is_refused(string content, string says) => AssertRefused(Encoding.UTF8.GetBytes(content), says);

    [Fact]
    public void Bytes_that_are_not_UTF8_are_refused() => AssertRefused([.. "fox\notter\nH"u8, 0xE4, .. "user\n"u8], "Line 3");

    [Fact]
    public void A_line_of_ten_thousand_characters_is_refused() => AssertRefused([.. "fox\n"u8, .. new byte[10_000].Select(_ => (byte)'x')],
        "Line 2");

    [Fact]
    public void A_file_that_is_not_there_or_a_folder_is_refused()
    {
        Assert.Contains("none.txt", Assert.Throws<ClipLensException>(() => TextPool.FromFile(Path.Combine(folder, "none.txt"))).Message);
        Assert.Contains("folder", Assert.Throws<ClipLensException>(() => TextPool.FromFile(folder)).Message);
        Assert.Throws<ClipLensException>(() => TextPool.Create("none", []));
    }

    [SharedFact]
    public void The_released_list_of_words_has_its_30000_lines()
    {
        var pool = TextPool.FromFile(SharedData.Path("data", "words-30k.txt"));
        Assert.Equal(30_000, pool.Texts.Count);
        Assert.Equal(("the", "banana"), (pool.Texts[0], pool.Texts[9396]));
        Assert.Equal("words-30k", pool.Name);
    }

    [Fact]
    public void The_embedded_pool_has_its_shape()
    {
        var texts = TextPool.Embedded.Texts;
        Assert.Equal(19_984, texts.Count);
        Assert.Equal(texts.Count, texts.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.DoesNotContain(texts, text =>
            text.Length < 3 || !Regex.IsMatch(text, @"^[A-Za-z]+(['-][A-Za-z]+)*( [A-Za-z]+(['-][A-Za-z]+)*){0,3}$"));
        Assert.InRange(texts.Count(text => text.Contains(' ')), 10_000, 14_000);
        string[] expected = ["dog", "cat", "golden retriever", "car", "bicycle", "pizza", "rose", "mountain", "snow", "soldier", "bride",
            "red", "striped", "wooden", "running", "swimming", "street sign", "Christmas tree", "yellow flowers", "triangle", "text"];
        Assert.Empty(expected.Except(texts));
    }

    [Fact]
    public void The_embedded_pool_has_no_foul_words()
    {
        // The words are not spelt out here either: the stop list of the build has their hashes.
        string[] stopped = ["6ac3c336e409", "85fc17f7069a", "566f532d486c", "120f6e5b4ea3", "796e43a5a8cd", "0f28c4960d96",
            "9ae315a94e42", "ad505b0be8a4", "cbbd0f71af28", "2062f8009306", "c2c3b68b4883", "8f5083e3e5c7", "8c5c04391361"];
        var hashes = TextPool.Embedded.Texts.SelectMany(text => text.ToLowerInvariant().Split(' ', '-').Append(text.ToLowerInvariant()))
            .Select(word => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(word)))[..12]);
        Assert.Empty(hashes.Intersect(stopped));
    }

    [Fact]
    public void The_tokenizer_cuts_no_text_of_the_embedded_pool()
    {
        var tokenizer = ClipTokenizer.Default(16);
        Assert.DoesNotContain(TextPool.Embedded.Texts, text => tokenizer.Encode(text)[^1] != 0);
    }

    private void AssertRefused(byte[] content, string says)
    {
        string path = Path.Combine(folder, "pool.txt");
        File.WriteAllBytes(path, content);
        string message = Assert.Throws<ClipLensException>(() => TextPool.FromFile(path)).Message;
        Assert.Contains(says, message);
        Assert.Contains(path, message);
    }

    private string Write(string name, string content)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllText(path, content);
        return path;
    }
}
