using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Models.Images;

/// <summary>Images that break or bend their format, as Pillow reads them.</summary>
public class PillowCasesTests
{
    // 16 x 16 pixels, written by Pillow.
    private const string Baseline =
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk"
        + "//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wAARCAAQABADASIAAhEBAxEB"
        + "/8QAFQABAQAAAAAAAAAAAAAAAAAABgP/xAAeEAACAQMFAAAAAAAAAAAAAAABAgAFEUIDEhUhMf/EABQBAQAAAAAAAAAAAAAAAAAAAAT/xAAcEQACAgIDAA"
        + "AAAAAAAAAAAAABAwACBREhUcH/2gAMAwEAAhEDEQA/ABy0y+MW8SoF2AAltGmgLuK9CKRTc3W5PghS1YXW1hsmJwuTO2c9ez//2Q==";

    private const string Progressive =
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk"
        + "//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wgARCAAQABADASIAAhEBAxEB"
        + "/8QAFQABAQAAAAAAAAAAAAAAAAAABQL/xAAUAQEAAAAAAAAAAAAAAAAAAAAD/9oADAMBAAIQAxAAAAEZe1CT/8QAFxABAQEBAAAAAAAAAAAAAAAAABMBA/"
        + "/aAAgBAQABBQKaTOab/8QAFhEBAQEAAAAAAAAAAAAAAAAABAAy/9oACAEDAQE/ARJ1f//EABcRAAMBAAAAAAAAAAAAAAAAAAABEgL/2gAIAQIBAT8BrMps"
        + "/8QAFBABAAAAAAAAAAAAAAAAAAAAIP/aAAgBAQAGPwIf/8QAGhAAAwADAQAAAAAAAAAAAAAAAAERIUFRYf/aAAgBAQABPyFeSdmOw7aP/9oADAMBAAIAAw"
        + "AAABCX/8QAGREAAQUAAAAAAAAAAAAAAAAAAAERIVHB/9oACAEDAQE/EFXlWn//xAAWEQEBAQAAAAAAAAAAAAAAAAABABH/2gAIAQIBAT8QSA1b/8QAGRAB"
        + "AQEAAwAAAAAAAAAAAAAAAQARITFR/9oACAEBAAE/ENZgaAIDTgR6y9F//9k=";

    [SharedTheory]
    [InlineData("11-png-orientation-ignored", "p33_exif8.png")]
    [InlineData("11-png-orientation-ignored", "z1_exif_or6.png")]
    [InlineData("11-png-orientation-ignored", "z2_rawprofile.png")]
    [InlineData("13-bmp-rle-short-rows", "b16_rle8_short_rows.bmp")]
    [InlineData("23-malformed-pictures", "p22f_palidx_oob.png")]
    [InlineData("23-malformed-pictures", "y03_no_plte.png")]
    [InlineData("23-malformed-pictures", "y04_dup_plte.png")]
    public void The_cases_give_pillows_embedding(string folder, string file)
    {
        using var model = Model(out var files);
        using var scope = NewDisposeScope();
        float[] input = new float[model.Preprocessor.InputLength];
        model.Preprocessor.ToInput(ImageDecoder.Decode(SharedData.Path("cases", folder, file), applyOrientation: folder.StartsWith("11")),
            input);
        int side = model.Preprocessor.Size;
        float[] expected = [.. File.ReadLines(SharedData.Path("cases", folder, file + ".expected-embedding.txt"))
            .Select(line => float.Parse(line, CultureInfo.InvariantCulture))];
        Assert.InRange(Golden.RelativeError(model.Image.Encode(tensor(input).reshape(1, 3, side, side)).flatten(), tensor(expected)), 0,
            1e-5);
        files.Dispose();
    }

    [SharedTheory]
    [InlineData("x01_flip_base_0.5.jpg")]
    [InlineData("x02_flip_restart_0.3.jpg")]
    [InlineData("x02_flip_restart_0.7.jpg")]
    public void The_cases_that_each_decoder_shows_differently_are_refused(string file) => Assert.Contains("each decoder would show other",
        Assert.Throws<ClipLensException>(() => ImageDecoder.Decode(SharedData.Path("cases", "23-malformed-pictures", file))).Message);

    [Theory]
    [InlineData(Baseline)]
    [InlineData(Progressive)]
    public void A_jpeg_whose_numbers_leave_their_range_is_refused(string base64)
    {
        byte[] file = Convert.FromBase64String(base64);
        Assert.Equal(16 * 16 * 3, ImageDecoder.Decode(file, "x").Pixels.Length);
        // The first step of the first table, by which the mean of a block is multiplied: 255 times what the image's is.
        int table = file.AsSpan().IndexOf(new byte[] { 0xff, 0xdb });
        file[table + 5] = 255;
        Assert.Contains("each decoder would show other", Assert.Throws<ClipLensException>(() => ImageDecoder.Decode(file, "x")).Message);
    }

