namespace ClipLens.Models.Images.Formats;

/// <summary>A Huffman code of a JPEG file.</summary>
internal sealed class JpegCode
{
    /// <summary>The longest code, and the length up to which codes are looked up in a table.</summary>
    public const int Longest = 16, Known = 8;

    private readonly byte[] symbols, lengths = new byte[1 << Known];
    private readonly int[] last = new int[Longest + 1], offset = new int[Longest + 1];

    private JpegCode(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> symbols)
    {
        this.symbols = symbols.ToArray();
        for (int length = 1, code = 0, index = 0; length <= Longest; length++, code <<= 1)
        {
            int count = counts[length - 1];
            (offset[length], last[length]) = (index - code, count > 0 ? code + count - 1 : -1);
            if (length <= Known) lengths.AsSpan(code << (Known - length), count << (Known - length)).Fill((byte)length);
            (code, index) = (code + count, index + count);
        }
    }

    /// <summary>The code whose numbers of words of each length, and then symbols, stand in <paramref name="table"/>; null where it is
    /// none.</summary>
    public static JpegCode? Read(ReadOnlySpan<byte> table, out int length)
    {
        length = Longest;
        if (table.Length < Longest) return null;
        for (int i = 0, free = 1; i < Longest; i++)
        {
            free = 2 * free - table[i];
            if (free < 0) return null;
            length += table[i];
        }
        return length > table.Length || length > Longest + 256 ? null : new(table[..Longest], table[Longest..length]);
    }

    /// <summary>How long the word is that begins these <see cref="Known"/> bits; 0 where it is longer than they are.</summary>
    public int Length(int bits) => lengths[bits];

    /// <summary>The last word of a length; -1 where there is none.</summary>
    public int Last(int length) => last[length];

    /// <summary>The symbol of a word.</summary>
    public int Symbol(int word, int length) => symbols[word + offset[length]];
}
