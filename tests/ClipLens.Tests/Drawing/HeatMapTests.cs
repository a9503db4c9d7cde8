using ClipLens.Drawing;
using ClipLens.Models.Images;
using static TorchSharp.torch;

namespace ClipLens.Tests.Drawing;

public class HeatMapTests
{
    [Fact]
    public void Upsampling_is_torchs_bilinear_interpolation()
    {
        var random = new Random(4);
        float[] values = [.. Enumerable.Range(0, 3 * 5).Select(_ => random.NextSingle())];
        using var scope = NewDisposeScope();
        foreach ((int height, int width) in new[] { (224, 224), (3, 5), (7, 4), (100, 33), (2, 3) })
        {
            Tensor expected = nn.functional.interpolate(tensor(values).view(1, 1, 3, 5), [height, width],
                mode: InterpolationMode.Bilinear, align_corners: false);
            float[] upsampled = new HeatMap(values, 3, 5).Upsample(height, width);
            Assert.Equal(height * width, upsampled.Length);
            Assert.True(upsampled.Zip(expected.data<float>().ToArray(), (a, b) => Math.Abs(a - b)).Max() < 1e-6);
        }
    }

    [Fact]
    public void The_hottest_place_is_pale_yellow_and_the_coldest_keeps_its_colours()
    {
        RgbImage grey = Plain(100, 100, 100, 100, 100);
        float[] values = new float[25];
        values[3 * 5 + 1] = 8;
        RgbImage seen = new HeatMap(values, 5, 5).Overlay(grey);
        (byte red, byte green, byte blue) = Pixel(seen, 30, 70);
        // 3/4 of inferno's last colour (252, 255, 164) and 1/4 of the picture at 85 % of 100; the middle of the patch is half a pixel away.
        Assert.InRange(red, 200, 215);
        Assert.InRange(green, 180, 214);
        Assert.InRange(blue, 90, 146);
        Assert.Equal((85, 85, 85), Pixel(seen, 90, 10));
        // A scale given from outside makes maps comparable: at a tenth of it the patch is hardly warm.
        (byte coolRed, byte coolGreen, _) = Pixel(new HeatMap(values, 5, 5).Overlay(grey, 0, 80), 30, 70);
        Assert.True(coolRed < 100 && coolGreen < 80);
    }

    [Fact]
    public void Only_what_the_model_saw_is_coloured()
    {
        // 200 x 100 is resized to 64 x 32 and cropped to its middle: columns 50 to 150 of the picture.
        RgbImage seen = new HeatMap([1, 1, 1, 1], 2, 2).Overlay(Plain(200, 100, 200, 100, 0), 0, 1, new CropGeometry(200, 100, 32));
        byte grey = (byte)((0.299 * 200 + 0.587 * 100) * 0.45);
        Assert.Equal((grey, grey, grey), Pixel(seen, 49, 50));
        Assert.Equal((grey, grey, grey), Pixel(seen, 150, 0));
        Assert.NotEqual((grey, grey, grey), Pixel(seen, 50, 0));
        Assert.Equal(Pixel(seen, 50, 0), Pixel(seen, 149, 99));
    }

    [Fact]
    public void A_level_map_or_one_with_gaps_does_not_break_the_picture()
    {
        Assert.Equal((85, 85, 85), Pixel(new HeatMap([2, 2, 2, 2], 2, 2).Overlay(Plain(8, 8, 100, 100, 100)), 3, 3));
        Assert.Equal(8 * 8 * 3, new HeatMap([2, float.NaN, 5, 2], 2, 2).Overlay(Plain(8, 8, 100, 100, 100)).Pixels.Length);
    }

    [Fact]
    public void A_mask_is_tinted_outlined_and_the_rest_dimmed()
    {
        byte[] labels = new byte[400];
        for (int y = 5; y < 15; y++)
            for (int x = 5; x < 15; x++) labels[y * 20 + x] = 3;
        labels[0] = 255;
        RgbImage drawn = MaskOverlay.Draw(Plain(20, 20, 100, 100, 100), new LabelMask(20, 20, labels), 0xFF0000);
        Assert.Equal((55, 55, 55), Pixel(drawn, 0, 0));
        Assert.Equal((255, 0, 0), Pixel(drawn, 5, 9));
        Assert.Equal((162, 60, 60), Pixel(drawn, 10, 10));
        var error = Assert.Throws<ClipLensException>(() => MaskOverlay.Draw(Plain(10, 20, 0, 0, 0), new LabelMask(20, 20, labels)));
        Assert.Contains("20 x 20", error.Message);
    }

    internal static RgbImage Plain(int width, int height, byte red, byte green, byte blue) =>
        new(width, height, [.. Enumerable.Range(0, width * height).SelectMany(_ => new[] { red, green, blue })]);

    internal static (byte, byte, byte) Pixel(RgbImage image, int x, int y)
    {
        int at = (y * image.Width + x) * 3;
        return (image.Pixels[at], image.Pixels[at + 1], image.Pixels[at + 2]);
    }
}
