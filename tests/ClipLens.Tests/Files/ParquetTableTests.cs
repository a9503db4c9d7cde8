using ClipLens.Files;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Files;

/// <summary>Tables in Parquet: what was written is read, and what the Parquet library must not be given is refused.</summary>
public sealed class ParquetTableTests : IDisposable
{
    private readonly ScratchFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_was_written_is_read()
    {
        Write();
        var (numbers, shares, texts, nullable) = Read();
        Assert.Equal([7, 8, 9], numbers);
        Assert.Equal([0.5f, float.NaN, -1], shares);
        Assert.Equal(["a", "bb", "bb"], texts);
        Assert.Equal(["x", null, ""], nullable);
    }

    [Fact]
    public void Pages_in_encodings_that_no_table_here_has_are_refused()
    {
        Write();
        byte[] whole = File.ReadAllBytes(Table);
        var refused = new List<string>();
        for (int at = 4; at < whole.Length - 8; at++)
            foreach (int encoding in new[] { 1, 3, 4, 5, 6, 7, 9 })
                if (Refusal(whole, at, encoding, () => Read()) is { } message) refused.Add(message);
        // Four columns, and a dictionary of the texts.
        Assert.InRange(refused.Count(message => message.Contains("(A page is encoded in another way)", StringComparison.Ordinal)), 4 * 7,
            6 * 7);
    }

    /// <summary>Pages of texts that claim to hold runs of numbers are refused before the Parquet library, which trusts the claim, decodes
    /// them over its references to texts.</summary>
    [Fact]
    public void Texts_are_not_read_as_numbers()
    {
        string[] texts = [.. Enumerable.Range(0, 80).Select(i => $"{i}".PadLeft(100, 'x'))];
        ParquetTable.Write(Table, ParquetTable.Column.Create("text", texts));
        byte[] whole = File.ReadAllBytes(Table);
        int start = whole.Length - 8 - BitConverter.ToInt32(whole.AsSpan(whole.Length - 8));
        // Numbers of 32 bits: into the column's description, behind its type, and from there on the next field's number is one less.
        int type = start + whole.AsSpan(start).IndexOf<byte>([0x15, 12, 0x25]);
        byte[] facts = [.. whole[start..(type + 2)], 0x15, 64, 0x15, .. whole[(type + 3)..^8]];
        byte[] wide = [.. whole[..start], .. facts, .. BitConverter.GetBytes(facts.Length), .. "PAR1"u8];
        const int RunsOfNumbers = 3, Head = 60;
        Assert.Contains(Enumerable.Range(4, Head), at => Refusal(wide, at, RunsOfNumbers,
            () => ParquetTable.Read(Table, table => string.Concat(table.Texts("text"))))
            ?.Contains("(A page is encoded in another way)", StringComparison.Ordinal) == true);
    }

    [Fact]
    public void Bytes_between_the_columns_and_their_description_are_refused()
    {
        Write();
        byte[] whole = File.ReadAllBytes(Table);
        int start = whole.Length - 8 - BitConverter.ToInt32(whole.AsSpan(whole.Length - 8));
        File.WriteAllBytes(Table, [.. whole[..start], 0, .. whole[start..]]);
        Assert.Contains("(There is something between its columns and their description)",
            Assert.ThrowsAny<ClipLensException>(() => Read()).Message, StringComparison.Ordinal);
    }

    private string Table => folder.File("table.parquet");

    /// <summary>The sentence with which a table is refused of which one byte is the number of an encoding; null if it is read.</summary>
    private string? Refusal(byte[] whole, int at, int encoding, Action read)
    {
        byte[] changed = [.. whole];
        // Thrift writes a number's sign last.
        changed[at] = (byte)(2 * encoding);
        File.WriteAllBytes(Table, changed);
        try
        {
            read();
            return null;
        }
        catch (ClipLensException error)
        {
            return error.Message;
        }
    }

    private void Write() => ParquetTable.Write(Table, ParquetTable.Column.Create("number", [7, 8, 9]),
        ParquetTable.Column.Create("share", [0.5f, float.NaN, -1]), ParquetTable.Column.Create("text", ["a", "bb", "bb"]),
        ParquetTable.Column.OfNullable("maybe", ["x", null, ""]));

    private (int[], float[], string[], string?[]) Read() => ParquetTable.Read(Table, table =>
        (table.Ints("number"), table.Floats("share"), table.Texts("text"), table.Strings("maybe")));
}
