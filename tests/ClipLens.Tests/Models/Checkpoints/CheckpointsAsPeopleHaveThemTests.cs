using ClipLens.Files;
using ClipLens.Models;
using ClipLens.Models.Checkpoints;
using ClipLens.Models.Images;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Models.Checkpoints;

/// <summary>Checkpoints as training programs leave them: under other keys, inside other modules, beside things that are no
/// weights.</summary>
public class CheckpointsAsPeopleHaveThemTests
{
    private static readonly TinyClip Model = new();

    // Worked out with torch from the plain form, which is the control among them.
    private static readonly float[] Expected = [-1.245771f, 0.8653f, 0.513252f, -0.770975f, -2.083534f, 0.481568f, 0.187258f, -0.546012f];

    [SharedTheory]
    [InlineData("00-control", "model.safetensors")]
    [InlineData("06-checkpoint-key-not-state_dict", "model.pt")]
    [InlineData("06-checkpoint-key-not-state_dict", "model_state_dict.pt")]
    [InlineData("06-checkpoint-key-not-state_dict", "model_state_dict_noloss.pt")]
    [InlineData("07-checkpoint-numpy-scalar-or-namespace", "numpy_scalar.pt")]
    [InlineData("07-checkpoint-numpy-scalar-or-namespace", "namespace.pt")]
    [InlineData("08-checkpoint-wrapper-prefixes", "lightning.ckpt")]
    [InlineData("08-checkpoint-wrapper-prefixes", "clip_model.safetensors")]
    [InlineData("08-checkpoint-wrapper-prefixes", "base_model.safetensors")]
    [InlineData("08-checkpoint-wrapper-prefixes", "lightning_with_head.ckpt",
        "holds 2 tensors, such as 'ff_head.weight', beside the CLIP model; they are left aside.")]
    public void The_cases_give_torchs_embedding(string folder, string file, string? note = null)
    {
        using var scope = NewDisposeScope();
        using var model = ClipModel.Load(SharedData.Path("cases", folder, file));
        if (note is null) Assert.Empty(model.Notes);
        else Assert.EndsWith(note, Assert.Single(model.Notes));
        float[] input = new float[model.Preprocessor.InputLength];
        model.Preprocessor.ToInput(ImageDecoder.Decode(SharedData.Path("cases", folder, "picture.png")), input);
        int side = model.Preprocessor.Size;
        var embedding = model.Image.Encode(tensor(input).reshape(1, 3, side, side));
        Assert.InRange(Golden.RelativeError(embedding.flatten(), tensor(Expected)), 0, 1e-5);
    }

    [SharedTheory]
    [InlineData("09-lora-adapter-folder", "", "holds a LoRA adapter of openai/clip-vit-base-patch32, not a whole model; merge it")]
    [InlineData("22-one-tower-only", "visual.safetensors", "holds CLIP's image tower alone, without the text tower")]
    [InlineData("22-one-tower-only", "visual-stripped.safetensors", "holds CLIP's image tower alone, without the text tower")]
    [InlineData("22-one-tower-only", "text-hf.safetensors", "holds CLIP's text tower alone, without the image tower")]
    [InlineData("22-one-tower-only", "eva-names.safetensors", "holds EVA-CLIP's image tower, which ClipLens does not support")]
    public void The_cases_that_are_no_whole_model_are_named(string folder, string file, string expected) =>
        Assert.Contains(expected, Assert.Throws<ClipLensException>(() => Checkpoint.Open(SharedData.Path("cases", folder, file))).Message);

