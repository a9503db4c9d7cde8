using System.Runtime.InteropServices;
using System.Text.Json;
using ClipLens.Files;
using ClipLens.Models.Checkpoints;
using ClipLens.Models.Configuration;

namespace ClipLens.Tests.Support;

/// <summary>A CLIP with a few hundred random weights, and writers of it in every format that ClipLens reads.</summary>
internal sealed class TinyClip
{
    private static readonly (string Native, string Other)[] HuggingFaceNames =
    [
        ("visual.conv1", "vision_model.embeddings.patch_embedding"), ("visual.class_embedding", "vision_model.embeddings.class_embedding"),
        ("visual.positional_embedding", "vision_model.embeddings.position_embedding.weight"),
        ("visual.ln_pre", "vision_model.pre_layrnorm"),
        ("visual.ln_post", "vision_model.post_layernorm"), ("visual.transformer.resblocks", "vision_model.encoder.layers"),
        ("token_embedding", "text_model.embeddings.token_embedding"),
        ("ln_final", "text_model.final_layer_norm"), ("ln_1", "layer_norm1"), ("ln_2", "layer_norm2"),
        ("attn.out_proj", "self_attn.out_proj"),
        ("mlp.c_fc", "mlp.fc1"), ("mlp.c_proj", "mlp.fc2"),
    ];

    public static readonly ClipConfig SmallConfig = new(6, new VisionConfig(8, 4, 8, 2, 2, 12, Activation.Gelu),
        new TextConfig(5, 11, 4, 1, 2, 8, Activation.Gelu), PreprocessConfig.OpenAi);

    public const string SmallJson = """
        {"model_cfg": {"embed_dim": 6,
          "vision_cfg": {"image_size": 8, "patch_size": 4, "width": 8, "layers": 2, "head_width": 4, "mlp_ratio": 1.5},
          "text_cfg": {"context_length": 5, "vocab_size": 11, "width": 4, "heads": 2, "layers": 1, "mlp_ratio": 2.0}}}
        """;

    public const string SmallHuggingFaceJson = """
        {"model_type": "clip", "projection_dim": 6,
         "vision_config": {"image_size": 8, "patch_size": 4, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2,
           "intermediate_size": 12, "hidden_act": "gelu"},
         "text_config": {"max_position_embeddings": 5, "vocab_size": 11, "hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 2,
           "intermediate_size": 8, "hidden_act": "gelu", "eos_token_id": 2}}
        """;

    /// <summary>The weights, in the canonical order; all are exact in bfloat16.</summary>
    public List<(string Name, long[] Shape, float[] Values)> Tensors { get; }

    public TinyClip(ClipConfig? config = null)
    {
        var random = new Random(7);
        Tensors = [.. CanonicalTensors.Shapes(config ?? SmallConfig).Append((CanonicalTensors.LogitScale, [])).Select(tensor =>
            (tensor.Item1, tensor.Item2, Enumerable.Range(0, (int)TensorBytes.Count(tensor.Item2)).Select(_ => random.Next(-128, 128) / 16f)
            .ToArray()))];
    }

    public static IReadOnlyList<SafeTensorData> AsFloats(IEnumerable<(string Name, long[] Shape, float[] Values)> tensors) =>
        [.. tensors.Select(tensor => Data(tensor.Name, tensor.Values, tensor.Shape))];

    public static IReadOnlyList<SafeTensorData> AsHalves(IEnumerable<(string Name, long[] Shape, float[] Values)> tensors) =>
        [.. tensors.Select(tensor => Data(tensor.Name, tensor.Values.Select(value => (Half)value).ToArray(), tensor.Shape))];

    /// <summary>The weights under Hugging Face's names, with query, key and value apart and the constants that old files have.</summary>
    public List<(string Name, long[] Shape, float[] Values)> HuggingFace()
    {
        var result = new List<(string, long[], float[])>();
        foreach (var (name, shape, values) in Tensors)
        {
            if (name.EndsWith(".bias") && name.Contains("conv1")) continue;
            int joint = name.IndexOf(".attn.in_proj_");
            if (joint >= 0)
            {
                int size = values.Length / 3;
                for (int part = 0; part < 3; part++)
                {
                    result.Add(($"{Rename(name[..joint])}.self_attn.{"qkv"[part]}_proj.{name[(joint + 14)..]}",
                        [shape[0] / 3, .. shape[1..]], values[(part * size)..((part + 1) * size)]));
                }
            }
            else if (name is "visual.proj" or "text_projection") result.Add(
                (Rename(name), [shape[1], shape[0]], Transpose(values, (int)shape[0])));
            else result.Add((Rename(name), shape, values));
        }
        return result;
    }

    private static string Rename(string name)
    {
        if (name == "visual.proj") return "visual_projection.weight";
        if (name == "text_projection") return "text_projection.weight";
        if (name == "positional_embedding") return "text_model.embeddings.position_embedding.weight";
        foreach (var (native, other) in HuggingFaceNames) name = name.Replace(native, other);
        return name.StartsWith("transformer.resblocks") ? "text_model.encoder.layers" + name["transformer.resblocks".Length..] : name;
    }

    private static float[] Transpose(float[] values, int rows)
    {
        int columns = values.Length / rows;
        return [.. Enumerable.Range(0, values.Length).Select(i => values[i % rows * columns + i / rows])];
    }

    private static SafeTensorData Data<T>(string name, T[] values, long[] shape) where T : unmanaged =>
        shape.Length > 0 ? SafeTensorData.From(name, values, shape) : SafeTensorData.Scalar(name, values[0]);