    // Whatever bit is turned over: an image, or one sentence. Most damage shows the same in every decoder.
    [Fact]
    public void A_damaged_jpeg_is_read_or_refused()
    {
        int read = 0;
        foreach (string seed in new[] { Baseline, Progressive })
        {
            byte[] file = Convert.FromBase64String(seed);
            for (int bit = 8 * (file.AsSpan().IndexOf(new byte[] { 0xff, 0xda }) + 14); bit < 8 * (file.Length - 2); bit++)
            {
                file[bit / 8] ^= (byte)(1 << bit % 8);
                try { read += ImageDecoder.Decode(file, "x").Width / 16; }
                catch (ClipLensException error) { Assert.Contains("damaged", error.Message); }
                file[bit / 8] ^= (byte)(1 << bit % 8);
            }
        }
        Assert.InRange(read, 1000, 3000);
    }

    [SharedFact]
    public void The_case_of_skips_shows_the_first_colour_of_the_palette()
    {
        var image = ImageDecoder.Decode(SharedData.Path("cases", "13-bmp-rle-short-rows", "b14_rle8_skips.bmp"));
        for (int y = 0; y < image.Height; y++)
            foreach (int x in new[] { 0, 19, 100, 149 }) Assert.Equal([240, 215, 103], image.Pixels[(3 * (y * image.Width + x))..][..3]
            .ToArray());
    }

    [Theory]
    [InlineData(3, "short")]
    [InlineData(6, "long")]
    [InlineData(8, "profile")]
    [InlineData(5, "packed profile")]
    [InlineData(7, "xmp")]
    public void A_png_tells_its_orientation_in_many_ways(int orientation, string way)
    {
        byte[] exif = way == "long" ? [.. "II*\0\b\0\0\0\u0001\0\u0012\u0001\u0004\0\u0001\0\0\0"u8, (byte)orientation, 0, 0, 0]
            : [.. "MM\0*\0\0\0\b\0\u0001\u0001\u0012\0\u0003\0\0\0\u0001\0"u8, (byte)orientation, 0, 0];
        byte[] profile = Encoding.ASCII.GetBytes($"\nexif\n      {exif.Length + 6}\n{Convert.ToHexString([.. "Exif\0\0"u8, .. exif])}\n");
        var (kind, data) = way switch
        {
            "profile" => ("tEXt", [.. "Raw profile type exif\0"u8, .. profile]),
            "packed profile" => ("zTXt", [.. "Raw profile type exif\0\0"u8, .. Pack(profile)]),
            "xmp" => ("iTXt", [.. "XML:com.adobe.xmp\0\0\0\0\0"u8, .. Encoding.ASCII.GetBytes($"<x tiff:Orientation=\"{orientation}\"/>")]),
            _ => ("eXIf", exif),
        };
        byte[] file = Png(2, 1, 2, [("IDAT", Pack([0, 1, 2, 3, 4, 5, 6])), (kind, data)]);
        var image = ImageDecoder.Decode(file, "x", applyOrientation: true);
        Assert.Equal(orientation >= 5 ? (1, 2) : (2, 1), (image.Width, image.Height));
        // The stored image is one row; which pixel comes first depends on the mirror.
        Assert.Equal(orientation is 3 or 8 or 7 ? [4, 5, 6, 1, 2, 3] : [1, 2, 3, 4, 5, 6], image.Pixels);
        Assert.Equal([1, 2, 3, 4, 5, 6], ImageDecoder.Decode(file, "x").Pixels.ToArray());
    }

    [Fact]
    public void A_palette_is_a_ramp_of_grey_where_the_file_gives_no_colour()
    {
        byte[] data = Pack([0, 0, 1, 200]);
        Assert.Equal([9, 8, 7, 6, 5, 4, 200, 200, 200], Pixels([("PLTE", [9, 8, 7, 6, 5, 4]), ("IDAT", data)]));
        Assert.Equal([9, 9, 9, 1, 1, 1, 200, 200, 200], Pixels([("PLTE", [1, 1, 1]), ("PLTE", [9, 9, 9]), ("IDAT", data)]));
        Assert.Equal([0, 0, 0, 1, 1, 1, 200, 200, 200], Pixels([("IDAT", data)]));

        static byte[] Pixels((string, byte[])[] chunks) => ImageDecoder.Decode(Png(3, 1, 3, chunks), "x").Pixels.ToArray();
    }