    [SharedFact]
    public void A_weight_that_is_not_finite_is_named()
    {
        using var model = ClipModel.Load(SharedData.Path("cases", "16-weights-that-are-not-finite"));
        foreach (Action use in new Action[] { () => _ = model.Image, () => model.CheckFinite(TestContext.Current.CancellationToken) })
            Assert.Contains("has the tensor 'visual.transformer.resblocks.0.mlp.c_proj.weight' with a value of",
            Assert.Throws<ClipLensException>(use).Message);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void A_weight_of_our_own_that_is_not_finite_is_named(float bad)
    {
        foreach (bool isHuggingFace in new[] { false, true })
        {
            using var folder = new ScratchFolder();
            folder.Write("config.json", isHuggingFace ? TinyClip.SmallHuggingFaceJson : TinyClip.SmallJson);
            var tensors = isHuggingFace ? Model.HuggingFace() : Model.Tensors;
            string name = isHuggingFace ? "text_model.encoder.layers.0.self_attn.k_proj.bias" : "transformer.resblocks.0.attn.in_proj_bias";
            SafeTensorsWriter.Save(folder.File("model.safetensors"),
                TinyClip.AsFloats(tensors.Select(t => t.Name == name ? (t.Name, t.Shape, [.. t.Values[1..], bad]) : t)));
            using var model = ClipModel.Load(folder.Path);
            var error = Assert.Throws<ClipLensException>(() => model.CheckFinite(TestContext.Current.CancellationToken));
            Assert.Contains("has the tensor 'transformer.resblocks.0.attn.in_proj_bias' with a value of 12 that is not finite",
                error.Message);
        }
    }

    [Theory]
    [InlineData("model.")]
    [InlineData("base_model.model.")]
    [InlineData("_orig_mod.module.")]
    [InlineData("net.clip_model.")]
    public void One_prefix_before_all_is_taken_off(string prefix)
    {
        foreach (bool isHuggingFace in new[] { false, true })
        {
            using var folder = new ScratchFolder();
            folder.Write("config.json", isHuggingFace ? TinyClip.SmallHuggingFaceJson : TinyClip.SmallJson);
            var tensors = isHuggingFace ? Model.HuggingFace() : Model.Tensors;
            SafeTensorsWriter.Save(folder.File("model.safetensors"),
                TinyClip.AsFloats([.. tensors.Select(t => (prefix + t.Name, t.Shape, t.Values)), ("head.weight", [1L], [1f])]));
            using var checkpoint = Checkpoint.Open(folder.Path);
            Model.AssertEqual(checkpoint);
            Assert.EndsWith("holds the tensor 'head.weight' beside the CLIP model; it is left aside.", Assert.Single(checkpoint.Notes));
        }
    }

    [Fact]
    public void Wrappers_inside_names_are_taken_off()
    {
        using var folder = new ScratchFolder();
        folder.Write("config.json", TinyClip.SmallJson);
        SafeTensorsWriter.Save(folder.File("model.safetensors"), TinyClip.AsFloats(Model.Tensors.Select(t => ("_fsdp_wrapped_module."
            + t.Name.Replace("visual.", "visual._fsdp_wrapped_module.").Replace("resblocks.0.", "resblocks.0._checkpoint_wrapped_module."),
            t.Shape, t.Values))));
        using var checkpoint = Checkpoint.Open(folder.Path);
        Model.AssertEqual(checkpoint);
        Assert.Empty(checkpoint.Notes);
    }

    [Theory]
    [InlineData("model.", "model_ema.",
        "holds several models; the tensors that begin with 'model.' are used, not those with 'model_ema.'.")]
    [InlineData("teacher.", "", "holds several models; the tensors that begin with '' are used, not those with 'teacher.'.")]
    [InlineData("a.", "b.", null)]
    public void Of_several_models_the_one_that_is_no_copy_is_used_or_none(string first, string second, string? note)
    {
        using var folder = new ScratchFolder();
        folder.Write("config.json", TinyClip.SmallJson);
        var copy = Model.Tensors.Select(t => (t.Name, t.Shape, t.Values.Select(value => value + 1).ToArray()));
        bool isFirst = second.Length > 0;
        SafeTensorsWriter.Save(folder.File("model.safetensors"),
            TinyClip.AsFloats([.. Model.Tensors.Select(t => ((isFirst ? first : second) + t.Name, t.Shape, t.Values)),
            .. copy.Select(t => ((isFirst ? second : first) + t.Name, t.Shape, t.Item3))]));
        if (note is null)
        {
            Assert.Contains("holds several models, whose tensors begin with 'a.' and 'b.'",
                Assert.Throws<ClipLensException>(() => Checkpoint.Open(folder.Path)).Message);
            return;
        }
        using var checkpoint = Checkpoint.Open(folder.Path);
        Model.AssertEqual(checkpoint);
        Assert.EndsWith(note, Assert.Single(checkpoint.Notes));
    }

    [Theory]
    [InlineData("state_dict")]
    [InlineData("model")]
    [InlineData("ema")]
    [InlineData("checkpoint", "net", "module")]
    public void The_weights_are_found_under_any_key(params string[] keys)
    {
        using var checkpoint = Open(pickle =>
        {
            foreach (string key in keys) pickle.Raw("}("u8).Text("loss").Tensor("FloatStorage", "0", 1, 0, [], []).Text(key);
            WriteState(pickle);
            foreach (string _ in keys) pickle.Op('u');
        }, out var folder);
        using (folder) Model.AssertEqual(checkpoint);
        Assert.Empty(checkpoint.Notes);
    }

    [Fact]
    public void An_averaged_copy_is_said()
    {
        using var checkpoint = Open(pickle =>
        {
            pickle.Raw("}("u8).Text("ema");
            WriteState(pickle);
            pickle.Text("model");
            WriteState(pickle);
            pickle.Op('u');
        }, out var folder);
        using (folder) Model.AssertEqual(checkpoint);
        Assert.EndsWith("holds several sets of weights; the one under 'model' is used, not 'ema'.", Assert.Single(checkpoint.Notes));
    }

    [Fact]
    public void Foreign_objects_beside_the_weights_are_opaque()
    {
        using var checkpoint = Open(pickle =>
        {
            pickle.Raw("}("u8);
            // argparse.Namespace(lr=1), a numpy scalar, a class without arguments and one of protocol 0, and an object that holds itself.
            pickle.Text("args").Global("argparse", "Namespace").Raw(")R}("u8).Text("lr").Int(1).Raw("ub"u8);
            pickle.Text("loss").Global("numpy.core.multiarray", "scalar").Raw("("u8).Global("numpy", "dtype").Raw("("u8).Text("f8")
                .Raw("tR"u8).Text("x").Raw("tR"u8);
            pickle.Text("tool").Global("my.tools", "Thing").Raw([(byte)')', 0x81]).Raw("}("u8).Text("a").Int(1).Raw("ub"u8);
            pickle.Text("old").Raw("(imy.tools\nOld\n"u8);
            pickle.Text("self").Global("my.tools", "Loop").Raw([(byte)')', 0x81, (byte)'q', 9]).Raw("}("u8).Text("me").Raw([(byte)'h', 9])
                .Raw("ub"u8);
            pickle.Text("items").Global("my.tools", "Bag").Raw([(byte)')', 0x81]).Raw("("u8).Int(1).Int(2).Raw("e("u8).Int(1).Int(2)
                .Raw("u"u8);
            pickle.Text("model");
            WriteState(pickle);
            pickle.Op('u');
        }, out var folder);
        using (folder) Model.AssertEqual(checkpoint);
    }

    [Fact]
    public void A_module_saved_whole_gives_its_tensors()
    {
        using var checkpoint = Open(pickle => WriteModule(pickle, [.. Model.Tensors.Select((tensor, i) => (tensor.Name, i))]),
            out var folder);
        using (folder) Model.AssertEqual(checkpoint);
    }

    // As torch.save(model) does: objects with _parameters and _modules.
    private static void WriteModule(PickleWriter pickle, List<(string Name, int Index)> tensors)
    {
        pickle.Global("my.model", "Module").Raw([(byte)')', 0x81]).Raw("}("u8).Text("training").Raw(0x89).Text("_parameters").Raw("}("u8);
        foreach (var (name, index) in tensors.Where(tensor => !tensor.Name.Contains('.'))) WriteTensor(pickle.Text(name), index);
        pickle.Op('u').Text("_modules").Raw("}("u8);
        foreach (var group in tensors.Where(tensor => tensor.Name.Contains('.')).GroupBy(tensor => tensor.Name.Split('.')[0]))
        {
            pickle.Text(group.Key);
            WriteModule(pickle, [.. group.Select(tensor => (tensor.Name[(group.Key.Length + 1)..], tensor.Index))]);
        }
        pickle.Raw("uub"u8);
    }

    private static void WriteState(PickleWriter pickle)
    {
        pickle.Raw("}("u8);
        for (int i = 0; i < Model.Tensors.Count; i++) WriteTensor(pickle.Text(Model.Tensors[i].Name), i);
        pickle.Op('u');
    }

    private static void WriteTensor(PickleWriter pickle, int index)
    {
        var (_, shape, values) = Model.Tensors[index];
        pickle.Tensor("FloatStorage", $"{index}", values.Length, 0, shape, TinyClip.Strides(shape));
    }

    private static Checkpoint Open(Action<PickleWriter> write, out ScratchFolder folder)
    {
        var pickle = new PickleWriter();
        write(pickle);
        var zip = new ZipWriter().Store("x/data.pkl", pickle.Finish());
        for (int i = 0; i < Model.Tensors.Count; i++)
            zip.Store($"x/data/{i}", System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(Model.Tensors[i].Values).ToArray());
        folder = new ScratchFolder();
        folder.Write("config.json", TinyClip.SmallJson);
        return Checkpoint.Open(folder.Write("x.ckpt", zip.Finish()));
    }
}
