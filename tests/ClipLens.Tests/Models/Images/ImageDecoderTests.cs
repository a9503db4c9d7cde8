using System.Buffers.Binary;
using ClipLens.Models.Images;
using SkiaSharp;

namespace ClipLens.Tests.Models.Images;

public class ImageDecoderTests
{
    public static TheoryData<string, string> Pictures => PillowPictures.Section("pictures");

    public static TheoryData<string, string> Upright => PillowPictures.Section("upright");

    [Theory, MemberData(nameof(Pictures))]
    public void Every_kind_of_picture_has_the_bytes_that_pillow_reads(string name, string sha)
    {
        RgbImage image = ImageDecoder.Decode(PillowPictures.Path(name));
        Assert.Equal(name[..6] == "turned" && name[6] >= '5' ? (11, 13) : (13, 11), (image.Width, image.Height));
        Assert.Equal(sha, PillowPictures.Sha(image.Pixels));
    }

    [Theory, MemberData(nameof(Upright))]
    public void Orientation_is_applied_when_asked_for(string name, string sha)
    {
        RgbImage image = ImageDecoder.Decode(PillowPictures.Path(name), applyOrientation: true);
        Assert.Equal(name[4] >= '5' ? (11, 13) : (13, 11), (image.Width, image.Height));
        Assert.Equal(sha, PillowPictures.Sha(image.Pixels));
    }

    [Fact]
    public void Drawn_pixels_come_back_and_alpha_is_dropped()
    {
        using var bitmap = new SKBitmap(new SKImageInfo(3, 2, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        for (int i = 0; i < 6; i++)
            bitmap.SetPixel(i % 3, i / 3, new SKColor((byte)(40 * i), (byte)(250 - i), 7, (byte)(i == 0 ? 1 : 90 + i)));
        using var stream = new MemoryStream();
        bitmap.Encode(stream, SKEncodedImageFormat.Png, 100);
        stream.Position = 0;
        RgbImage image = ImageDecoder.Decode(stream);
        Assert.Equal(Enumerable.Range(0, 6).SelectMany(i => new[] { (byte)(40 * i), (byte)(250 - i), (byte)7 }), image.Pixels.ToArray());
    }

    [Theory]
    [InlineData("rgb.jpg"), InlineData("progressive.jpg"), InlineData("rgb.png"), InlineData("grey16.png")]
    [InlineData("palette8-interlaced.png"), InlineData("rgb.webp"), InlineData("lossless.webp"), InlineData("palette.gif")]
    [InlineData("rgb.bmp"), InlineData("rgb-raw.tif"), InlineData("rgb-lzw.tif"), InlineData("rgb-planes-tiles.tif")]
    public void A_picture_cut_anywhere_is_refused_by_name_or_whole(string name)
    {
        byte[] file = File.ReadAllBytes(PillowPictures.Path(name));
        byte[] whole = ImageDecoder.Decode(file, name).Pixels.ToArray();
        int refused = 0;
        for (int length = 0; length < file.Length; length++)
        {
            // What is missing at the very end may be a checksum or an end mark, which holds no pixel.
            try { Assert.Equal(whole, ImageDecoder.Decode(file.AsSpan(0, length), name).Pixels); }
            catch (ClipLensException error)
            {
                Assert.Contains(name, error.Message);
                refused++;
            }
        }
        Assert.True(refused >= file.Length - 22, $"only {refused} of {file.Length} were refused");
    }

    [Fact]
    public void Garbage_is_refused_by_name()
    {
        byte[] noise = new byte[5000];
        new Random(1).NextBytes(noise);
        foreach (byte[] bytes in new byte[][] { noise, new byte[1000], "hello, this is text"u8.ToArray(), [0xff, 0xd8, 0xff] })
            Assert.Contains("not an image that can be read", Refusal(bytes).Message);
        Assert.Contains("empty file", Refusal([]).Message);
    }

    [Fact]
    public void A_flipped_byte_never_does_more_than_refuse_or_change_pixels()
    {
        var random = new Random(3);
        string[] names = ["rgb.jpg", "cmyk.jpg", "rgb.png", "grey16.png", "palette4.png", "rgb.webp", "part-clear.gif", "565.bmp"];
        foreach (string name in names)
        {
            byte[] file = File.ReadAllBytes(PillowPictures.Path(name));
            for (int i = 0; i < 300; i++)
            {
                byte[] changed = (byte[])file.Clone();
                for (int k = 0; k < 1 + i % 4; k++) changed[random.Next(changed.Length)] = (byte)random.Next(256);
                try { ImageDecoder.Decode(changed, name); }
                catch (ClipLensException error) { Assert.Contains(name, error.Message); }
            }
        }
    }

    [Fact]
    public void A_header_of_ten_thousand_million_pixels_is_refused_before_memory_is_taken()
    {
        byte[] png = File.ReadAllBytes(PillowPictures.Path("rgb.png"));
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), 100_000);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), 100_000);
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), Crc32(png.AsSpan(12, 17)));
        byte[] jpeg = File.ReadAllBytes(PillowPictures.Path("rgb.jpg"));
        int frame = jpeg.AsSpan().IndexOf([(byte)0xff, (byte)0xc0]);
        jpeg.AsSpan(frame + 5, 4).Fill(0xf0);
        byte[] bmp = File.ReadAllBytes(PillowPictures.Path("rgb.bmp"));
        BinaryPrimitives.WriteInt32LittleEndian(bmp.AsSpan(18), 40_000);
        BinaryPrimitives.WriteInt32LittleEndian(bmp.AsSpan(22), 40_000);
        long before = GC.GetTotalAllocatedBytes();
        foreach (byte[] file in new[] { png, jpeg, bmp }) Assert.Contains("more than the limit of 178956970", Refusal(file).Message);
        Assert.True(GC.GetTotalAllocatedBytes() - before < 1 << 20);
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_named()
    {
        Assert.Contains("not there", Assert.Throws<ClipLensException>(() => ImageDecoder.Decode("/nowhere/at all.png")).Message);
        Assert.Contains("is a folder", Assert.Throws<ClipLensException>(() => ImageDecoder.Decode(Path.GetTempPath())).Message);
    }

    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
        }
        return ~crc;
    }

    private static ClipLensException Refusal(byte[] file)
    {
        var error = Assert.Throws<ClipLensException>(() => ImageDecoder.Decode(file, "the-name"));
        Assert.Contains("the-name", error.Message);
        return error;
    }
}
