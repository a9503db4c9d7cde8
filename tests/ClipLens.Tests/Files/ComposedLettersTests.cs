using ClipLens.Files;

namespace ClipLens.Tests.Files;

public class ComposedLettersTests
{
    /// <summary>As Python's unicodedata.normalize("NFC", ...) gives them.</summary>
    [Theory]
    [InlineData("cafe\u0301", "caf\u00e9"), InlineData("A\u030Angstro\u0308m", "\u00c5ngstr\u00f6m"), InlineData("plain", "plain")]
    [InlineData("\u1112\u1161\u11ab\u1100\u116e\u11a8", "\ud55c\uad6d"), InlineData("\u304b\u3099\u306f\u309a", "\u304c\u3071")]
    // A mark without a letter stays.
    [InlineData("\u0301a", "\u0301a"), InlineData("\u011b s\u030c", "\u011b \u0161")]
    public void Letters_and_marks_become_one_sign(string apart, string together)
    {
        Assert.Equal(together, ComposedLetters.Apply(apart));
        Assert.Equal(together, ComposedLetters.Apply(together));
    }
}