    [Theory]
    [InlineData(2, new byte[] { 0, 1, 2, 3, 4, 5, 6 }, new byte[] { 1, 2, 3, 4, 5, 6 })]
    [InlineData(0, new byte[] { 0, 7, 9 }, new byte[] { 7, 7, 7, 9, 9, 9 })]
    [InlineData(6, new byte[] { 0, 1, 2, 3, 0, 4, 5, 6, 255 }, new byte[] { 1, 2, 3, 4, 5, 6 })]
    public void Picture_data_with_a_wrong_checksum_are_read_as_pillow_does_and_a_head_is_not(byte kind, byte[] line, byte[] expected)
    {
        byte[] file = Png(2, 1, kind, [("IDAT", Pack(line))]);
        file[^13] ^= 1;
        Assert.Equal(expected, ImageDecoder.Decode(file, "x").Pixels);
        byte[] head = Png(3, 1, 3, [("PLTE", [1, 2, 3]), ("IDAT", Pack([0, 0, 0, 0]))]);
        head[33 + 8 + 3] ^= 1;
        Assert.Contains("a checksum in its head is wrong", Assert.Throws<ClipLensException>(() => ImageDecoder.Decode(head, "x")).Message);
    }

    [Fact]
    public void Data_that_ask_for_a_dictionary_are_damaged()
    {
        byte[] file = Png(3, 1, 3, [("PLTE", [1, 2, 3]), ("IDAT", [0x78, 0x20, 1, 2, 3, 4, 5, 6, 7, 8])]);
        Assert.Contains("is damaged", Assert.Throws<ClipLensException>(() => ImageDecoder.Decode(file, "x")).Message);
    }

    [Fact]
    public void Rows_of_a_bmp_that_end_early_show_the_first_colour()
    {
        // 4 x 2 pixels of 8 bits: the lower row has one pixel of colour 1, the upper one has two and nothing more.
        byte[] runs = [1, 1, 0, 0, 2, 1, 0, 0, 0, 1];
        byte[] file = new byte[14 + 40 + 8 + runs.Length];
        "BM"u8.CopyTo(file);
        foreach (var (at, value) in new[] { (2, file.Length), (10, 62), (14, 40), (18, 4), (22, 2), (26, 1 | 8 << 16), (30, 1),
            (34, runs.Length), (46, 2) })
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at), value);
        new byte[] { 30, 20, 10, 0, 3, 2, 1, 0 }.CopyTo(file, 54);
        runs.CopyTo(file, 62);
        Assert.Equal([1, 2, 3, 1, 2, 3, 10, 20, 30, 10, 20, 30, 1, 2, 3, 10, 20, 30, 10, 20, 30, 10, 20, 30], ImageDecoder.Decode(file, "x")
            .Pixels.ToArray());
    }

    [Fact]
    public void A_small_file_with_a_huge_picture_is_refused_before_memory_is_taken()
    {
        byte[] file = Png(12_000, 12_000, 2, [("IDAT", Pack(new byte[1 << 16]))]);
        long before = GC.GetTotalAllocatedBytes();
        Assert.Contains("12000 x 12000 pixels, far more than its", Assert.Throws<ClipLensException>(() => ImageDecoder.Decode(file, "x"))
            .Message);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 1 << 20);
    }

    private static ClipModel Model(out ScratchFolder folder)
    {
        folder = new ScratchFolder();
        File.CreateSymbolicLink(folder.File("open_clip_model.safetensors"),
            SharedData.Path("golden", "formats", "a_openclip_native.safetensors"));
        File.CreateSymbolicLink(folder.File("open_clip_config.json"), SharedData.Path("golden", "formats", "a_open_clip_config.gelu.json"));
        return ClipModel.Load(folder.Path);
    }

    private static byte[] Png(int width, int height, byte kind, (string Kind, byte[] Data)[] chunks)
    {
        List<byte> file = [0x89, .. "PNG\r\n\u001a\n"u8];
        byte[] head = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(head, width);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), height);
        (head[8], head[9]) = (8, kind);
        foreach (var (name, data) in chunks.Prepend(("IHDR", head)).Append(("IEND", [])))
        {
            byte[] named = [.. Encoding.ASCII.GetBytes(name), .. data], number = new byte[8];
            BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
            BinaryPrimitives.WriteUInt32BigEndian(number.AsSpan(4), Crc(named));
            file.AddRange([.. number[..4], .. named, .. number[4..]]);
        }
        return [.. file];
    }

    // Bit by bit, as the specification describes it.
    private static uint Crc(byte[] bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
        }
        return ~crc;
    }

    private static byte[] Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var stream = new ZLibStream(packed, CompressionLevel.Fastest)) stream.Write(bytes);
        return packed.ToArray();
    }
}
