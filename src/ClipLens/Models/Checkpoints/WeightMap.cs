using ClipLens.Files;
using ClipLens.Models.Configuration;
using static TorchSharp.torch;

namespace ClipLens.Models.Checkpoints;

/// <summary>The stored tensors of a checkpoint, seen under the canonical names.</summary>
internal sealed class WeightMap : IDisposable
{
    // Put before all names by wrappers of the training programs.
    private static readonly string[] Wrappers = ["module.", "_orig_mod."];

    // Constants that some versions save beside the weights.
    private static readonly string[] Constants =
        ["position_ids", "attn_mask", "input_resolution", "context_length", "vocab_size", "logit_bias"];

    // Parts that ClipLens does not compute, by what their tensors' names contain.
    private static readonly (string Part, string What)[] OtherParts =
    [
        ("visual.trunk.", "an image tower of the package timm"), ("visual.layer1.", "a ResNet"), ("visual.attnpool", "a ResNet"),
        ("visual.attn_pool", "attentional pooling"), ("text_decoder.", "CoCa's text decoder"), ("cls_emb", "a class token in the text tower"),
        ("text.transformer.embeddings.", "a text tower of Hugging Face"), ("roberta", "a text tower of Hugging Face"), (".ls_1.", "layer scale"),
        (".rope", "rotary embeddings"), ("text_model.head", "SigLIP"), ("vision_model.head", "SigLIP"),
    ];

    private readonly string path;
    private readonly IWeights weights;
    private readonly Dictionary<string, string> stored;
    private readonly Func<string, WeightRecipe> recipe;

    /// <summary>Takes over the weights and finds out how they are named.</summary>
    /// <exception cref="ClipLensException">They are not those of a CLIP-ViT.</exception>
    public WeightMap(string path, IWeights weights)
    {
        this.path = path;
        this.weights = weights;
        stored = Unwrap();
        IsHuggingFace = stored.ContainsKey("vision_model.embeddings.class_embedding");
        if (IsHuggingFace) recipe = WeightRecipes.HuggingFace;
        else if (!stored.ContainsKey("visual.conv1.weight") || OtherPart() is not null) throw NotClip();
        else recipe = stored.ContainsKey("text.token_embedding.weight") ? WeightRecipes.NativeCustomText : WeightRecipes.Native;
    }

    public bool IsHuggingFace { get; }

    /// <summary>Whether the weights come from OpenAI, who saved three constants with them, or their TorchScript archive.</summary>
    public bool IsOpenAi => !IsHuggingFace && (weights is TorchWeights { IsTorchScript: true } || stored.ContainsKey("input_resolution"));

    public bool IsTorch => weights is TorchWeights;

    /// <summary>The shapes of the tensors by their native name, as far as these are the stored ones.</summary>
    public Dictionary<string, IReadOnlyList<long>> NativeShapes() =>
        stored.Keys.ToDictionary(
            name => recipe == WeightRecipes.NativeCustomText && name.StartsWith("text.", StringComparison.Ordinal) ? name["text.".Length..] : name,
            name => Stored(name).Shape);

    /// <summary>Checks that every tensor of the configuration is there with its shape and as floating-point numbers, and no other.</summary>
    /// <exception cref="ClipLensException">The first tensor that is not as it should be, named.</exception>
    public void Check(ClipConfig config, string configSource)
    {
        var used = new HashSet<string>();
        foreach (var (name, shape) in CanonicalTensors.Shapes(config))
        {
            var found = Shape(name);
            if (!found.SequenceEqual(shape))
            {
                throw new ClipLensException($"{path} has the tensor '{name}' of shape {SafeTensorEntry.ShapeOf(found)}, "
                    + $"where {configSource} asks for {SafeTensorEntry.ShapeOf(shape)}.");
            }
            used.UnionWith(recipe(name).Sources);
        }
        used.UnionWith(recipe(CanonicalTensors.LogitScale).Sources);
        if (stored.Keys.FirstOrDefault(name => !used.Contains(name) && !IsConstant(name)) is not { } extra) return;
        string what = OtherPart() is { } part ? $"{part}, which ClipLens does not support" : $"no part of the model that {configSource} describes";
        throw new ClipLensException($"{path} has the tensor '{extra}', which belongs to {what}.");
    }

