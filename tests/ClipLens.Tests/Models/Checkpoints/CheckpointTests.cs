using System.Text.Json.Nodes;
using ClipLens.Files;
using ClipLens.Models.Checkpoints;
using ClipLens.Models.Configuration;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Models.Checkpoints;

/// <summary>Every format that a checkpoint may have, written here, read back as the same model.</summary>
public class CheckpointTests
{
    private static readonly TinyClip Model = new();

    [Fact]
    public void An_open_clip_folder_in_every_precision()
    {
        using var folder = new ScratchFolder();
        using (var checkpoint = Checkpoint.Open(Model.WriteNative(folder)))
        {
            Assert.Equal("open_clip", checkpoint.Format);
            Assert.Equal(TinyClip.SmallConfig, checkpoint.Config);
            Assert.True(checkpoint.Tokenizer.IsEmpty);
            Model.AssertEqual(checkpoint);
        }
        string weights = folder.File("open_clip_model.safetensors");
        SafeTensorsWriter.Save(weights, TinyClip.AsHalves(Model.Tensors));
        using (var checkpoint = Checkpoint.Open(folder.Path)) Model.AssertEqual(checkpoint);
        using var scope = NewDisposeScope();
        SafeTensorsWriter.Save(weights, [.. Model.Tensors.Select(t =>
            SafeTensorData.From(t.Name, tensor(t.Values).to(ScalarType.BFloat16).reshape(t.Shape)))]);
        using (var checkpoint = Checkpoint.Open(weights)) Model.AssertEqual(checkpoint);
    }

    [Fact]
    public void Open_clips_custom_text_names()
    {
        using var folder = new ScratchFolder();
        Model.WriteNative(folder);
        SafeTensorsWriter.Save(folder.File("open_clip_model.safetensors"), TinyClip.AsFloats(Model.Tensors.Select(t =>
            (t.Name.StartsWith("visual.") || t.Name == "logit_scale" ? t.Name : "text." + t.Name, t.Shape, t.Values))));
        using var checkpoint = Checkpoint.Open(folder.Path);
        Model.AssertEqual(checkpoint);
    }

    [Fact]
    public void A_hugging_face_folder_whole_sharded_and_as_bin()
    {
        using var folder = new ScratchFolder();
        folder.Write("config.json", TinyClip.SmallHuggingFaceJson);
        folder.Write("preprocessor_config.json", """
            {"image_mean": [0.5, 0.25, 0.125], "image_std": [1, 2, 3], "size": {"shortest_edge": 8}, "crop_size": 8, "resample": 3, "do_normalize": true}
            """);
        folder.Write("tokenizer.json", "{}");
        SafeTensorsWriter.Save(folder.File("model.safetensors"), TinyClip.AsFloats(Model.HuggingFace()));
        using (var checkpoint = Checkpoint.Open(folder.Path))
        {
            Assert.Equal("huggingface", checkpoint.Format);
            Assert.Equal(TinyClip.SmallConfig with { Preprocess = checkpoint.Config.Preprocess }, checkpoint.Config);
            Assert.Equal([0.5f, 0.25f, 0.125f], checkpoint.Config.Preprocess.Mean);
            Assert.Equal([1f, 2f, 3f], checkpoint.Config.Preprocess.Std);
            Assert.Equal(folder.File("tokenizer.json"), checkpoint.Tokenizer.TokenizerJson);
            Model.AssertEqual(checkpoint);
        }
        using var sharded = new ScratchFolder();
        using (var checkpoint = Checkpoint.Open(Model.WriteSharded(sharded))) Model.AssertEqual(checkpoint);
        using var bin = new ScratchFolder();
        bin.Write("config.json", TinyClip.SmallHuggingFaceJson);
        bin.Write("pytorch_model.bin", TinyClip.TorchZip(Model.HuggingFace()));
        using (var checkpoint = Checkpoint.Open(bin.Path)) Model.AssertEqual(checkpoint);
    }

