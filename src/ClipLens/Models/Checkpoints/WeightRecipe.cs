namespace ClipLens.Models.Checkpoints;

/// <summary>How a canonical tensor is made from stored ones.</summary>
/// <param name="Sources">The stored tensors; several are put one under the other along the first dimension.</param>
/// <param name="IsTransposed">Whether the one stored tensor is the transpose.</param>
internal sealed record WeightRecipe(IReadOnlyList<string> Sources, bool IsTransposed = false);

/// <summary>Under which names, and in which form, each family of checkpoints holds the canonical tensors.</summary>
internal static class WeightRecipes
{
    private static readonly (string Native, string HuggingFace)[] Replacements =
    [
        ("visual.class_embedding", "vision_model.embeddings.class_embedding"),
        ("visual.conv1.", "vision_model.embeddings.patch_embedding."),
        ("visual.positional_embedding", "vision_model.embeddings.position_embedding.weight"),
        // Hugging Face spells it like that.
        ("visual.ln_pre.", "vision_model.pre_layrnorm."),
        ("visual.ln_post.", "vision_model.post_layernorm."),
        ("visual.proj", "visual_projection.weight"),
        ("token_embedding.", "text_model.embeddings.token_embedding."),
        ("positional_embedding", "text_model.embeddings.position_embedding.weight"),
        ("ln_final.", "text_model.final_layer_norm."),
        ("text_projection", "text_projection.weight"),
        ("visual.transformer.resblocks.", "vision_model.encoder.layers."),
        ("transformer.resblocks.", "text_model.encoder.layers."),
    ];

    private static readonly (string Native, string HuggingFace)[] BlockReplacements =
    [
        (".ln_1.", ".layer_norm1."), (".ln_2.", ".layer_norm2."), (".attn.out_proj.", ".self_attn.out_proj."),
        (".mlp.c_fc.", ".mlp.fc1."), (".mlp.c_proj.", ".mlp.fc2."),
    ];

    /// <summary>open_clip and OpenAI: the names are the canonical ones.</summary>
    public static WeightRecipe Native(string name) => new([name]);

    /// <summary>open_clip's models with a text tower of their own: the same, with <c>text.</c> before that tower's names.</summary>
    public static WeightRecipe NativeCustomText(string name) =>
        new([name.StartsWith("visual.", StringComparison.Ordinal) || name == CanonicalTensors.LogitScale ? name : "text." + name]);

    /// <summary>Hugging Face's <c>CLIPModel</c>: other names, query, key and value apart, and the projections transposed.</summary>
    public static WeightRecipe HuggingFace(string name)
    {
        foreach (var (native, other) in Replacements)
        {
            if (!name.StartsWith(native, StringComparison.Ordinal)) continue;
            string renamed = other + name[native.Length..];
            if (name is "visual.proj" or "text_projection") return new([renamed], IsTransposed: true);
            return native.EndsWith("resblocks.", StringComparison.Ordinal) ? HuggingFaceBlock(renamed) : new([renamed]);
        }
        return new([name]);
    }

    private static WeightRecipe HuggingFaceBlock(string name)
    {
        int joint = name.IndexOf(".attn.in_proj_", StringComparison.Ordinal);
        if (joint >= 0)
        {
            string kind = name[(joint + ".attn.in_proj_".Length)..];
            return new([.. "qkv".Select(part => $"{name[..joint]}.self_attn.{part}_proj.{kind}")]);
        }
        foreach (var (native, other) in BlockReplacements) name = name.Replace(native, other, StringComparison.Ordinal);
        return new([name]);
    }
}
