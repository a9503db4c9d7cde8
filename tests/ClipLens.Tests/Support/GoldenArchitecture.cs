using System.Text.Json;
using System.Text.Json.Nodes;
using ClipLens.Files;
using static TorchSharp.torch;

namespace ClipLens.Tests.Support;

/// <summary>A small random checkpoint of an architecture in use, with what the reference code computes of it.</summary>
internal sealed class GoldenArchitecture(string name) : IDisposable
{
    private readonly SafeTensorsFile file = SafeTensorsFile.Open(PathOf(name, "golden.safetensors"));

    /// <summary>All of them.</summary>
    public static TheoryData<string> Names { get; } = new("siglip_openclip", "siglip_hf", "siglip2_openclip", "siglip2_hf",
        "siglip2_base_openclip", "pe_core_openclip", "pe_core_bigg_openclip", "eva02_openclip", "eva01_openclip", "eva02_e_openclip",
        "clipa_openclip", "coca_openclip", "metaclip2_openclip");

    public string Folder => PathOf(name);

    public JsonElement Facts(string json) => JsonDocument.Parse(File.ReadAllText(PathOf(name, json))).RootElement;

    public bool Has(string tensor) => file.Tensors.Any(entry => entry.Name == tensor);

    public Tensor this[string tensor] => file.Load(tensor);

    public static string PathOf(params string[] parts) => SharedData.Path(["golden", "architectures", .. parts]);

    /// <summary>
    /// A copy of the checkpoint with a text tower that takes the tiny vocabulary, which is larger than the golden one: the image tower is
    /// the same, and texts can be embedded. SigLIP's have tokenizers, which are copied.
    /// </summary>
    public static string Copy(string name, string folder)
    {
        Directory.CreateDirectory(folder);
        // Bytes alone: the golden files are read-only.
        foreach (string path in Directory.GetFiles(PathOf(name)))
            File.WriteAllBytes(Path.Combine(folder, Path.GetFileName(path)), File.ReadAllBytes(path));
        if (name.StartsWith("siglip", StringComparison.Ordinal)) return folder;
        int vocabulary = TinyModel.WriteVocabulary(folder);
        string config = Path.Combine(folder, "open_clip_config.json"), weights = Path.Combine(folder, "open_clip_model.safetensors");
        var json = JsonNode.Parse(File.ReadAllText(config))!;
        var text = json["model_cfg"]!["text_cfg"]!.AsObject();
        text["vocab_size"] = vocabulary;
        foreach (string setting in new[] { "hf_tokenizer_name", "tokenizer_kwargs", "eos_id" }) text.Remove(setting);
        if (text["pool_type"]?.ToString() == "eos") text["pool_type"] = "argmax";
        File.WriteAllText(config, json.ToJsonString());
        SafeTensorData[] tensors;
        using (var stored = SafeTensorsFile.Open(weights))
        {
            tensors = [.. stored.Tensors.Select(entry =>
            {
                using var values = stored.Load(entry.Name);
                using var grown = entry.Name.EndsWith("token_embedding.weight", StringComparison.Ordinal)
                    ? cat([values, values.narrow(0, 0, vocabulary - values.shape[0])], 0) : values.clone();
                return SafeTensorData.From(entry.Name, grown.data<float>().ToArray(), grown.shape);
            })];
        }
        SafeTensorsWriter.Save(weights, tensors);
        return folder;
    }

    public void Dispose() => file.Dispose();
}
