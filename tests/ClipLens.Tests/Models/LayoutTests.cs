using System.Text.Json.Nodes;
using ClipLens.Files;
using ClipLens.Models;
using ClipLens.Models.Checkpoints;
using ClipLens.Models.Configuration;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Models;

/// <summary>Layouts that hold the weights of a golden file in another form compute the same.</summary>
public sealed class LayoutTests : IDisposable
{
    private readonly ScratchFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Hugging Face's <c>MetaClip2Model</c>: CLIP's names, another end token, a tokenizer of its own.</summary>
    [SharedFact]
    public void MetaClip_2_in_Hugging_Faces_layout_computes_what_it_does_in_open_clips()
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        using var golden = new GoldenArchitecture("metaclip2_openclip");
        using (var checkpoint = Checkpoint.Open(golden.Folder))
        {
            var recipe = WeightRecipes.For(["vision_model.embeddings.patch_embedding.weight"]);
            SafeTensorsWriter.Save(folder.File("model.safetensors"), [.. checkpoint.TensorNames.SelectMany(name =>
                Stored(checkpoint.LoadTensor(name), recipe(name)))]);
        }
        folder.Write("config.json", """
            {"model_type": "metaclip_2", "projection_dim": 48, "vision_config": {"model_type": "metaclip_2_vision_model", "image_size": 32,
             "patch_size": 8, "hidden_size": 160, "intermediate_size": 160, "num_attention_heads": 2, "num_hidden_layers": 2,
             "hidden_act": "quick_gelu"}, "text_config": {"model_type": "metaclip_2_text_model", "vocab_size": 600, "hidden_size": 32,
             "intermediate_size": 128, "num_attention_heads": 2, "num_hidden_layers": 2, "max_position_embeddings": 12, "eos_token_id": 2,
             "hidden_act": "quick_gelu"}}
            """);
        using var model = ClipModel.Load(folder.Path);
        Assert.Equal((TokenizerKind.OwnFiles, CleaningKind.AsItIs, 2), (model.Config.Text.Tokenizer, model.Config.Text.Cleaning,
            model.Config.Text.EndId!.Value));
        Near(golden["image.embedding"], model.Image.Encode(golden["pixel_values"]));
        Near(golden["text.embedding"], model.Text.Encode(golden["input_ids"]));
    }

    /// <summary>SigLIP i18n of so400m: the token that is read out is the output, without a matrix.</summary>
    [SharedFact]
    public void A_text_tower_without_a_projection_gives_what_one_with_the_unit_matrix_does()
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        using var golden = new GoldenArchitecture("siglip_openclip");
        string unit = Copy("unit", (name, values) => !name.EndsWith("text_projection.weight", StringComparison.Ordinal)
            ? name.EndsWith("text_projection.bias", StringComparison.Ordinal) ? zeros_like(values) : values : eye(values.shape[0]),
            _ => { });
        string none = Copy("none", (name, values) => name.Contains("text_projection") ? null : values, text =>
        {
            text.Remove("proj_bias");
            text["proj_type"] = "none";
        });
        using ClipModel one = ClipModel.Load(unit), other = ClipModel.Load(none);
        Assert.False(other.Config.Text.HasProjection);
        Near(one.Text.Encode(golden["input_ids"]), other.Text.Encode(golden["input_ids"]));
        Assert.NotEqual(one.Sha256, other.Sha256);

        string config = Path.Combine(none, "open_clip_config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"embed_dim\":64", "\"embed_dim\":48"));
        Assert.Contains("proj_type", Assert.Throws<ClipLensException>(() => Checkpoint.Open(none)).Message);

        string Copy(string name, Func<string, Tensor, Tensor?> change, Action<JsonObject> setting)
        {
            string target = Directory.CreateDirectory(folder.File(name)).FullName;
            var json = JsonNode.Parse(File.ReadAllText(GoldenArchitecture.PathOf("siglip_openclip", "open_clip_config.json")))!;
            setting(json["model_cfg"]!["text_cfg"]!.AsObject());
            File.WriteAllText(Path.Combine(target, "open_clip_config.json"), json.ToJsonString());
            using var stored = SafeTensorsFile.Open(GoldenArchitecture.PathOf("siglip_openclip", "open_clip_model.safetensors"));
            SafeTensorsWriter.Save(Path.Combine(target, "open_clip_model.safetensors"), [.. stored.Tensors
                .Select(entry => (entry.Name, Values: change(entry.Name, stored.Load(entry.Name)))).Where(own => own.Values is not null)
                .Select(own => SafeTensorData.From(own.Name, own.Values!.data<float>().ToArray(), own.Values.shape))]);
            return target;
        }
    }

    private static IEnumerable<SafeTensorData> Stored(Tensor values, WeightRecipe recipe)
    {
        var form = recipe.IsTransposed ? values.t().contiguous() : values;
        var parts = recipe.Sources.Count == 1 ? [form] : form.chunk(recipe.Sources.Count);
        return recipe.Sources.Zip(parts, (name, part) => SafeTensorData.From(name, part.contiguous().data<float>().ToArray(), part.shape));
    }

    private static void Near(Tensor expected, Tensor actual) => Assert.InRange(Golden.RelativeError(actual, expected), 0, 1e-4);
}
