using System.Buffers.Binary;

namespace ClipLens.Models.Images.Formats;

/// <summary>
/// Looks through a JPEG's coefficients, as libjpeg reads them from a damaged file too, for blocks that decoders show differently
/// (<see cref="JpegRange"/>). Most damage shows the same everywhere, and such an image is read.
/// </summary>
internal ref struct JpegCheck
{
    private const int MostComponents = 4, MostFactor = 4;

    // Coefficients of a progressive image are kept until its last scan.
    private const long MostProgressivePixels = 1L << 23;

    private readonly JpegCode?[] codes = new JpegCode?[8];
    private readonly int[][] steps = new int[4][];
    private JpegComponent[] components = [];
    private JpegBits bits;
    private int width, height, interval;
    private bool isProgressive;

    private JpegCheck(ReadOnlySpan<byte> file) => bits = new JpegBits(file);

    /// <summary>Whether all decoders show the same of the file. True also of a file that is no JPEG or of a kind that is not looked
    /// into.</summary>
    public static bool IsAgreed(ReadOnlySpan<byte> file) => file is not [0xff, 0xd8, 0xff, ..] || new JpegCheck(file).Walk(file);

    private bool Walk(ReadOnlySpan<byte> file)
    {
        bits.At = 2;
        while (true)
        {
            if (bits.Marker == 0) bits.NextMarker();
            int marker = bits.Marker;
            bits.Marker = 0;
            if (marker == 0xd9) return components.All(component => component.Holds());
            if (marker is 0xd8 or 1 or (>= 0xd0 and <= 0xd7)) continue;
            if (bits.At + 2 > file.Length) return true;
            int length = BinaryPrimitives.ReadUInt16BigEndian(file[bits.At..]);
            if (length < 2 || bits.At + length > file.Length) return true;
            var body = file.Slice(bits.At + 2, length - 2);
            bits.At += length;
            bool goesOn = marker switch
            {
                0xc0 or 0xc1 or 0xc2 => Frame(body, marker == 0xc2),
                0xc4 => Codes(body),
                0xdb => Steps(body),
                0xdd => Interval(body),
                0xda => Scan(body),
                // Frames of other kinds.
                > 0xc2 and < 0xd0 => false,
                _ => true,
            };
            if (!goesOn) return components.All(component => component.IsAgreed);
        }
    }

    private bool Frame(ReadOnlySpan<byte> body, bool progressive)
    {
        if (components.Length > 0 || body.Length < 6 || body[0] != 8 || body[5] is 0 or > MostComponents || body.Length < 6 + 3 * body[5])
            return false;
        (height, width, isProgressive) = (BinaryPrimitives.ReadUInt16BigEndian(body[1..]), BinaryPrimitives.ReadUInt16BigEndian(body[3..]),
            progressive);
        if (width == 0 || height == 0 || progressive && (long)width * height > MostProgressivePixels) return false;
        var found = new JpegComponent[body[5]];
        int across = 1, down = 1;
        for (int i = 0; i < found.Length; i++)
        {
            var part = body.Slice(6 + 3 * i, 3);
            if ((part[1] >> 4) is 0 or > MostFactor || (part[1] & 15) is 0 or > MostFactor || part[2] > 3) return false;
            found[i] = new(part[0], part[1] >> 4, part[1] & 15, part[2]);
            (across, down) = (Math.Max(across, found[i].Across), Math.Max(down, found[i].Down));
        }
        foreach (var component in found) component.Resize(width, height, across, down, progressive);
        components = found;
        return true;
    }

    private readonly bool Codes(ReadOnlySpan<byte> body)
    {
        while (body.Length > 0)
        {
            if ((body[0] >> 4) > 1 || (body[0] & 15) > 3 || JpegCode.Read(body[1..], out int length) is not { } code) return false;
            codes[(body[0] >> 4) * 4 + (body[0] & 15)] = code;
            body = body[(1 + length)..];
        }
        return true;
    }

    private readonly bool Steps(ReadOnlySpan<byte> body)
    {
        while (body.Length > 0)
        {
            int size = (body[0] >> 4) + 1, table = body[0] & 15;
            if (size > 2 || table > 3 || body.Length < 1 + 64 * size) return false;
            int[] found = new int[64];
            for (int i = 0; i < 64; i++)
                found[JpegScan.Order[i]] = size == 1 ? body[1 + i] : BinaryPrimitives.ReadUInt16BigEndian(body[(1 + 2 * i)..]);
            steps[table] = found;
            body = body[(1 + 64 * size)..];
        }
        return true;
    }

    private bool Interval(ReadOnlySpan<byte> body)
    {
        if (body.Length < 2) return false;
        interval = BinaryPrimitives.ReadUInt16BigEndian(body);
        return true;
    }

    private bool Scan(ReadOnlySpan<byte> body)
    {
        if (body.Length < 1 || body[0] is 0 or > MostComponents || body.Length < 4 + 2 * body[0]) return false;
        var parts = new JpegComponent[body[0]];
        for (int i = 0; i < parts.Length; i++)
        {
            byte id = body[1 + 2 * i], tables = body[2 + 2 * i];
            if (Array.Find(components, component => component.Id == id) is not { } part || (tables >> 4) > 3
                || (tables & 15) > 3) return false;
            part.Steps ??= steps[part.Table];
            if (part.Steps is null) return false;
            (part.Dc, part.Ac) = (codes[tables >> 4], codes[4 + (tables & 15)]);
            parts[i] = part;
        }
        var end = body[(1 + 2 * parts.Length)..];
        var scan = isProgressive ? new JpegScan(true, end[0], end[1], end[2] >> 4, end[2] & 15) : new JpegScan(false, 0, 63, 0, 0);
        return scan.IsPossible(parts) && (parts.Length == 1 ? One(parts[0], scan) : Several(parts, scan));
    }

    // A scan of one component goes over its own blocks.
    private bool One(JpegComponent part, JpegScan scan)
    {
        Begin([part]);
        int left = interval;
        for (int y = 0; y < part.Rows; y++)
            for (int x = 0; x < part.Columns; x++)
            {
                Part(ref left, [part], scan);
                if (!scan.Read(ref bits, part, x, y)) return false;
            }
        return true;
    }

    // One of several goes over units of Across x Down blocks of each.
    private bool Several(JpegComponent[] parts, JpegScan scan)
    {
        Begin(parts);
        int left = interval;
        for (int row = 0; row < parts[0].UnitRows; row++)
            for (int column = 0; column < parts[0].UnitColumns; column++)
            {
                Part(ref left, parts, scan);
                foreach (var part in parts)
                    for (int y = part.Down * row; y < part.Down * (row + 1); y++)
                        for (int x = part.Across * column; x < part.Across * (column + 1); x++)
                            if (!scan.Read(ref bits, part, x, y)) return false;
            }
        return true;
    }

    private void Begin(JpegComponent[] parts)
    {
        bits.Begin();
        foreach (var part in parts) part.LastDc = 0;
    }

    private void Part(ref int left, JpegComponent[] parts, JpegScan scan)
    {
        if (interval == 0) return;
        if (left == 0)
        {
            bits.Restart();
            foreach (var part in parts) part.LastDc = 0;
            scan.Restart();
            left = interval;
        }
        left--;
    }
}
