using System.Runtime.InteropServices;
using System.Text.Json;
using ClipLens.Models.Configuration;
using ClipLens.Models.Images;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Models.Images;

/// <summary>Every shared image has the bytes that Pillow and torchvision make of it.</summary>
public class GoldenPixelTests
{
    [SharedTheory]
    [InlineData("D", 1000, "photos"), InlineData("VAL", 300, "validation"), InlineData("SEG", 60, "segmentation/images")]
    public void Decoded_pictures_and_crops_are_equal(string section, int count, string folder)
    {
        using var pixels = JsonDocument.Parse(File.ReadAllText(SharedData.Path("golden", "pixels.json")));
        JsonElement[] pictures = [.. pixels.RootElement.GetProperty(section).EnumerateArray()];
        var preprocessor = new ImagePreprocessor(224, PreprocessConfig.OpenAi);
        List<string> wrong = [];
        Parallel.ForEach(pictures, picture =>
        {
            string file = picture.GetProperty("file").GetString()!;
            RgbImage image = ImageDecoder.Decode(SharedData.Path("data", folder, file));
            byte[] crop = preprocessor.Crop(image);
            if (PillowPictures.Sha(image.Pixels) == picture.GetProperty("decoded_rgb_sha256").GetString()
                && PillowPictures.Sha(crop) == picture.GetProperty("crop224_rgb_sha256").GetString()) return;
            lock (wrong) wrong.Add(file);
        });
        Assert.Equal(count, pictures.Length);
        Assert.Empty(wrong);
    }

    [SharedFact]
    public void The_networks_input_is_equal_to_the_bit()
    {
        var golden = GoldenArrays.Open("effects");
        float[] expected = MemoryMarshal.Cast<byte, float>(golden.Bytes("pixels")).ToArray();
        float[] input = new float[3 * 224 * 224];
        var preprocessor = new ImagePreprocessor(224, new PreprocessConfig([0.5f, 0.5f, 0.5f], [0.5f, 0.5f, 0.5f]));
        string[] names = [.. golden.Facts.GetProperty("images").EnumerateObject().Take(2).Select(image => image.Value.GetString()!)];
        for (int i = 0; i < 2; i++)
        {
            preprocessor.ToInput(ImageDecoder.Decode(SharedData.Path("data", "photos", names[i])), input);
            Assert.Equal(expected.AsSpan(i * input.Length, input.Length), input.AsSpan());
        }
    }
}