    [Theory]
    [InlineData("open_clip_pytorch_model.bin", false, "", "open_clip")]
    [InlineData("epoch_32.pt", true, "module.", "torch")]
    // The directory of archives beyond 4 GB, as ViT-bigG's are.
    [InlineData("large.pt", false, "", "torch", true)]
    public void A_torch_file_plain_wrapped_and_large(string name, bool isWrapped, string prefix, string format, bool isLarge = false)
    {
        using var folder = new ScratchFolder();
        folder.Write("open_clip_config.json", TinyClip.SmallJson);
        string file = folder.Write(name, TinyClip.TorchZip(Model.Tensors, prefix, isWrapped, isLarge));
        using var checkpoint = Checkpoint.Open(format == "torch" ? file : folder.Path);
        Assert.Equal(format, checkpoint.Format);
        Model.AssertEqual(checkpoint);
    }

    [Fact]
    public void OpenAIs_archive_needs_no_config()
    {
        // The rule is 64 channels a head, so this one is a little larger.
        var config = new ClipConfig(6, new VisionConfig(8, 4, 128, 2, 2, 12, Activation.QuickGelu),
            new TextConfig(5, 11, 64, 1, 1, 8, Activation.QuickGelu), PreprocessConfig.OpenAi);
        var model = new TinyClip(config);
        using var folder = new ScratchFolder();
        string file = folder.Write("ViT-B-32.pt", TinyClip.TorchScript(model.Tensors));
        using var checkpoint = Checkpoint.Open(file);
        Assert.Equal("openai", checkpoint.Format);
        Assert.Equal(config, checkpoint.Config);
        model.AssertEqual(checkpoint);
    }

    [Theory]
    [InlineData("", Activation.QuickGelu)]
    [InlineData("\"quick_gelu\": true, ", Activation.QuickGelu)]
    [InlineData("\"quick_gelu\": false, ", Activation.Gelu)]
    public void A_config_beside_OpenAIs_archive_is_honoured(string setting, Activation expected)
    {
        using var folder = new ScratchFolder();
        folder.Write("open_clip_config.json", TinyClip.SmallJson.Replace("\"embed_dim\"", setting + "\"embed_dim\""));
        using var checkpoint = Checkpoint.Open(folder.Write("tiny.pt", TinyClip.TorchScript(Model.Tensors)));
        Assert.Equal((2, 2), (checkpoint.Config.Vision.Heads, checkpoint.Config.Text.Heads));
        Assert.Equal((expected, expected), (checkpoint.Config.Vision.Activation, checkpoint.Config.Text.Activation));
        Model.AssertEqual(checkpoint);
    }

    [Fact]
    public void Views_of_a_shared_storage_are_read_with_their_strides()
    {
        // One block of 64 floats holds visual.ln_post.weight as every other value from 3 on, and class_embedding from 40 on.
        using var folder = new ScratchFolder();
        float[] block = [.. Enumerable.Range(0, 64).Select(i => (float)i)];
        var others = Model.Tensors.Where(t => t.Name is not ("visual.class_embedding" or "visual.proj")).ToList();
        var pickle = new PickleWriter();
        pickle.Dict(items =>
        {
            for (int i = 0; i < others.Count; i++)
                items.Text(others[i].Name).Tensor("FloatStorage", $"{i}", others[i].Values.Length, 0, others[i].Shape,
                TinyClip.Strides(others[i].Shape));
            items.Text("visual.class_embedding").Tensor("FloatStorage", "block", 64, 3, [8], [2]);
            items.Text("visual.proj").Tensor("FloatStorage", "block", 64, 10, [8, 6], [1, 8]);
        });
        var zip = new ZipWriter().Store("x/data.pkl", pickle.Finish()).Store("x/data/block", Bytes(block));
        for (int i = 0; i < others.Count; i++) zip.Store($"x/data/{i}", Bytes(others[i].Values));
        folder.Write("config.json", TinyClip.SmallJson);
        using var checkpoint = Checkpoint.Open(folder.Write("x.pth", zip.Finish()));
        using var classEmbedding = checkpoint.LoadTensor("visual.class_embedding", 8);
        Assert.Equal([3f, 5, 7, 9, 11, 13, 15, 17], classEmbedding.data<float>().ToArray());
        using var projection = checkpoint.LoadTensor("visual.proj", 8, 6);
        Assert.Equal([.. Enumerable.Range(0, 48).Select(i => 10f + i / 6 + 8 * (i % 6))], projection.data<float>().ToArray());
    }

