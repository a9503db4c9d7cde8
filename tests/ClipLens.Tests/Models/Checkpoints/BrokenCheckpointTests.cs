using System.Text;
using ClipLens.Files;
using ClipLens.Models.Checkpoints;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Models.Checkpoints;

/// <summary>Checkpoints that cannot be read, or must not be: each is refused in a sentence that names the file and the fault.</summary>
public class BrokenCheckpointTests
{
    private static readonly TinyClip Model = new();

    [Theory]
    [InlineData("visual.ln_post.bias")]
    [InlineData("transformer.resblocks.0.attn.in_proj_weight")]
    [InlineData("visual.transformer.resblocks.1.mlp.c_fc.bias")]
    public void A_missing_tensor_is_named(string name)
    {
        AssertRefused(folder => Save(folder, Model.Tensors.Where(tensor => tensor.Name != name)),
            $"open_clip_model.safetensors has no tensor '{name}'.");
    }

    [Fact]
    public void A_missing_tensor_of_hugging_face_is_named_as_there()
    {
        AssertRefused(folder =>
        {
            folder.Write("config.json", TinyClip.SmallHuggingFaceJson);
            SafeTensorsWriter.Save(folder.File("model.safetensors"),
                TinyClip.AsFloats(Model.HuggingFace().Where(tensor => tensor.Name != "text_model.encoder.layers.0.self_attn.k_proj.bias")));
        }, "has no tensor 'text_model.encoder.layers.0.self_attn.k_proj.bias'.");
    }

    [Fact]
    public void A_tensor_of_another_shape_or_type_is_named()
    {
        AssertRefused(folder => Save(folder, Model.Tensors.Select(t => t.Name == "visual.proj" ? (t.Name, [6, 8], t.Values) : t)),
            "has the tensor 'visual.proj' of shape [6, 8], where ", "open_clip_config.json asks for [8, 6].");
        AssertRefused(folder =>
        {
            Save(folder, Model.Tensors);
            var tensors = TinyClip.AsFloats(Model.Tensors).Select(t => t.Spec.Name == "visual.ln_post.bias"
                ? SafeTensorData.From("visual.ln_post.bias", new int[8]) : t);
            SafeTensorsWriter.Save(folder.File("open_clip_model.safetensors"), [.. tensors]);
        }, "has the tensor 'visual.ln_post.bias' of the type I32, where a weight must be floating-point.");
    }

    [Theory]
    [InlineData("visual.transformer.resblocks.0.ls_1.gamma", "layer scale, which ClipLens does not support")]
    [InlineData("visual.attn_pool.query", "belongs to no part of the model")]
    [InlineData("visual.transformer.resblocks.2.ln_1.weight", "belongs to no part of the model")]
    public void A_tensor_of_no_part_is_named(string name, string expected) =>
        AssertRefused(folder => Save(folder, Model.Tensors.Append((name, [1], [1f]))), expected);

    [Theory]
    [InlineData("visual.trunk.stages.0.blocks.0.norm.weight", "a convolutional image tower of the package timm (ConvNeXt, FastViT or the "
        + "like), which")]
    [InlineData("visual.trunk.embeds.proj.weight", "SigLIP 2's NaFlex image tower, which takes images of any shape, which ClipLens does "
    + "not")]
    [InlineData("visual.layer1.0.conv1.weight", "a ResNet, which ClipLens does not support")]
    [InlineData("vision_model.head.probe", "does not hold a CLIP-ViT's weights")]
    [InlineData("backbone.weight", "does not hold a CLIP-ViT's weights")]
    [InlineData("visual.cls_token", "EVA-CLIP's image tower, which ClipLens does not support")]
    [InlineData("blocks.0.attn.qkv.lora_A.weight", "holds a LoRA adapter, not a whole model; merge it into its model")]
    [InlineData("text_model.final_layer_norm.weight", "holds CLIP's text tower alone, without the image tower")]
    [InlineData("vision_model.embeddings.patch_embedding.weight", "holds CLIP's image tower alone, without the text tower")]
    [InlineData("patch_embed.proj.weight", "a vision transformer of another family")]
    public void Another_architecture_is_named(string name, string expected) =>
        AssertRefused(folder => Save(folder, [(name, [1], [1f])]), expected);

