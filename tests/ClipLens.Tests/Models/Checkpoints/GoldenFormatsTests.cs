using ClipLens.Files;
using ClipLens.Models;
using ClipLens.Models.Checkpoints;
using ClipLens.Models.Configuration;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Models.Checkpoints;

/// <summary>One small random CLIP in every format, as Python wrote it.</summary>
public class GoldenFormatsTests
{
    // Sources under their names in shared/golden/formats, and the names they have in a user's folder.
    private static readonly Dictionary<string, (string Source, string Name)[]> Layouts = new()
    {
        ["open_clip"] = [("a_openclip_native.safetensors", "open_clip_model.safetensors"),
            ("a_open_clip_config.ACT.json", "open_clip_config.json")],
        ["huggingface"] = [("b_hf_clipmodel.safetensors", "model.safetensors"), ("b_hf_config.ACT.json", "config.json")],
        ["bin"] = [("c_openclip_state_dict.bin", "open_clip_pytorch_model.bin"), ("a_open_clip_config.ACT.json", "open_clip_config.json")],
        ["openai"] = [("d_openai_torchscript.pt", "ViT-T-16.pt"), ("a_open_clip_config.ACT.json", "ViT-T-16.json")],
    };

    [SharedTheory]
    [InlineData("open_clip", "open_clip")]
    [InlineData("huggingface", "huggingface")]
    [InlineData("bin", "open_clip")]
    [InlineData("openai", "openai")]
    public void Every_format_gives_the_same_model(string layout, string format)
    {
        using var folder = new ScratchFolder();
        using var checkpoint = Checkpoint.Open(Lay(folder, layout, "quick_gelu"));
        Assert.Equal(format, checkpoint.Format);
        var expected = new ClipConfig(48, new VisionConfig(64, 16, 64, 3, 4, 256, Activation.QuickGelu),
            new TextConfig(77, 49408, 32, 2, 4, 128, Activation.QuickGelu, layout == "huggingface" ? TextPooling.EndToken
            : TextPooling.ArgMax),
            PreprocessConfig.OpenAi);
        Assert.Equal(expected with { Preprocess = checkpoint.Config.Preprocess }, checkpoint.Config);
        Assert.Equal(PreprocessConfig.OpenAi.Mean, checkpoint.Config.Preprocess.Mean);
        Assert.Equal(PreprocessConfig.OpenAi.Std, checkpoint.Config.Preprocess.Std);

        using var native = SafeTensorsFile.Open(SharedData.Path("golden", "formats", "a_openclip_native.safetensors"));
        Assert.Equal(native.Names.Order(), checkpoint.TensorNames.Order());
        foreach (string name in checkpoint.TensorNames)
        {
            using var tensor = checkpoint.LoadTensor(name);
            Assert.Equal(ScalarType.Float32, tensor.dtype);
            Assert.Equal(native[name].Shape, tensor.shape);
            float[] values = native.ReadFloats(name);
            // OpenAI's file holds most tensors rounded to float16, the others to the bit.
            if (format == "openai" && IsHalf(name)) values = [.. values.Select(value => (float)(Half)value)];
            Assert.True(values.AsSpan().SequenceEqual(tensor.data<float>().ToArray()), name);
        }
    }

    [SharedTheory]
    [InlineData("open_clip")]
    [InlineData("huggingface")]
    [InlineData("openai")]
    public void The_activation_comes_from_the_config(string layout)
    {
        using var folder = new ScratchFolder();
        using var quick = Checkpoint.Open(Lay(folder, layout, "quick_gelu"));
        using var other = new ScratchFolder();
        using var exact = Checkpoint.Open(Lay(other, layout, "gelu"));
        Assert.Equal((Activation.QuickGelu, Activation.QuickGelu), (quick.Config.Vision.Activation, quick.Config.Text.Activation));
        Assert.Equal((Activation.Gelu, Activation.Gelu), (exact.Config.Vision.Activation, exact.Config.Text.Activation));
        Assert.NotEqual(quick.Sha256(), exact.Sha256());
    }

