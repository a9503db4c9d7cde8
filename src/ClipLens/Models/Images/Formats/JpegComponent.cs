namespace ClipLens.Models.Images.Formats;

/// <summary>A component of a JPEG image: its place among the others, its codes, and whether its blocks are in range.</summary>
internal sealed class JpegComponent(byte id, int across, int down, int table)
{
    public byte Id { get; } = id;

    /// <summary>Blocks in a unit of an interleaved scan, from left to right.</summary>
    public int Across { get; } = across;

    /// <summary>Blocks in such a unit from top to bottom.</summary>
    public int Down { get; } = down;

    public int Table { get; } = table;

    /// <summary>Blocks that the image shows.</summary>
    public int Columns { get; private set; }

    public int Rows { get; private set; }

    public int UnitColumns { get; private set; }

    public int UnitRows { get; private set; }

    /// <summary>What its coefficients are multiplied with: the table that stood there when its first scan began.</summary>
    public int[]? Steps { get; set; }

    public JpegCode? Dc { get; set; }

    public JpegCode? Ac { get; set; }

    public int LastDc { get; set; }

    /// <summary>Whether all blocks that are whole are in range.</summary>
    public bool IsAgreed { get; private set; } = true;

    // All blocks of a progressive image, else one that serves again.
    private short[] blocks = [];
    private bool isKept;

    /// <summary>Takes the place that an image of this size needs.</summary>
    public void Resize(int width, int height, int mostAcross, int mostDown, bool keep)
    {
        Columns = Pieces(Pieces(width * Across, mostAcross), 8);
        Rows = Pieces(Pieces(height * Down, mostDown), 8);
        (UnitColumns, UnitRows) = (Pieces(width, 8 * mostAcross), Pieces(height, 8 * mostDown));
        isKept = keep;
        blocks = new short[keep ? 64 * UnitColumns * Across * UnitRows * Down : 64];

        static int Pieces(int length, int piece) => (length + piece - 1) / piece;
    }

    /// <summary>The coefficients of a block, in rows.</summary>
    public Span<short> Block(int x, int y) => isKept ? blocks.AsSpan(64 * (y * UnitColumns * Across + x), 64) : blocks;

    /// <summary>Looks at a block that is whole.</summary>
    public void Look(int x, int y)
    {
        if (IsAgreed && x < Columns && y < Rows && !JpegRange.Holds(Block(x, y), Steps)) IsAgreed = false;
    }

    /// <summary>Whether all blocks are in range, also those that were kept.</summary>
    public bool Holds()
    {
        if (isKept && Steps is not null)
            for (int y = 0; y < Rows; y++)
                for (int x = 0; x < Columns; x++) Look(x, y);
        return IsAgreed;
    }
}