    [Fact]
    public void What_is_missing_in_a_folder_is_said()
    {
        using var folder = new ScratchFolder();
        AssertError(folder.File("none"), "does not exist; give a checkpoint's folder or weight file.");
        AssertError(folder.Path, "holds no weight file (.safetensors, .bin or .pt)");
        string first = folder.Write("a.safetensors", "");
        AssertError(first, "a.safetensors is only 0 bytes long");
        folder.Write("b.safetensors", "");
        AssertError(folder.Path, "holds several weight files (a.safetensors, b.safetensors); give the one that is meant.");
        File.Delete(folder.File("b.safetensors"));
        SafeTensorsWriter.Save(first, TinyClip.AsFloats(Model.Tensors));
        AssertError(first, "a.safetensors has no open_clip_config.json beside it");
        SafeTensorsWriter.Save(first, TinyClip.AsFloats(Model.HuggingFace()));
        AssertError(folder.Path, "a.safetensors has no config.json beside it");
        folder.Write("x.json", TinyClip.SmallJson);
        folder.Write("vocab.json", "{\"a\": 1}");
        using (Checkpoint.Open(folder.Path)) { }
        folder.Write("y.json", TinyClip.SmallHuggingFaceJson);
        AssertError(folder.Path, "holds several model configs (x.json, y.json); call the right one open_clip_config.json.");
        AssertError(folder.File("x.json"), "x.json is no weight file; give the checkpoint's folder.");
        foreach (var (name, start, kind) in new[] { ("m.gguf", "GGUF\u0003", "a GGUF file"), ("m.h5", "\u0089HDF\r\n", "an HDF5 file"),
            ("m.onnx", "\b\u0007pytorch", "an ONNX file"), ("d.safetensors", "<!DOCTYPE html>", "a web page that was saved"),
            ("m.msgpack", "\u0081", "a file of Flax") })
            AssertError(folder.Write(name, System.Text.Encoding.Latin1.GetBytes(start)), $"{name} is {kind}");
        AssertError(folder.Write("c.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:1\n"), "git lfs pull");
    }

    [Theory]
    [InlineData("""{"weight_map": {"a": "../x.safetensors"}}""", "names the shard '../x.safetensors', which is not a file beside it.")]
    [InlineData("""{"weight_map": {"a": "x.safetensors"}}""", "x.safetensors does not exist, one of 1 parts that ")]
    [InlineData("""{"weight_map": {}}""", "names no shards.")]
    [InlineData("""{"weight_map": 5}""", "is not the index of a sharded checkpoint")]
    [InlineData("""{}""", "is not the index of a sharded checkpoint")]
    [InlineData("{", "is not valid JSON")]
    [InlineData("""{"weight_map": {"a": null}}""", "is not the index of a sharded checkpoint")]
    [InlineData("""{"weight_map": {"a": "\ud800"}}""", "is not valid JSON")]
    [InlineData("""{"weight_map": {"a": "x", "a": "y"}}""", "is not valid JSON")]
    public void A_wrong_index_of_shards_is_refused(string index, string expected) =>
        AssertRefused(folder => folder.Write("model.safetensors.index.json", index), expected);

    [Fact]
    public void A_shard_less_is_noticed()
    {
        using var folder = new ScratchFolder();
        Model.WriteSharded(folder);
        File.Delete(folder.File("model-00002-of-00003.safetensors"));
        AssertError(folder.Path, "model-00002-of-00003.safetensors does not exist, one of 3 parts that ");
    }