    public bool Contains(string name) => recipe(name).Sources.All(stored.ContainsKey);

    /// <summary>The shape of a canonical tensor.</summary>
    /// <exception cref="ClipLensException">It is not there, or its parts are not floating-point numbers that fit together.</exception>
    public long[] Shape(string name)
    {
        var recipe = this.recipe(name);
        long[]? shape = null;
        foreach (string source in recipe.Sources)
        {
            var stored = Stored(source);
            if (!stored.Type.IsFloat())
                throw new ClipLensException($"{path} has the tensor '{source}' of the type {stored.Type.SafeTensorsName()}, where a weight must be floating-point.");
            if (shape is null) shape = [.. stored.Shape];
            else if (shape.Length == 0 || stored.Shape.Count != shape.Length || !stored.Shape.Skip(1).SequenceEqual(shape.Skip(1)))
                throw new ClipLensException($"{path} has the tensor '{source}' of shape {SafeTensorEntry.ShapeOf(stored.Shape)}, unlike the other parts of '{name}'.");
            else shape[0] += stored.Shape[0];
        }
        if (recipe.IsTransposed) Array.Reverse(shape!);
        // Some save the temperature as a list of one.
        return name == CanonicalTensors.LogitScale && shape is [1] ? [] : shape!;
    }

    /// <summary>Loads a canonical tensor as float32; the caller owns it.</summary>
    public Tensor Load(string name)
    {
        var recipe = this.recipe(name);
        long[] shape = Shape(name);
        using var scope = NewDisposeScope();
        if (recipe is { Sources: [var only], IsTransposed: false })
            return LoadStored(only).to(ScalarType.Float32).reshape(shape).MoveToOuterDisposeScope();
        var result = empty(shape, dtype: ScalarType.Float32);
        long row = 0;
        foreach (string source in recipe.Sources)
        {
            using var part = LoadStored(source);
            using var oriented = recipe.IsTransposed ? part.t() : part.alias();
            using var target = result.narrow(0, row, oriented.shape[0]);
            target.copy_(oriented);
            row += oriented.shape[0];
        }
        return result.MoveToOuterDisposeScope();
    }

    public void Dispose() => weights.Dispose();

    private StoredTensor Stored(string name) => stored.TryGetValue(name, out string? source) ? weights.Tensors[source]
        : throw new ClipLensException($"{path} has no tensor '{name}'.");

    private Tensor LoadStored(string name) => weights.LoadStored(stored[name]);

    private Dictionary<string, string> Unwrap()
    {
        var result = new Dictionary<string, string>();
        foreach (string stored in weights.Tensors.Keys)
        {
            string name = stored;
            while (Wrappers.FirstOrDefault(wrapper => name.StartsWith(wrapper, StringComparison.Ordinal)) is { } wrapper) name = name[wrapper.Length..];
            if (!result.TryAdd(name, stored))
                throw new ClipLensException($"{path} has the tensor '{name}' twice, as '{result[name]}' and as '{stored}'.");
        }
        return result;
    }

    private static bool IsConstant(string name) => Constants.Any(constant => name == constant || name.EndsWith("." + constant, StringComparison.Ordinal));

    private string? OtherPart()
    {
        foreach (var (part, what) in OtherParts)
            if (stored.Keys.Any(name => name.Contains(part, StringComparison.Ordinal))) return what;
        return null;
    }

    private ClipLensException NotClip() => OtherPart() is { } part
        ? new ClipLensException($"{path} holds {part}, which ClipLens does not support.")
        : new ClipLensException($"{path} does not hold a CLIP-ViT's weights: it has neither 'visual.conv1.weight' (open_clip) nor "
            + "'vision_model.embeddings.class_embedding' (Hugging Face).");
}
