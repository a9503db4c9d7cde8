using System.Text.Json;
using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Models.Configuration;
using ClipLens.Models.Images;
using ClipLens.Tests.Models.Images;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Models;

/// <summary>The architectures in use, in open_clip's and Hugging Face's layouts, against what their reference code computes.</summary>
public class ArchitectureTests
{
    public static TheoryData<string> Names => GoldenArchitecture.Names;

    [SharedTheory, MemberData(nameof(Names))]
    public void Embeddings_are_those_of_the_reference_code(string name)
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        using var golden = new GoldenArchitecture(name);
        using var model = ClipModel.Load(golden.Folder);
        Near(golden["image.embedding"], model.Image.Encode(golden["pixel_values"]));
        Near(golden["text.embedding"], model.Text.Encode(golden["input_ids"]));
        if (!golden.Has("logits_per_image")) return;
        var images = nn.functional.normalize(golden["image.embedding"], 2, 1);
        var texts = nn.functional.normalize(golden["text.embedding"], 2, 1);
        Near(golden["logits_per_image"], images.matmul(texts.t()) * Math.Exp(model.LogitScale!.Value) + (model.LogitBias ?? 0));
    }

    [SharedTheory, MemberData(nameof(Names))]
    public void Every_step_of_the_image_tower_is_that_of_the_reference_code(string name)
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        using var golden = new GoldenArchitecture(name);
        using var model = ClipModel.Load(golden.Folder);
        int layers = model.Config.Vision.Layers;
        int[] all = [.. Enumerable.Range(0, layers)];
        var readers = model.Config.Vision.Pool is null ? all : [layers];
        var trace = model.Image.Trace(golden["pixel_values"], new TraceRequest
        {
            ResidPre = [.. all, .. readers],
            ResidPost = [.. all],
            MlpPost = [.. all],
            Pattern = [.. all],
            Attention = [.. readers],
        });
        foreach (int layer in all)
        {
            Near(golden[$"image.residual.{layer}"], trace.ResidPre[layer]);
            Near(golden[$"image.residual.{layer + 1}"], trace.ResidPost[layer]);
            Near(golden[$"image.mlp_act.{layer}"], trace.MlpPost[layer]);
            Near(golden[$"image.attn.{layer}"], trace.Pattern[layer]);
        }
        if (model.Config.Vision.Pool is not null) Near(golden["image.pool.attn"].select(2, 0), trace.Attention[layers].Pattern);
        Near(golden["image.embedding"], trace.Representation);
        if (!golden.Has("image.rope.cos")) return;
        var vision = model.Config.Vision;
        using var rotary = new Rotary(vision.Rotary!, vision.Width / vision.Heads, vision.Grid, vision.Grid, 0, Placement.Cpu);
        Near(golden["image.rope.cos"], rotary.Cosines);
        Near(golden["image.rope.sin"], rotary.Sines);
    }

    [SharedTheory, MemberData(nameof(Names))]
    public void Photographs_and_texts_go_all_the_way_as_in_the_reference_code(string name)
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        using var golden = new GoldenArchitecture(name);
        using var model = ClipModel.Load(golden.Folder);
        var facts = golden.Facts("e2e.json");
        string[] photos = [.. facts.GetProperty("photos").EnumerateArray().Select(photo => photo.GetString()!)];
        for (int i = 0; i < photos.Length; i++)
        {
            byte[] crop = model.Preprocessor.Crop(ImageDecoder.Decode(SharedData.Path("data", "photos", photos[i])));
            Assert.Equal(facts.GetProperty("pixels_sha256")[i].GetString(), PillowPictures.Sha(crop));
            float[] input = new float[model.Preprocessor.InputLength];
            model.Preprocessor.Normalise(crop, input);
            var pixels = tensor(input, [1, 3, model.Preprocessor.Size, model.Preprocessor.Size]);
            Near(Numbers(facts.GetProperty("image_embedding")[i]), model.Image.Encode(pixels)[0]);
        }
        if (!facts.TryGetProperty("texts", out var texts)) return;
        for (int i = 0; i < texts.GetArrayLength(); i++)
        {
            // The library that Hugging Face's layout of SigLIP 2 was computed with leaves capitals, which the training did not.
            if (name == "siglip2_hf" && texts[i].GetString()!.Any(char.IsUpper)) continue;
            int[] ids = [.. facts.GetProperty("input_ids")[i].EnumerateArray().Select(id => id.GetInt32())];
            Assert.Equal(ids, model.Tokenizer.Encode(texts[i].GetString()!));
            Near(Numbers(facts.GetProperty("text_embedding")[i]), model.EmbedTexts([texts[i].GetString()!])[0]);
        }
    }

    [SharedTheory]
    [InlineData("squash_bicubic_224", true, Interpolation.Bicubic)]
    [InlineData("squash_bilinear_224", true, Interpolation.Bilinear)]
    [InlineData("shortest_bilinear_224", false, Interpolation.Bilinear)]
    public void Pixels_are_those_of_Pillow_and_torchvision(string mode, bool squashes, Interpolation interpolation)
    {
        var preprocessor = new ImagePreprocessor(224, PreprocessConfig.OpenAi with { Squashes = squashes, Interpolation = interpolation });
        var facts = JsonDocument.Parse(File.ReadAllText(GoldenArchitecture.PathOf("preprocess", "preprocess.json"))).RootElement;
        var photos = facts.GetProperty("photos").EnumerateObject().ToList();
        Assert.Equal(20, photos.Count);
        foreach (var photo in photos)
        {
            byte[] crop = preprocessor.Crop(ImageDecoder.Decode(SharedData.Path("data", "photos", photo.Name)));
            Assert.Equal(photo.Value.GetProperty("pixels_sha256").GetProperty(mode).GetString(), PillowPictures.Sha(crop));
        }
    }

    private static Tensor Numbers(JsonElement list) => tensor(list.EnumerateArray().Select(number => number.GetSingle()).ToArray());

    private static void Near(Tensor expected, Tensor actual) => Assert.InRange(Golden.RelativeError(actual, expected), 0, 1e-4);
}