    [Fact]
    public void A_pickle_that_calls_a_function_is_refused_by_its_name_and_does_nothing()
    {
        using var folder = new ScratchFolder();
        string proof = folder.File("proof");
        (byte[] Pickle, string Expected)[] cases =
        [
            (new PickleWriter().Global("posix", "system").Raw("("u8).Text($"touch {proof}").Raw("tR"u8).Finish(), "calls posix.system"),
            (new PickleWriter().Text("os").Text("system").Raw(0x93).Raw("("u8).Text($"touch {proof}").Raw("tR"u8).Finish(),
            "calls os.system"),
            (new PickleWriter().Raw("("u8).Text($"touch {proof}").Raw("ios\nsystem\n"u8).Finish(), "calls os.system"),
            (new PickleWriter().Global("builtins", "eval").Raw("("u8).Text("1").Raw("tR"u8).Finish(), "calls builtins.eval"),
            (new PickleWriter().Global("__builtin__", "getattr").Finish(), "calls __builtin__.getattr"),
            (new PickleWriter().Global("torch", "load").Finish(), "calls torch.load"),
            (new PickleWriter().Raw(0x82, 1).Finish(), "calls copyreg.extension"),
        ];
        byte[] old = Encoding.ASCII.GetBytes($"cos\nsystem\n(S'touch {proof}'\ntR.");
        AssertError(folder.Write("a.bin", old), "calls os.system, which no checkpoint needs");
        foreach (var (pickle, expected) in cases)
        {
            AssertError(folder.Write("a.pt", new ZipWriter().Store("a/data.pkl", pickle).Finish()), expected
                + ", which no checkpoint needs");
            AssertError(folder.Write("a.pt", pickle), expected + ", which no checkpoint needs");
            Assert.False(File.Exists(proof));
        }
    }

    [Fact]
    public void A_zip_bomb_is_refused_before_it_unpacks()
    {
        using var folder = new ScratchFolder();
        byte[] zeros = new byte[70 << 20];
        AssertError(folder.Write("a.pt", new ZipWriter().Compress("a/data.pkl", zeros[..(9 << 20)]).Finish()),
            "'a/data.pkl', which unpacks to 9437184 bytes");
        AssertError(folder.Write("a.pt", new ZipWriter().Compress("a/data.pkl", zeros, declaredBytes: 1000).Finish()),
            "another length than it says");
        AssertError(folder.Write("a.pt", new ZipWriter().Compress("a/data.pkl", zeros, declaredBytes: 0xfffffff0).Finish()),
            "unpacks to 4294967280 bytes");
        var tensor = new PickleWriter().Dict(items => items.Text("visual.conv1.weight")
            .Tensor("FloatStorage", "0", 17 << 20, 0, [17 << 20], [1]));
        AssertError(folder.Write("a.pt", new ZipWriter().Store("a/data.pkl", tensor.Finish()).Compress("a/data/0", zeros).Finish()),
            "holds the data of the tensor 'visual.conv1.weight' compressed");
        var repeated = new PickleWriter().Dict(items => items.Text("w").Tensor("FloatStorage", "0", 1, 0, [1L << 40], [0]));
        AssertError(folder.Write("a.pt", new ZipWriter().Store("a/data.pkl", repeated.Finish()).Store("a/data/0", new byte[4]).Finish()),
            "wrong arguments for torch._utils._rebuild_tensor_v2");
    }

