namespace ClipLens.Models.Checkpoints;

/// <summary>How a canonical tensor is made from stored ones.</summary>
/// <param name="Sources">The stored tensors; several are put one under the other along the first dimension. <see cref="Zeros"/> stands for
/// zeros of the shape of the first.</param>
/// <param name="IsTransposed">Whether the one stored tensor is the transpose.</param>
/// <param name="HasLeadingOnes">Whether the one stored tensor has dimensions of one before its own.</param>
internal sealed record WeightRecipe(IReadOnlyList<string> Sources, bool IsTransposed = false, bool HasLeadingOnes = false)
{
    /// <summary>A part that is not stored because it is zero, as the bias of keys in some models.</summary>
    public const string Zeros = "";

    /// <summary>The stored tensors that there must be.</summary>
    public IEnumerable<string> Stored => Sources.Where(source => source != Zeros);
}

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
        ("visual.attn_pool.attn.", "vision_model.head.attention."),
        ("visual.attn_pool.ln.", "vision_model.head.layernorm."),
        ("visual.attn_pool.mlp.c_fc.", "vision_model.head.mlp.fc1."),
        ("visual.attn_pool.mlp.c_proj.", "vision_model.head.mlp.fc2."),
        ("token_embedding.", "text_model.embeddings.token_embedding."),
        ("positional_embedding", "text_model.embeddings.position_embedding.weight"),
        ("ln_final.", "text_model.final_layer_norm."),
        ("text_projection.bias", "text_model.head.bias"),
        ("visual.transformer.resblocks.", "vision_model.encoder.layers."),
        ("transformer.resblocks.", "text_model.encoder.layers."),
    ];

    private static readonly (string Native, string HuggingFace)[] BlockReplacements =
    [
        (".ln_1.", ".layer_norm1."), (".ln_2.", ".layer_norm2."), (".attn.out_proj.", ".self_attn.out_proj."),
        (".mlp.c_fc.", ".mlp.fc1."), (".mlp.c_proj.", ".mlp.fc2."),
    ];

    /// <summary>The recipes of a checkpoint with these tensors.</summary>
    /// <param name="stored">The names of the tensors, without what stands before the model's.</param>
    public static Func<string, WeightRecipe> For(IReadOnlyCollection<string> stored)
    {
        var names = stored.ToHashSet(StringComparer.Ordinal);
        if (names.Contains("vision_model.embeddings.patch_embedding.weight")) return name => HuggingFace(name, names);
        Func<string, WeightRecipe> image = names.Contains(TimmNames.Mark) ? name => TimmNames.Recipe(name, names) : name => new([name]);
        string text = names.Contains("text.token_embedding.weight") ? "text." : "";
        return name => name.StartsWith("visual.", StringComparison.Ordinal) ? image(name)
            : name is CanonicalTensors.LogitScale or CanonicalTensors.LogitBias ? new([name]) : NativeText(text + name, names);
    }

    // A projection with a bias is a module of its own, whose matrix is the transpose.
    private static WeightRecipe NativeText(string name, HashSet<string> stored) =>
        name.EndsWith("text_projection", StringComparison.Ordinal) && stored.Contains(name + ".weight")
            ? new([name + ".weight"], IsTransposed: true) : new([name]);

    /// <summary>Hugging Face's <c>CLIPModel</c> and <c>SiglipModel</c>: other names, query, key and value apart, and the projections
    /// transposed.</summary>
    private static WeightRecipe HuggingFace(string name, HashSet<string> stored)
    {
        switch (name)
        {
            case "visual.proj": return new(["visual_projection.weight"], IsTransposed: true);
            case "text_projection":
                string head = stored.Contains("text_model.head.weight") ? "text_model.head.weight" : "text_projection.weight";
                return new([head], IsTransposed: true);
            case "visual.attn_pool.probe": return new(["vision_model.head.probe"], HasLeadingOnes: true);
        }
        foreach (var (native, other) in Replacements)
        {
            if (!name.StartsWith(native, StringComparison.Ordinal)) continue;
            string renamed = other + name[native.Length..];
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
