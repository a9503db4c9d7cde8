namespace ClipLens.Models.Checkpoints;

/// <summary>Under which names the package timm keeps an image tower's tensors, behind <c>visual.trunk.</c> in open_clip's files.</summary>
internal static class TimmNames
{
    /// <summary>A tensor that every vision transformer of timm has in open_clip's files.</summary>
    public const string Mark = Trunk + "pos_embed";

    private const string Trunk = "visual.trunk.", Blocks = "visual.transformer.resblocks.", StemParts = Trunk + "patch_embed.backbone.",
        LastOfStem = StemParts + "2.conv.";

    private static readonly Dictionary<string, WeightRecipe> Whole = new()
    {
        ["visual.class_embedding"] = new([Trunk + "cls_token"], HasLeadingOnes: true),
        ["visual.positional_embedding"] = new([Mark], HasLeadingOnes: true),
        ["visual.proj"] = new([Trunk + "head.weight"], IsTransposed: true),
        ["visual.proj_bias"] = new([Trunk + "head.bias"]),
        ["visual.attn_pool.probe"] = new([Trunk + "attn_pool.latent"], HasLeadingOnes: true),
        ["visual.attn_pool.attn.in_proj_weight"] = new([Trunk + "attn_pool.q.weight", Trunk + "attn_pool.kv.weight"]),
        ["visual.attn_pool.attn.in_proj_bias"] = new([Trunk + "attn_pool.q.bias", Trunk + "attn_pool.kv.bias"]),
    };

    private static readonly (string Native, string Timm)[] Beginnings =
    [
        ("visual.conv1.", Trunk + "patch_embed.proj."), ("visual.ln_pre.", Trunk + "norm_pre."), ("visual.ln_post.", Trunk + "norm."),
        ("visual.attn_pool.attn.out_proj.", Trunk + "attn_pool.proj."), ("visual.attn_pool.ln.", Trunk + "attn_pool.norm."),
        ("visual.attn_pool.mlp.c_fc.", Trunk + "attn_pool.mlp.fc1."), ("visual.attn_pool.mlp.c_proj.", Trunk + "attn_pool.mlp.fc2."),
    ];

    private static readonly (string Native, string Timm)[] InBlocks =
    [
        (".ln_1.", ".norm1."), (".ln_2.", ".norm2."), (".attn.out_proj.", ".attn.proj."), (".attn.ln.", ".attn.norm."),
        (".mlp.c_gate.", ".mlp.fc1_g."), (".mlp.c_proj.", ".mlp.fc2."), (".mlp.ln.", ".mlp.norm."),
    ];

    /// <summary>How a tensor of the image tower is made.</summary>
    /// <param name="name">Its canonical name.</param>
    /// <param name="stored">What the file holds: some models keep queries, keys and values apart, or have no bias of keys.</param>
    public static WeightRecipe Recipe(string name, HashSet<string> stored)
    {
        if (Whole.TryGetValue(name, out var recipe)) return recipe;
        if (name.StartsWith("visual.stem.", StringComparison.Ordinal)) return new([Stem(name["visual.stem.".Length..])]);
        if (name.StartsWith("visual.conv1.", StringComparison.Ordinal) && stored.Contains(LastOfStem + "weight"))
            return new([LastOfStem + name["visual.conv1.".Length..]]);
        if (name.StartsWith(Blocks, StringComparison.Ordinal)) return Block(Trunk + "blocks." + name[Blocks.Length..], stored);
        foreach (var (native, timm) in Beginnings)
            if (name.StartsWith(native, StringComparison.Ordinal)) return new([timm + name[native.Length..]]);
        return new([name]);
    }

    // 0.weight is the convolution, 0.norm.* what stands behind it.
    private static string Stem(string name)
    {
        string index = name[..name.IndexOf('.')], part = name[(index.Length + 1)..];
        return $"{StemParts}{index}." + part switch
        {
            "weight" => "conv.weight",
            "norm.mean" => "bn.running_mean",
            "norm.variance" => "bn.running_var",
            _ => part.Replace("norm.", "bn.", StringComparison.Ordinal),
        };
    }

    private static WeightRecipe Block(string name, HashSet<string> stored)
    {
        int end = name.IndexOf(".in_proj_", StringComparison.Ordinal);
        if (end >= 0) return Attention(name[..end], name.EndsWith("bias", StringComparison.Ordinal), stored);
        string first = stored.Contains(name.Replace(".mlp.c_fc.", ".mlp.fc1_x.", StringComparison.Ordinal)) ? ".mlp.fc1_x." : ".mlp.fc1.";
        name = name.Replace(".mlp.c_fc.", first, StringComparison.Ordinal);
        foreach (var (native, timm) in InBlocks) name = name.Replace(native, timm, StringComparison.Ordinal);
        return new([name]);
    }

    private static WeightRecipe Attention(string attention, bool isBias, HashSet<string> stored)
    {
        string Part(string name) => $"{attention}.{name}";
        if (!isBias) return stored.Contains(Part("q_proj.weight")) ? new([Part("q_proj.weight"), Part("k_proj.weight"),
            Part("v_proj.weight")]) : new([Part("qkv.weight")]);
        if (stored.Contains(Part("q_bias"))) return new([Part("q_bias"), WeightRecipe.Zeros, Part("v_bias")]);
        if (!stored.Contains(Part("q_proj.bias"))) return new([Part("qkv.bias")]);
        string keys = stored.Contains(Part("k_proj.bias")) ? Part("k_proj.bias") : WeightRecipe.Zeros;
        return new([Part("q_proj.bias"), keys, Part("v_proj.bias")]);
    }
}
