using ClipLens.Models.Configuration;
using ClipLens.Models.Images;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Models.Images;

public class MaskDecoderTests
{
    public static TheoryData<string, string> Labels => PillowPictures.Section("labels");

    [Theory, MemberData(nameof(Labels))]
    public void Labels_are_the_stored_indices_or_grey_values(string name, string sha)
    {
        LabelMask mask = MaskDecoder.Decode(PillowPictures.Path(name));
        Assert.Equal((13, 11), (mask.Width, mask.Height));
        Assert.Equal(sha, PillowPictures.Sha(mask.Labels));
    }

    [Fact]
    public void Grey_of_a_few_bits_is_not_scaled()
    {
        byte[] Stored(Func<int, int, int> value) => [.. Enumerable.Range(0, 143).Select(i => (byte)value(i % 13, i / 13))];
        Assert.Equal(Stored((x, y) => (x * y / 3) & 1), MaskDecoder.Decode(PillowPictures.Path("grey1.png")).Labels);
        Assert.Equal(Stored((x, y) => (x ^ y) & 1), MaskDecoder.Decode(PillowPictures.Path("grey1-interlaced.png")).Labels);
        Assert.Equal(Stored((x, y) => (x + y) & 3), MaskDecoder.Decode(PillowPictures.Path("grey2.png")).Labels);
        Assert.Equal(Stored((x, y) => (x * y) & 15), MaskDecoder.Decode(PillowPictures.Path("grey4.png")).Labels);
    }

    [Theory]
    [InlineData("rgb.png", "colours instead of labels"), InlineData("grey16.png", "has 16 bits and labels up to")]
    [InlineData("grey-alpha.png", "has an alpha channel with transparent pixels")]
    [InlineData("rgb.jpg", "not a PNG"), InlineData("no-such.png", "not there")]
    public void What_is_no_mask_is_refused(string name, string reason)
    {
        var error = Assert.Throws<ClipLensException>(() => MaskDecoder.Decode(PillowPictures.Path(name)));
        Assert.Contains(reason, error.Message);
        Assert.Contains(name, error.Message);
    }

    [Theory]
    [InlineData(16, 0, 0, 1, 0, 255), InlineData(16, 0, 0, 0, 255, 255), InlineData(8, 4, 1, 255, 2, 255),
        InlineData(16, 4, 0, 1, 255, 255)]
    [InlineData(8, 2, 7, 7, 7, 0), InlineData(8, 6, 3, 3, 3, 255)]
    public void Grey_in_other_forms_has_its_labels(int depth, int kind, byte a, byte b, byte c, byte d)
    {
        // Two pixels of 16-bit grey or of grey and alpha, one of the others.
        bool wide = kind == 4 && depth == 16;
        int channels = kind switch { 0 => 1, 4 => 2, 2 => 3, _ => 4 }, bytes = channels * depth / 8;
        byte[] row = wide ? [a, b, 255, 255] : kind == 2 ? [a, b, c] : [a, b, c, d];
        using var folder = new ScratchFolder();
        var mask = MaskDecoder.Decode(Png(folder.File("m.png"), row.Length / bytes, 1, depth, kind, [0, .. row]));
        byte[] expected = (depth, kind) switch { (16, 0) => [b, d], (8, 4) => [a, c], (16, 4) => [b], _ => [a] };
        Assert.Equal(expected, mask.Labels);
    }

    [Fact]
    public void Black_and_white_of_16_bits_is_0_and_255_and_larger_labels_are_refused()
    {
        using var folder = new ScratchFolder();
        Assert.Equal([0, 255], MaskDecoder.Decode(Png(folder.File("m.png"), 2, 1, 16, 0, [0, 0, 0, 255, 255])).Labels.ToArray());
        Assert.Contains("labels up to 256", Assert.Throws<ClipLensException>(() =>
            MaskDecoder.Decode(Png(folder.File("m.png"), 2, 1, 16, 0, [0, 0, 0, 1, 0]))).Message);
    }

    [Fact]
    public void A_stream_that_asks_for_a_dictionary_is_damaged()
    {
        using var folder = new ScratchFolder();
        byte[] asks = [0x78, 0x20, 0x63, 0xDE, 0xCF, 0xF4, 0x82, 0xF1, 0x3B, 0x93];
        Assert.Contains("m.png is damaged", Assert.Throws<ClipLensException>(() =>
            MaskDecoder.Decode(Png(folder.File("m.png"), 4, 13, 1, 0, asks, packed: true))).Message);
    }

    private static string Png(string path, int width, int height, int depth, int kind, byte[] lines, bool packed = false)
    {
        using var zipped = new MemoryStream();
        if (packed) zipped.Write(lines);
        else
            using (var zip = new System.IO.Compression.ZLibStream(zipped, System.IO.Compression.CompressionLevel.Fastest,
            leaveOpen: true)) zip.Write(lines);
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        Chunk("IHDR"u8, [0, 0, 0, (byte)width, 0, 0, 0, (byte)height, (byte)depth, (byte)kind, 0, 0, 0]);
        Chunk("IDAT"u8, zipped.ToArray());
        Chunk("IEND"u8, []);
        File.WriteAllBytes(path, file.ToArray());
        return path;

        void Chunk(ReadOnlySpan<byte> name, byte[] data)
        {
            file.Write([0, 0, (byte)(data.Length >> 8), (byte)data.Length]);
            file.Write(name);
            file.Write(data);
            file.Write([0, 0, 0, 0]);
        }
    }

    [SharedFact]
    public void Shared_masks_in_the_models_crop_equal_the_golden_ones()
    {
        var golden = GoldenArrays.Open("segmentation-layer9");
        byte[] expected = golden.Bytes("masks");
        var preprocessor = new ImagePreprocessor(224, PreprocessConfig.OpenAi);
        int at = 0;
        foreach (var id in golden.Facts.GetProperty("ids").EnumerateArray())
        {
            LabelMask mask = MaskDecoder.Decode(SharedData.Path("data", "segmentation", "masks",
                $"{id.GetProperty("id").GetString()}.png"));
            // The golden masks have 1 for the one class of the image.
            byte[] crop = preprocessor.CropMask(mask.Labels, mask.Width, mask.Height);
            crop = [.. crop.Select(label => label is 0 or 255 ? label : (byte)1)];
            Assert.Equal(expected.AsSpan(at++ * 224 * 224, 224 * 224), crop.AsSpan());
        }
        Assert.Equal(60, at);
    }
}
