using System.IO.Compression;
using System.Text.Json;
using ClipLens.Drawing;
using ClipLens.Editing.Units;
using ClipLens.Editing.Weights;
using ClipLens.Files;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Tests.Cli;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Editing.Weights;

/// <summary>
/// Edits of one small random CLIP in every format, as Python wrote it, against a plain numpy computation (edit_reference.py, whose results
/// lie beside it).
/// </summary>
[Trait("Tier", "Golden")]
public class EditedFormatsTests
{
    private static readonly Dictionary<string, (string Weights, string Name, string Config, string ConfigName, string Reference)> Layouts =
        new()
        {
            ["open_clip"] = ("a_openclip_native.safetensors", "open_clip_model.safetensors", "a_open_clip_config.quick_gelu.json",
            "open_clip_config.json", "float32"),
            ["huggingface"] = ("b_hf_clipmodel.safetensors", "model.safetensors", "b_hf_config.quick_gelu.json", "config.json", "float32"),
            ["bin"] = ("c_openclip_state_dict.bin", "open_clip_pytorch_model.bin", "a_open_clip_config.quick_gelu.json",
            "open_clip_config.json", "float32"),
            ["openai"] = ("d_openai_torchscript.pt", "ViT-T-16.pt", "a_open_clip_config.quick_gelu.json", "ViT-T-16.json", "float16"),
        };

    [SharedTheory]
    [InlineData("open_clip", EditMean.ClassToken)]
    [InlineData("open_clip", EditMean.AllTokens)]
    [InlineData("huggingface", EditMean.ClassToken)]
    [InlineData("bin", EditMean.AllTokens)]
    [InlineData("openai", EditMean.ClassToken)]
    [InlineData("openai", EditMean.AllTokens)]
    public void An_edited_checkpoint_embeds_as_numpy_says_and_nothing_else_is_changed(string layout, EditMean mean)
    {
        using var folder = new ScratchFolder();
        var (weights, name, config, configName, reference) = Layouts[layout];
        Directory.CreateDirectory(folder.File("model"));
        File.Copy(SharedData.Path("golden", "formats", weights), folder.File("model", name));
        File.Copy(SharedData.Path("golden", "formats", config), folder.File("model", configName));
        File.WriteAllText(folder.File("model", "README.md"), "kept");
        string source = layout == "openai" ? folder.File("model", name) : folder.File("model"), output = folder.File("edited");
        WritePictures(folder.File("images"));
        var facts = Facts();
        var edit = new ModelEdit([.. Units(facts, "neurons"), .. Units(facts, "scaled"), .. Units(facts, "heads", heads: true)], mean);
        using (var model = ClipModel.Load(source))
        {
            using var reader = Reader(model, folder.File("images"));
            AssertClose(facts.GetProperty(reference).GetProperty("before"), Embed(model, reader));
            CheckpointEditor.Write(source, edit, UnitMeans.Measure(model, reader, edit.Layers), output,
                cancellation: TestContext.Current.CancellationToken);
        }
        string edited = layout == "openai" ? Path.Combine(output, name) : output;
        using (var model = ClipModel.Load(edited))
        {
            using var reader = Reader(model, folder.File("images"));
            AssertClose(facts.GetProperty(reference).GetProperty(mean == EditMean.ClassToken ? "class" : "all"), Embed(model, reader));
        }
        AssertOnlyOutputMatricesChanged(folder.File("model", name), Path.Combine(output, name), layout);
        Assert.Equal(File.ReadAllBytes(folder.File("model", configName)), File.ReadAllBytes(Path.Combine(output, configName)));
        Assert.Equal(layout != "openai", File.Exists(Path.Combine(output, "README.md")));

        CheckpointEditor.Undo(output, folder.File("back"), TestContext.Current.CancellationToken);
        Assert.Equal(File.ReadAllBytes(folder.File("model", name)), File.ReadAllBytes(folder.File("back", name)));
        Assert.False(File.Exists(folder.File("back", EditRecord.FileName)));
    }

