namespace ClipLens.Models.Images.Formats;

/// <summary>
/// The bits of a JPEG's scan, read on where it is damaged as libjpeg does: zeros where the data end early, a search for the next marker
/// where one is due and another stands.
/// </summary>
internal ref struct JpegBits(ReadOnlySpan<byte> file)
{
    private const int FirstFrame = 0xc0, FirstRestart = 0xd0, LastRestart = 0xd7, EndOfImage = 0xd9;

    private readonly ReadOnlySpan<byte> file = file;
    private ulong bits;
    private int count, nextRestart;

    /// <summary>The next byte.</summary>
    public int At { get; set; }

    /// <summary>A marker that was met and not yet acted on; 0 for none.</summary>
    public int Marker { get; set; }

    /// <summary>Whether the data of this piece have ended before its blocks have.</summary>
    public bool IsShort { get; private set; }

    /// <summary>Begins a scan at <see cref="At"/>.</summary>
    public void Begin() => (bits, count, nextRestart, Marker, IsShort) = (0, 0, 0, 0, false);

    /// <summary>The next <paramref name="length"/> bits, at most 16.</summary>
    public int Read(int length)
    {
        Fill(length);
        if (count < length)
        {
            IsShort = true;
            (bits, count) = (bits << (48 - count), 48);
        }
        count -= length;
        return (int)(bits >> count) & ((1 << length) - 1);
    }

    /// <summary>The next symbol; 0 where there is no such code.</summary>
    public int Read(JpegCode code)
    {
        Fill(JpegCode.Known);
        int length = count < JpegCode.Known ? 1 : code.Length((int)(bits >> (count - JpegCode.Known)) & ((1 << JpegCode.Known) - 1));
        if (length == 0) length = JpegCode.Known + 1;
        int word = Read(length);
        for (; length <= JpegCode.Longest && word > code.Last(length); length++) word = word << 1 | Read(1);
        return length > JpegCode.Longest ? 0 : code.Symbol(word, length);
    }

    /// <summary>A number of so many bits, whose first one is 0 for those below zero.</summary>
    public int ReadNumber(int length)
    {
        if (length == 0) return 0;
        int value = Read(length);
        return value < 1 << (length - 1) ? value - (1 << length) + 1 : value;
    }

    /// <summary>Goes over the marker that parts two pieces of a scan.</summary>
    public void Restart()
    {
        (bits, count) = (0, 0);
        if (Marker == 0) NextMarker();
        if (Marker == FirstRestart + nextRestart) Marker = 0;
        else Resynchronise();
        nextRestart = (nextRestart + 1) & 7;
        if (Marker == 0) IsShort = false;
    }

    /// <summary>Goes on to the next marker.</summary>
    public void NextMarker()
    {
        for (; At + 1 < file.Length; At++)
        {
            if (file[At] != 0xff || file[At + 1] is 0 or 0xff) continue;
            Marker = file[At + 1];
            At += 2;
            return;
        }
        (At, Marker) = (file.Length, EndOfImage);
    }

    // The rule of jpeg_resync_to_restart: a marker that comes a little late is passed over, one that comes early waits.
    private void Resynchronise()
    {
        while (true)
        {
            int ahead = (Marker - FirstRestart - nextRestart) & 7;
            bool isRestart = Marker is >= FirstRestart and <= LastRestart;
            if (Marker >= FirstFrame && (!isRestart || ahead is 1 or 2)) return;
            if (isRestart && ahead is not (6 or 7))
            {
                Marker = 0;
                return;
            }
            NextMarker();
        }
    }

    // Takes bytes in until there are so many bits, or the data end.
    private void Fill(int length)
    {
        if (count >= length) return;
        while (count <= 48 && Marker == 0)
        {
            if (At >= file.Length)
            {
                Marker = EndOfImage;
                break;
            }
            int value = file[At++];
            if (value == 0xff)
            {
                int next = 0xff;
                while (next == 0xff && At < file.Length) next = file[At++];
                if (next != 0)
                {
                    Marker = next == 0xff ? EndOfImage : next;
                    break;
                }
            }
            (bits, count) = (bits << 8 | (uint)value, count + 8);
        }
    }
}
