using ClipLens.Models.Configuration;
using ClipLens.Models.Images;
using CsCheck;
using static TorchSharp.torch;

namespace ClipLens.Tests.Models.Images;

public class ImagePreprocessorTests
{
    public static TheoryData<string, string> Crops => PillowPictures.Section("crops");

    public static TheoryData<string, string> Masks => PillowPictures.Section("masks");

    [Theory, MemberData(nameof(Crops))]
    public void A_crop_has_the_bytes_of_pillow_and_torchvision(string sizes, string sha)
    {
        (RgbImage image, int size) = Formula(sizes);
        Assert.Equal(sha, PillowPictures.Sha(new ImagePreprocessor(size, PreprocessConfig.OpenAi).Crop(image)));
    }

    [Theory, MemberData(nameof(Masks))]
    public void A_mask_has_the_labels_of_pillows_nearest(string sizes, string sha)
    {
        (RgbImage image, int size) = Formula(sizes);
        byte[] labels = [.. image.Pixels.ToArray().Where((_, i) => i % 3 == 0)];
        byte[] crop = new ImagePreprocessor(size, PreprocessConfig.OpenAi).CropMask(labels, image.Width, image.Height);
        Assert.Equal(sha, PillowPictures.Sha(crop));
    }

    [Fact]
    public void Sizes_follow_torchvisions_rounding()
    {
        // int(224 * 500 / 375) = 298, (298 - 224) / 2 = 37; 225 x 226: int(224 * 226 / 225) = 224.99 -> 224.
        Assert.Equal((298, 224, 37, 0), Shape(new(500, 375, 224)));
        Assert.Equal((224, 224, 0, 0), Shape(new(225, 226, 224)));
        // Halves go to the even neighbour: 0.5 -> 0, 1.5 -> 2, 2.5 -> 2.
        Assert.Equal((224, 225, 0, 0), Shape(new(224, 225, 224)));
        Assert.Equal((224, 227, 0, 2), Shape(new(224, 227, 224)));
        Assert.Equal((229, 224, 2, 0), Shape(new(229, 224, 224)));
        // A strip of one column: 224 x 22.4 million in Pillow, of which only the crop is ever made here.
        Assert.Equal((224, 22_400_000, 0, 11_199_888), Shape(new(1, 100_000, 224)));
        Assert.Equal((62.080536912751676, 0, 375.83892617449663, 375), new CropGeometry(500, 375, 224).SeenBox);
    }

    [Fact]
    public void A_strip_costs_only_its_crop()
    {
        byte[] pixels = new byte[3 * 100_000];
        Array.Fill(pixels, (byte)90);
        byte[] crop = new ImagePreprocessor(224, PreprocessConfig.OpenAi).Crop(new RgbImage(1, 100_000, pixels));
        Assert.All(crop, value => Assert.Equal(90, value));
    }

    [Fact]
    public void Halving_gives_the_values_worked_out_by_hand()
    {
        // 8 -> 4: output j has its centre at 2j + 1, input i lies |i + 0.5 - centre| / 2 from it. Catmull-Rom at the distances 0.25,
        // 0.75, 1.25, 1.75 is 0.8671875, 0.2265625, -0.0703125, -0.0234375, and what falls outside the image leaves the sum.
        byte[] row = [0, 0, 0, 0, 200, 200, 200, 200];
        byte[] pixels = [.. Enumerable.Range(0, 64).SelectMany(i => Enumerable.Repeat(row[i % 8], 3))];
        byte[] crop = new ImagePreprocessor(4, PreprocessConfig.OpenAi).Crop(new RgbImage(8, 8, pixels));
        // Output 0: only input 4 is bright, at 1.75: below zero, held at 0. Output 1: inputs 4, 5, 6 of a sum of 2.0234375: 200 *
        // 0.1328125 / 2.0234375 = 13.13. Output 2: inputs 4 to 7: 200 * 1.890625 / 2.0234375 = 186.87. Output 3: the same of 1.8671875:
        // 202.51, an overshoot that stays.
        Assert.Equal([0, 13, 187, 203], crop.Take(12).Where((_, i) => i % 3 == 0));
    }

    [Fact]
    public void Any_size_equals_a_plain_resize() => Gen.Select(
        Gen.Int[1, 90], Gen.Int[1, 90], Gen.Int[1, 40], Gen.Int[0, int.MaxValue]).Sample((width, height, size, seed) =>
        {
            byte[] pixels = new byte[width * height * 3];
            new Random(seed).NextBytes(pixels);
            return new[] { false, true }.All(squashes =>
                new ImagePreprocessor(size, PreprocessConfig.OpenAi with { Squashes = squashes }).Crop(new RgbImage(width, height, pixels))
                    .AsSpan().SequenceEqual(PlainResize.Crop(pixels, width, height, size, squashes)));
        }, iter: 300);

    [Fact]
    public void Input_is_torchvisions_to_the_bit()
    {
        byte[] crop = [.. Enumerable.Range(0, 16 * 16 * 3).Select(i => (byte)(i / 3))];
        float[] input = new float[crop.Length];
        new ImagePreprocessor(16, PreprocessConfig.OpenAi).Normalise(crop, input);
        using var scope = NewDisposeScope();
        Tensor mean = tensor(PreprocessConfig.OpenAi.Mean.ToArray()).view(3, 1, 1);
        Tensor std = tensor(PreprocessConfig.OpenAi.Std.ToArray()).view(3, 1, 1);
        Tensor expected = tensor(crop).view(16, 16, 3).permute(2, 0, 1).to(float32).div(255).sub(mean).div(std).contiguous();
        Assert.Equal(expected.data<float>().ToArray(), input);
    }

    [Fact]
    public void Wrong_figures_are_refused()
    {
        Assert.Throws<ClipLensException>(() => new ImagePreprocessor(224, new PreprocessConfig([0, 0, 0], [1, 0, 1])));
        Assert.Throws<ClipLensException>(() => new ImagePreprocessor(224, new PreprocessConfig([0, 0], [1, 1, 1])));
        Assert.Throws<ArgumentException>(() => new ImagePreprocessor(2, PreprocessConfig.OpenAi).CropMask([1, 2, 3], 2, 2));
    }

    private static (long, long, long, long) Shape(CropGeometry g) => (g.ResizedWidth, g.ResizedHeight, g.Left, g.Top);

    /// <summary>The image that make.py resizes, from "WxH-size".</summary>
    private static (RgbImage Image, int Size) Formula(string sizes)
    {
        int[] n = [.. sizes.Split('x', '-').Select(int.Parse)];
        byte[] pixels = new byte[n[0] * n[1] * 3];
        for (int y = 0, i = 0; y < n[1]; y++)
        {
            for (int x = 0; x < n[0]; x++, i += 3)
                (pixels[i], pixels[i + 1], pixels[i + 2]) = ((byte)(x * y + 3 * x), (byte)((x * x + 7 * y) >> 2),
                    (byte)(255 * ((x / 3 + y / 5) & 1)));
        }
        return (new RgbImage(n[0], n[1], pixels), n[2]);
    }
}
