using ClipLens.Models.Checkpoints.Torch;

namespace ClipLens.Models.Checkpoints;

/// <summary>Finds a CLIP-ViT among the tensor names of a file: what stands before its names, and what does not belong to it.</summary>
internal static class ClipNames
{
    // One tensor that every checkpoint of a family has.
    private static readonly string[] Marks =
        ["visual.conv1.weight", TimmNames.Mark, "vision_model.embeddings.patch_embedding.weight"];

    // Put into names, at any place, by wrappers of the training programs.
    private static readonly string[] Wrappers = ["module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module",
        "_forward_module"];

    // What the names of both towers begin with.
    private static readonly string[] Parts =
    [
        "visual.", "transformer.", "token_embedding.", "positional_embedding", "ln_final.", "text_projection", "logit_scale", "logit_bias",
            "text.",
        "vision_model.", "text_model.", "visual_projection.", "text_projection.",
    ];

    /// <summary>Whether a name, with whatever before it, is that of a tensor that every CLIP-ViT has.</summary>
    public static bool IsMark(string name) => Prefix(Unwrapped(name)) is not null;

    /// <summary>The name without the wrappers' parts.</summary>
    public static string Unwrapped(string name) =>
        Wrappers.Any(wrapper => name.Contains(wrapper, StringComparison.Ordinal))
        ? string.Join('.', name.Split('.').Except(Wrappers, name)) : name;

    /// <summary>
    /// What stands before all of the model's names; null where there is no CLIP-ViT. Of several, copies that training averages come last.
    /// </summary>
    /// <param name="names">The tensors' names, without wrappers.</param>
    /// <param name="path">The file that messages name.</param>
    /// <param name="others">What stands before other models' names, which are left aside.</param>
    /// <exception cref="ClipLensException">There are two models with equal claims.</exception>
    public static string? Prefix(IEnumerable<string> names, string path, out IReadOnlyList<string> others)
    {
        string[] all = [.. names.Select(Prefix).OfType<string>().Distinct().OrderBy(prefix => prefix.Length)];
        string[] first = all is ["", ..] ? [""]
            : [.. all.Where(prefix => !StateDict.IsCopy(prefix)).DefaultIfEmpty(all.FirstOrDefault() ?? "")];
        if (first.Length > 1)
            throw new ClipLensException($"{path} holds several models, whose tensors begin with "
            + $"{string.Join(" and ", first.Take(4).Select(one => $"'{one}'"))}; "
                + "save the one that is meant alone.");
        others = all.Length > 1 ? [.. all.Except(first)] : [];
        return all.Length > 0 ? first[0] : null;
    }

    /// <summary>Whether a name, without what stands before it, may belong to one of the two towers.</summary>
    public static bool IsPart(string name) => Parts.Any(part => name.StartsWith(part, StringComparison.Ordinal));

    private static string? Prefix(string name)
    {
        foreach (string mark in Marks)
            if (name.EndsWith(mark, StringComparison.Ordinal)
            && (name.Length == mark.Length || name[^(mark.Length + 1)] == '.')) return name[..^mark.Length];
        return null;
    }

    // Unlike LINQ's, keeps what is there twice.
    private static IEnumerable<string> Except(this string[] parts, string[] wrappers, string whole) =>
        parts.Where(part => !wrappers.Contains(part)).DefaultIfEmpty(whole);
}