    [Fact]
    public void A_damaged_torch_file_is_named()
    {
        using var folder = new ScratchFolder();
        byte[] whole = TinyClip.TorchZip(Model.Tensors);
        AssertError(folder.Write("a.pt", whole[..^200]), "is a truncated zip archive");
        AssertError(folder.Write("a.pt", whole[..100]), "is a truncated zip archive");
        AssertError(folder.Write("a.pt", new ZipWriter().Store("hello.txt", [1]).Finish()), "not one of PyTorch's: it has no data.pkl");
        AssertTensor([], 4, 0, [1], [1], "has no data for the tensor 'w'");
        AssertTensor([("a/data/0", new byte[12])], 4, 0, [4], [1], "has 12 bytes for the tensor 'w', too few for 4 elements");
        AssertTensor([("a/data/0", new byte[16])], 4, 1, [4], [1], "wrong arguments for torch._utils._rebuild_tensor_v2");
        AssertTensor([("a/data/0", new byte[16])], 4, 0, [2, 2], [1, 3], "wrong arguments for torch._utils._rebuild_tensor_v2");
        AssertTensor([("a/data/0", new byte[16])], 4, 0, [-1], [1], "wrong arguments for torch._utils._rebuild_tensor_v2");
        AssertTensor([("a/data/0", new byte[16])], 4, 0, [2, 2], [1], "wrong arguments for torch._utils._rebuild_tensor_v2");
        AssertTensor([("a/data/0", new byte[16])], 4, 0, [2, 2], [long.MaxValue, 1], "wrong arguments for torch._utils._rebuild_tensor_v2");
        AssertTensor([("a/byteorder", [.. "big"u8]), ("a/data/0", new byte[16])], 4, 0, [4], [1], "saved on a big-endian machine");
        AssertError(folder.Write("a.pt", new ZipWriter().Store("a/data.pkl", new PickleWriter().Dict(i => i.Text("epoch").Int(1)).Finish())
            .Finish()),
            "holds no state dict, but the keys 'epoch'; save the model's state_dict().");
        AssertError(folder.Write("a.pt", new ZipWriter().Store("a/data.pkl", new PickleWriter().Int(1).Finish()).Finish()),
            "holds no state dict");
        AssertError(folder.Write("a.pt", [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.']),
            "before version 1.6");
        AssertError(folder.Write("a.pt", new PickleWriter().Int(1).Finish()), "is a bare Python pickle");

        void AssertTensor((string, byte[])[] files, long length, long offset, long[] shape, long[] strides, string expected)
        {
            var pickle = new PickleWriter().Dict(items => items.Text("w").Tensor("FloatStorage", "0", length, offset, shape, strides));
            var zip = new ZipWriter().Store("a/data.pkl", pickle.Finish());
            foreach (var (name, bytes) in files) zip.Store(name, bytes);
            AssertError(folder.Write("a.pt", zip.Finish()), expected);
        }
    }

    [Fact]
    public void TorchScript_modules_in_a_circle_end()
    {
        // A module that is its own attribute, and one that holds the next twice, 60 levels deep.
        var circle = new PickleWriter().Global("__torch__", "M").Raw([(byte)')', 0x81, (byte)'q', 0]).Raw("}("u8).Text("self")
            .Raw([(byte)'h', 0]).Raw("ub"u8);
        var tree = new PickleWriter().Global("__torch__", "M").Raw([(byte)')', 0x81, (byte)'q', 0]);
        for (int level = 0; level < 60; level++)
        {
            tree.Global("__torch__", "M").Raw([(byte)')', 0x81]).Raw("}("u8).Text("a").Raw([(byte)'h', 0]).Text("b").Raw([(byte)'h', 0])
                .Raw("ub"u8).Raw([(byte)'q', 0]);
        }
        using var folder = new ScratchFolder();
        foreach (var pickle in new[] { circle, tree })
            AssertError(folder.Write("a.pt", new ZipWriter().Store("a/data.pkl", pickle.Finish()).Finish()),
            "too many modules inside each other");
    }

    private static void Save(ScratchFolder folder, IEnumerable<(string Name, long[] Shape, float[] Values)> tensors)
    {
        folder.Write("open_clip_config.json", TinyClip.SmallJson);
        SafeTensorsWriter.Save(folder.File("open_clip_model.safetensors"), TinyClip.AsFloats(tensors));
    }

    private static void AssertRefused(Action<ScratchFolder> write, params string[] expected)
    {
        using var folder = new ScratchFolder();
        write(folder);
        AssertError(folder.Path, expected);
    }

    private static void AssertError(string path, params string[] expected)
    {
        var error = Assert.Throws<ClipLensException>(() => Checkpoint.Open(path));
        foreach (string part in expected) Assert.Contains(part, error.Message);
        Assert.Contains(path, error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }
}