    [SharedTheory]
    [InlineData("open_clip", "abc", 1e-4)]
    [InlineData("huggingface", "abc", 1e-4)]
    [InlineData("bin", "abc", 1e-4)]
    [InlineData("wrapped", "abc", 1e-4)]
    [InlineData("openai", "d", 1e-4)]
    [InlineData("float16", "d", 1e-4)]
    // What rounding the weights costs, and no more.
    [InlineData("openai", "abc", 1e-3)]
    public void Embeddings_are_those_of_the_released_code(string layout, string key, double tolerance)
    {
        using var expected = SafeTensorsFile.Open(SharedData.Path("golden", "formats", "expected.safetensors"));
        foreach (string activation in new[] { "quick_gelu", "gelu" })
        {
            using var folder = new ScratchFolder();
            using var scope = NewDisposeScope();
            using var model = ClipModel.Load(layout is "wrapped" or "float16" ? Rewrite(folder, layout, activation)
                : Lay(folder, layout, activation));
            AssertClose(expected.Load($"{key}.image_embeds.{activation}"), model.Image.Encode(expected.Load("pixels")), tolerance);
            AssertClose(expected.Load($"{key}.text_embeds.{activation}"),
                model.Text.Encode(expected.Load("token_ids").to(ScalarType.Int64)), tolerance);
        }
    }

    [SharedFact]
    public void OpenAIs_file_alone_does_not_tell_these_heads()
    {
        var error = Assert.Throws<ClipLensException>(() =>
            Checkpoint.Open(SharedData.Path("golden", "formats", "d_openai_torchscript.pt")));
        Assert.Contains("does not tell how many heads its text tower has", error.Message);
    }

    [SharedFact]
    public void A_real_model_is_opened()
    {
        using var checkpoint = Checkpoint.Open(SharedData.Path("models", "vit-tiny-lit"));
        Assert.Equal(new VisionConfig(224, 16, 192, 12, 3, 768, Activation.Gelu, HasPreNorm: false), checkpoint.Config.Vision);
        Assert.Equal(new TextConfig(32, 49408, 256, 4, 4, 1024, Activation.Gelu), checkpoint.Config.Text);
        Assert.Equal([0.5f, 0.5f, 0.5f], checkpoint.Config.Preprocess.Mean);
        Assert.EndsWith("merges.txt", checkpoint.Tokenizer.MergesTxt);
        using var projection = checkpoint.LoadTensor("visual.proj", 192, 192);
        Assert.Equal(ScalarType.Float32, projection.dtype);
        Assert.Equal(64, checkpoint.Sha256().Length);
    }

    private static void AssertClose(Tensor expected, Tensor actual, double tolerance)
    {
        double error = ((expected - actual).abs().max() / expected.abs().max()).item<float>();
        Assert.True(error <= tolerance, $"relative error {error:g3}");
    }

    // The two forms of which no file is there: a training program's checkpoint, and open_clip's own in float16.
    private static string Rewrite(ScratchFolder folder, string layout, string activation)
    {
        using var native = SafeTensorsFile.Open(SharedData.Path("golden", "formats", "a_openclip_native.safetensors"));
        var tensors = native.Tensors.Select(tensor => (tensor.Name, tensor.Shape.ToArray(), native.ReadFloats(tensor.Name))).ToList();
        File.CreateSymbolicLink(folder.File("open_clip_config.json"),
            SharedData.Path("golden", "formats", $"a_open_clip_config.{activation}.json"));
        if (layout == "wrapped") return folder.Write("epoch_latest.pt", TinyClip.TorchZip(tensors, "module.", isWrapped: true));
        SafeTensorsWriter.Save(folder.File("open_clip_model.safetensors"),
            [.. TinyClip.AsHalves(tensors.Where(tensor => IsHalf(tensor.Name))),
            .. TinyClip.AsFloats(tensors.Where(tensor => !IsHalf(tensor.Name)))]);
        return folder.Path;
    }

    private static bool IsHalf(string name) => name.Contains("attn.") || name.Contains("mlp.") || name is "visual.conv1.weight"
        or "visual.proj" or "text_projection";

    private static string Lay(ScratchFolder folder, string layout, string activation)
    {
        foreach (var (source, name) in Layouts[layout])
            File.CreateSymbolicLink(folder.File(name), SharedData.Path("golden", "formats", source.Replace("ACT", activation)));
        return layout == "openai" ? folder.File("ViT-T-16.pt") : folder.Path;
    }
}