    [Fact]
    public void A_header_whose_length_looks_like_a_pickle_is_none()
    {
        // 0x80 0x02 and 0x80 0x03 begin the pickles of protocols 2 and 3, and the safetensors files with headers of 640 or 896 bytes.
        using var folder = new ScratchFolder();
        string weights = folder.File("open_clip_model.safetensors");
        folder.Write("open_clip_config.json", TinyClip.SmallJson);
        int missing = (0x10280 - Write(0) % 0x10000) % 0x10000;
        Assert.Equal(0x280, Write(missing) % 0x10000);
        using var checkpoint = Checkpoint.Open(folder.Path);
        Model.AssertEqual(checkpoint);

        int Write(int padding)
        {
            SafeTensorsWriter.Save(weights, TinyClip.AsFloats(Model.Tensors), new Dictionary<string,
                string>
            { ["k"] = new string(' ', padding) });
            return BitConverter.ToInt32(File.ReadAllBytes(weights));
        }
    }

    [Fact]
    public void Loading_leaves_no_second_copy_in_memory()
    {
        if (!OperatingSystem.IsLinux()) return;
        using var folder = new ScratchFolder();
        string path = folder.File("x.safetensors");
        float[] row = new float[1 << 20];
        using (var writer = SafeTensorsWriter.Create(path, [new("x", ElementType.Float32, 32, 1 << 20)]))
        {
            for (int i = 0; i < 32; i++) writer.Write<float>("x", row);
            writer.Complete();
        }
        using var file = SafeTensorsFile.Open(path);
        long before = MappedBytes();
        using var loaded = file.Load("x");
        Assert.InRange(MappedBytes() - before, long.MinValue, 32 << 20);

        // Pages of files that count as this process's; the tensor has 128 MB.
        static long MappedBytes() => long.Parse(File.ReadLines("/proc/self/status").Single(line => line.StartsWith("RssFile:"))
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;
    }

    [Fact]
    public void The_fingerprint_follows_the_weights_and_the_options_only()
    {
        using var folder = new ScratchFolder();
        Model.WriteNative(folder);
        string first = Fingerprint();
        folder.Write("open_clip_config.json", JsonNode.Parse(TinyClip.SmallJson)!.ToJsonString());
        Assert.Equal(first, Fingerprint());
        folder.Write("open_clip_config.json", TinyClip.SmallJson.Replace("\"embed_dim\"", "\"quick_gelu\": true, \"embed_dim\""));
        string quick = Fingerprint();
        Assert.NotEqual(first, quick);
        byte[] weights = File.ReadAllBytes(folder.File("open_clip_model.safetensors"));
        weights[^1] ^= 1;
        folder.Write("open_clip_model.safetensors", weights);
        Assert.NotEqual(quick, Fingerprint());

        string Fingerprint()
        {
            using var checkpoint = Checkpoint.Open(folder.Path);
            Assert.Throws<OperationCanceledException>(() => checkpoint.Sha256(new CancellationToken(canceled: true)));
            return checkpoint.Sha256();
        }
    }

    [Fact]
    public void What_is_asked_for_wrongly_is_named()
    {
        using var folder = new ScratchFolder();
        using var checkpoint = Checkpoint.Open(Model.WriteNative(folder));
        Assert.EndsWith("has no tensor 'visual.nothing'.", Assert.Throws<ClipLensException>(() => checkpoint.LoadTensor("visual.nothing"))
            .Message);
        Assert.EndsWith("has the tensor 'visual.proj' of shape [8, 6], where [6, 8] is expected.",
            Assert.Throws<ClipLensException>(() => checkpoint.LoadTensor("visual.proj", 6, 8)).Message);
    }

    private static byte[] Bytes(float[] values) => System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values).ToArray();
}
