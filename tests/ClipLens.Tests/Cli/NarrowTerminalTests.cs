using System.Text;
using ClipLens.Cli.Output;

namespace ClipLens.Tests.Cli;

/// <summary>What stands on a terminal of 80 or 40 columns: nothing is wider, no word and no value of an option is broken.</summary>
public class NarrowTerminalTests
{
    public static TheoryData<string, int> Pages => [.. from command in DocumentationTests.Commands
                                                       from width in new[] { 40, 80 }
                                                       select new TheoryDataRow<string, int>((string)command.Data, width)];

    [Theory, MemberData(nameof(Pages))]
    public void Help_fits_and_breaks_no_word(string command, int width)
    {
        string narrow = CliCall.Help(width, command.Split(' ')), wide = CliCall.Help(110, command.Split(' '));
        Assert.Equal(Words(wide), Words(narrow));
        foreach (string line in narrow.Split('\n'))
            Assert.True(line.Length <= width || !line.Trim().TrimEnd('\\').Trim().Contains(' ', StringComparison.Ordinal)
                || line.Contains(" --", StringComparison.Ordinal) || line.Contains('"', StringComparison.Ordinal), line);
    }

    [Theory, InlineData(40), InlineData(80)]
    public void A_table_fits_with_its_words_whole(int width)
    {
        using StringWriter output = new() { NewLine = "\n" }, error = new();
        var table = new ResultTable(">Layer", ">Explained", "Most selective", "Texts");
        table.Add("9", "12.5 %", "9:391", "a photograph of a dog in the snow; a wolf that howls at night; something else altogether");
        new Terminal(output, error, outputIsScreen: true, width: width).Write(table);
        Assert.All(output.ToString().Split('\n'), line => Assert.True(line.Length <= width, line));
        foreach (string word in new[] { "Explained", "selective", "photograph", "altogether", "9:391" })
            Assert.Contains(word, output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_minus_is_one_in_every_encoding()
    {
        using var bytes = new MemoryStream();
        using (var latin = new StreamWriter(bytes, Encoding.Latin1, leaveOpen: true)) new ShowableWriter(latin)
            .Write("\u2212worm \u00E9\u2026");
        Assert.Equal("-worm \u00E9...", Encoding.Latin1.GetString(bytes.ToArray()));
        using StringWriter text = new(), plain = new();
        new ShowableWriter(text).Write("\u2212worm");
        Assert.Equal("\u2212worm", text.ToString());
        new ShowableWriter(plain, isPlain: true).Write("\u2212worm\u2026");
        Assert.Equal("-worm...", plain.ToString());
    }

    private static string Words(string page) => string.Concat(page.Where(c => !char.IsWhiteSpace(c) && c != '\\'));
}