    [SharedFact]
    public void Shards_stay_shards_and_embed_as_numpy_says()
    {
        using var folder = new ScratchFolder();
        string source = folder.File("model"), output = folder.File("edited");
        string[] shards = WriteShards(source);
        WritePictures(folder.File("images"));
        var facts = Facts();
        var edit = new ModelEdit([.. Units(facts, "neurons"), .. Units(facts, "scaled"), .. Units(facts, "heads", heads: true)],
            EditMean.ClassToken);
        using (var model = ClipModel.Load(source))
        {
            using var reader = Reader(model, folder.File("images"));
            CheckpointEditor.Write(source, edit, UnitMeans.Measure(model, reader, edit.Layers), output,
                cancellation: TestContext.Current.CancellationToken);
        }
        using (var model = ClipModel.Load(output))
        {
            using var reader = Reader(model, folder.File("images"));
            AssertClose(facts.GetProperty("float32").GetProperty("class"), Embed(model, reader));
        }
        Assert.Equal([.. Directory.GetFiles(source).Select(Path.GetFileName).Append(EditRecord.FileName).Order()],
            Directory.GetFiles(output).Select(Path.GetFileName).Order());
        foreach (string shard in shards)
            AssertOnlyOutputMatricesChanged(Path.Combine(source, shard), Path.Combine(output, shard), "huggingface");
        // The edited matrices lie in more than one shard.
        Assert.True(shards.Count(shard => !File.ReadAllBytes(Path.Combine(source, shard)).AsSpan()
            .SequenceEqual(File.ReadAllBytes(Path.Combine(output, shard)))) > 1);
        Assert.Equal(File.ReadAllBytes(Path.Combine(source, "model.safetensors.index.json")),
            File.ReadAllBytes(Path.Combine(output, "model.safetensors.index.json")));
        CheckpointEditor.Undo(output, folder.File("back"), TestContext.Current.CancellationToken);
        foreach (string file in Directory.GetFiles(source))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(folder.File("back", Path.GetFileName(file))));
    }

    // A checksum that does not fit would be found here: .NET's own reader checks it.
    private static void AssertOnlyOutputMatricesChanged(string before, string after, string layout)
    {
        if (layout is "open_clip" or "huggingface")
        {
            using var first = SafeTensorsFile.Open(before);
            using var second = SafeTensorsFile.Open(after);
            byte[] old = File.ReadAllBytes(before), bytes = File.ReadAllBytes(after);
            int header = 8 + (int)BitConverter.ToInt64(old);
            Assert.Equal(old.Length, bytes.Length);
            Assert.Equal(old[..header], bytes[..header]);
            foreach (string name in first.Names)
                Assert.Equal(IsEdited(name), !first.Bytes(name).AsSpan().SequenceEqual(second.Bytes(name)));
            return;
        }
        using var one = ZipFile.OpenRead(before);
        using var two = ZipFile.OpenRead(after);
        int changed = 0;
        foreach (var entry in one.Entries)
            if (!Bytes(entry).AsSpan().SequenceEqual(Bytes(two.GetEntry(entry.FullName)!))) changed++;
        Assert.Equal(new FileInfo(before).Length, new FileInfo(after).Length);
        // Three layers' MLP with weight and bias, two layers' attention.
        Assert.Equal(10, changed);
    }

    private static bool IsEdited(string name) => name.Contains("visual.transformer") && name.Contains("c_proj")
        || name.Contains("visual.transformer.resblocks.1.attn.out_proj") || name.Contains("visual.transformer.resblocks.2.attn.out_proj")
        || name.Contains("vision_model.encoder") && name.Contains("fc2")
        || name.Contains("vision_model.encoder.layers.1.self_attn.out_proj")
        || name.Contains("vision_model.encoder.layers.2.self_attn.out_proj");

    private static byte[] Bytes(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static JsonElement Facts() => JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "tests", "ClipLens.Tests",
        "Editing", "Weights", "edit_reference.json"))).RootElement;

    /// <summary>Hugging Face's golden model in three shards with an index, its tensors dealt out like cards.</summary>
    private static string[] WriteShards(string folder)
    {
        const int shards = 3;
        Directory.CreateDirectory(folder);
        using var whole = SafeTensorsFile.Open(SharedData.Path("golden", "formats", "b_hf_clipmodel.safetensors"));
        string[] names = [.. Enumerable.Range(1, shards).Select(i => $"model-{i:00000}-of-{shards:00000}.safetensors")];
        string[] tensors = [.. whole.Names.Order(StringComparer.Ordinal)];
        for (int i = 0; i < shards; i++)
        {
            using var scope = NewDisposeScope();
            var own = tensors.Where((_, place) => place % shards == i).ToArray();
            SafeTensorsWriter.Save(Path.Combine(folder, names[i]),
                [.. own.Select(name => SafeTensorData.From(name, whole.LoadStored(name)))]);
        }
        File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), JsonSerializer.Serialize(new
        {
            weight_map = tensors.Index().ToDictionary(own => own.Item, own => names[own.Index % shards]),
        }));
        File.Copy(SharedData.Path("golden", "formats", "b_hf_config.quick_gelu.json"), Path.Combine(folder, "config.json"));
        return names;
    }

    private static IEnumerable<UnitChange> Units(JsonElement facts, string name, bool heads = false) =>
        facts.GetProperty(name).EnumerateArray().SelectMany(unit => EditList.Parse(unit.GetString()!, heads));

    private static ImageBatchReader Reader(ClipModel model, string images) => new(model.Preprocessor, ImageList.Find(images));

    private static Tensor Embed(ClipModel model, ImageBatchReader reader)
    {
        using var _ = no_grad();
        return model.Image.Encode(reader.Read(0, reader.Count).Pixels);
    }

    private static void AssertClose(JsonElement expected, Tensor actual)
    {
        using (actual)
        {
            double[] wanted = [.. expected.EnumerateArray().SelectMany(row => row.EnumerateArray().Select(value => value.GetDouble()))];
            float[] found = actual.data<float>().ToArray();
            double error = wanted.Zip(found, (a, b) => Math.Abs(a - b)).Max() / wanted.Max(Math.Abs);
            Assert.True(error < 1e-5, $"relative error {error:g3}");
        }
    }

    /// <summary>The pictures of the reference: formulas of the place, of the model's own size.</summary>
    private static void WritePictures(string folder)
    {
        const int side = 64;
        Directory.CreateDirectory(folder);
        for (int i = 0; i < 6; i++)
        {
            byte[] pixels = new byte[side * side * 3];
            for (int y = 0; y < side; y++)
                for (int x = 0; x < side; x++)
                {
                    int at = 3 * (y * side + x);
                    pixels[at] = (byte)((x * (3 + i) + y * 2) % 256);
                    pixels[at + 1] = (byte)((x + y * (5 + i)) % 256);
                    pixels[at + 2] = (byte)(x * y / (i + 2) % 256);
                }
            DrawingFile.Write(Path.Combine(folder, $"{i}.png"), new RgbImage(side, side, pixels));
        }
    }
}
