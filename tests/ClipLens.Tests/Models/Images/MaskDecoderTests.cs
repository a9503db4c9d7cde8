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
    [InlineData("rgb.png", "colours instead of labels"), InlineData("grey16.png", "colours instead of labels")]
    [InlineData("grey-alpha.png", "colours instead of labels")]
    [InlineData("rgb.jpg", "not a PNG"), InlineData("no-such.png", "not there")]
    public void What_is_no_mask_is_refused(string name, string reason)
    {
        var error = Assert.Throws<ClipLensException>(() => MaskDecoder.Decode(PillowPictures.Path(name)));
        Assert.Contains(reason, error.Message);
        Assert.Contains(name, error.Message);
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
            // The golden masks have 1 for the one class of the photograph.
            byte[] crop = preprocessor.CropMask(mask.Labels, mask.Width, mask.Height);
            crop = [.. crop.Select(label => label is 0 or 255 ? label : (byte)1)];
            Assert.Equal(expected.AsSpan(at++ * 224 * 224, 224 * 224), crop.AsSpan());
        }
        Assert.Equal(60, at);
    }
}