    /// <summary>A state dict as <c>torch.save</c> writes it.</summary>
    public static byte[] TorchZip(IEnumerable<(string Name, long[] Shape, float[] Values)> tensors, string prefix = "",
        bool isWrapped = false,
        bool isLarge = false)
    {
        var zip = new ZipWriter();
        var all = tensors.ToList();
        var pickle = new PickleWriter();
        if (isWrapped) pickle.Raw("}("u8).Text("epoch").Int(3).Text("args").Raw(")"u8).Text("optimizer").Dict(_ => { }).Text("state_dict");
        pickle.Global("collections", "OrderedDict").Raw(")R("u8);
        for (int i = 0; i < all.Count; i++)
            pickle.Text(prefix + all[i].Name).Tensor("FloatStorage", $"{i}", all[i].Values.Length, 0, all[i].Shape, Strides(all[i].Shape));
        pickle.Op('u').Dict(state => state.Text("_metadata").Global("collections", "OrderedDict").Raw(")R"u8)).Op('b');
        if (isWrapped) pickle.Op('u');
        zip.Store("archive/data.pkl", pickle.Finish()).Store("archive/byteorder", [.. "little"u8]).Store("archive/version", [.. "3\n"u8]);
        for (int i = 0; i < all.Count; i++) zip.Store($"archive/data/{i}", MemoryMarshal.AsBytes<float>(all[i].Values).ToArray());
        return zip.Finish(isLarge);
    }

    /// <summary>The modules as <c>torch.jit.save</c> writes them, with OpenAI's constants.</summary>
    public static byte[] TorchScript(IEnumerable<(string Name, long[] Shape, float[] Values)> tensors)
    {
        var zip = new ZipWriter();
        int next = 0;
        var pickle = new PickleWriter();
        Module(pickle, "", [.. tensors]);
        zip.Compress("ViT/data.pkl", pickle.Finish()).Compress("ViT/code/__torch__.py", new byte[1000])
            .Store("ViT/constants.pkl", [0x80, 2, (byte)')', (byte)'.']);
        return zip.Finish();

        void Module(PickleWriter writer, string path, List<(string Name, long[] Shape, float[] Values)> all)
        {
            writer.Global("__torch__." + (path.Length > 0 ? path.TrimEnd('.') : "multimodal"), "Module")
                .Raw([(byte)')', 0x81, (byte)'}', (byte)'(']);
            writer.Text("training").Raw(0x89);
            foreach (var group in all.GroupBy(tensor => tensor.Name.Split('.')[0]))
            {
                writer.Text(group.Key);
                if (group.First().Name == group.Key) Tensor(writer, group.Single());
                else Module(writer, $"{path}{group.Key}.", [.. group.Select(t => (t.Name[(group.Key.Length + 1)..], t.Shape, t.Values))]);
            }
            if (path.Length == 0)
            {
                writer.Text("input_resolution").Tensor("LongStorage", "r", 1, 0, [], []);
                zip.Store("ViT/data/r", BitConverter.GetBytes(224L));
            }
            writer.Raw("ub"u8);
        }

        void Tensor(PickleWriter writer, (string Name, long[] Shape, float[] Values) tensor)
        {
            writer.Tensor("HalfStorage", $"{next}", tensor.Values.Length, 0, tensor.Shape, Strides(tensor.Shape));
            zip.Store($"ViT/data/{next++}", MemoryMarshal.AsBytes<Half>(tensor.Values.Select(value => (Half)value).ToArray()).ToArray());
        }
    }

    public static long[] Strides(long[] shape) => [.. shape.Select((_, i) => shape[(i + 1)..].Aggregate(1L, (a, b) => a * b))];

    /// <summary>The model in native form, with its config; settings of <paramref name="json"/> may differ from the weights.</summary>
    public string WriteNative(ScratchFolder folder, string json = SmallJson)
    {
        SafeTensorsWriter.Save(folder.File("open_clip_model.safetensors"), AsFloats(Tensors));
        folder.Write("open_clip_config.json", json);
        return folder.Path;
    }

    /// <summary>Hugging Face's model in three shards with an index.</summary>
    public string WriteSharded(ScratchFolder folder)
    {
        var map = new Dictionary<string, string>();
        var shards = HuggingFace().Append(("text_model.embeddings.position_ids", [1], [0f])).Chunk(HuggingFace().Count / 3 + 1).ToArray();
        for (int i = 0; i < shards.Length; i++)
        {
            string name = $"model-{i + 1:00000}-of-{shards.Length:00000}.safetensors";
            SafeTensorsWriter.Save(folder.File(name), AsFloats(shards[i]));
            foreach (var (tensor, _, _) in shards[i]) map[tensor] = name;
        }
        folder.Write("model.safetensors.index.json", JsonSerializer.Serialize(new { metadata = new { total_size = 1 }, weight_map = map }));
        folder.Write("config.json", SmallHuggingFaceJson);
        return folder.Path;
    }

    /// <summary>Checks that a checkpoint has exactly these weights.</summary>
    public void AssertEqual(Checkpoint checkpoint)
    {
        Assert.Equal(Tensors.Select(tensor => tensor.Name).Order(), checkpoint.TensorNames.Order());
        foreach (var (name, shape, values) in Tensors)
        {
            using var loaded = checkpoint.LoadTensor(name);
            Assert.Equal(shape, loaded.shape);
            Assert.True(values.AsSpan().SequenceEqual(loaded.data<float>().ToArray()), name);
        }
    }
}
