using ClipLens.Models.Tokenizer;

namespace ClipLens.Tests.Models.Tokenizer;

/// <summary>The tokenizer without any file but its own: ids that were taken from CLIP's Python tokenizer.</summary>
public class TokenizerTests(TokenizerTests.Clip clip) : IClassFixture<TokenizerTests.Clip>
{
    public sealed class Clip
    {
        public ClipTokenizer Tokenizer { get; } = ClipTokenizer.Default();
    }

    [Theory]
    [InlineData("", new int[0])]
    [InlineData("a", new[] { 320 })]
    [InlineData("it's the dog's; they'll we've I'm he'd DON'T",
        new[] { 585, 568, 518, 1929, 568, 282, 889, 1342, 649, 1200, 328, 880, 797, 1896, 847, 713 })]
    [InlineData("  leading\tand\n\ntrailing   \u00a0 spaces ", new[] { 3833, 537, 37427, 9006 })]
    [InlineData("<start_of_text>inside<|endoftext|>", new[] { 49406, 2912, 49407 })]
    [InlineData("ΟΔΥΣΣΕΥΣ Σ", new[] { 138, 123, 138, 112, 139, 227, 139, 225, 139, 225, 138, 113, 139, 227, 139, 480, 139, 481 })]
    [InlineData("İstanbul ı", new[] { 328, 16384, 11231, 41901 })]
    [InlineData("𝐇𝐞𝐥𝐥𝐨world 𝟙𝟚3", new[] { 15889, 229, 15889, 252, 15889, 98, 15889, 98, 15889, 101, 1002, 6874, 253, 503, 6874, 253, 504,
        274 })]
    [InlineData("½ cup ² Ⅷ ①", new[] { 33613, 1937, 41175, 158, 227, 371, 158, 239, 510 })]
    [InlineData("&amp;&lt;&gt;&nbsp;&hellip;&copy;&notanentity;", new[] { 5, 27, 285, 7095, 31148, 126, 361, 514, 28455, 282 })]
    [InlineData("''s", new[] { 8445, 338 })]
    public void Ids_are_those_of_CLIP(string text, int[] expected)
    {
        int[] ids = clip.Tokenizer.Encode(text);
        Assert.Equal([49406, .. expected, 49407], ids[..(expected.Length + 2)]);
        Assert.All(ids[(expected.Length + 2)..], id => Assert.Equal(0, id));
        Assert.Equal(77, ids.Length);
    }

    [Fact]
    public void A_long_text_is_cut_and_ends_with_the_end_token()
    {
        int[] ids = clip.Tokenizer.Encode(string.Concat(Enumerable.Repeat("dog ", 2000)));
        Assert.Equal([49406, .. Enumerable.Repeat(1929, 75), 49407], ids);
        Assert.Equal([49406, 1929, 49407], ClipTokenizer.Default(3).Encode("dog dog"));
    }

    [Fact]
    public void A_batch_is_the_texts_one_below_the_other()
    {
        string[] texts = ["a fox", "", "the quick brown fox"];
        using var batch = clip.Tokenizer.Encode(texts);
        Assert.Equal([3, 77], batch.shape);
        Assert.Equal(texts.SelectMany(clip.Tokenizer.Encode).Select(id => (long)id), batch.data<long>().ToArray());
    }

    [Fact]
    public void Several_threads_get_the_same_ids()
    {
        string[] texts = [.. Enumerable.Range(0, 400).Select(i => $"text {i % 40} about otters")];
        string[] ids = new string[texts.Length];
        var fresh = ClipTokenizer.Default(16);
        Parallel.For(0, texts.Length, i => ids[i] = string.Join(' ', fresh.Encode(texts[i])));
        Assert.Equal(texts.Select(text => string.Join(' ', fresh.Encode(text))), ids);
    }

    [Theory]
    [InlineData("&#39;&#x2603;&#128;&#xD800;&#1;&#99999999999;&#x;", "'☃€\uFFFD\uFFFD&#x;")]
    [InlineData("&ampamp;&AMP;&bogus;&amp", "&amp;&&bogus;&")]
    [InlineData("&NotEqualTilde;&Tab;.", "≂̸\t.")]
    public void Html_is_unescaped_as_Python_does(string text, string expected) => Assert.Equal(expected, HtmlUnescape.Apply(text));

    [Theory]
    [InlineData("ΑΣ'Σ. ΣΑΣ", "ασ'ς. σας")]
    [InlineData("Σ", "σ")]
    [InlineData("ΑΣ\u0301", "ας\u0301")]
    [InlineData("𐐀K", "𐐨k")]
    public void Lower_case_is_Pythons(string text, string expected) => Assert.Equal(expected, LowerCase.Apply(text));
}
