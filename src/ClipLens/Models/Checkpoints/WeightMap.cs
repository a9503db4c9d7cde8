using ClipLens.Files;
using ClipLens.Models.Configuration;
using static TorchSharp.torch;

namespace ClipLens.Models.Checkpoints;

/// <summary>The stored tensors of a checkpoint, seen under the canonical names.</summary>
internal sealed class WeightMap : IDisposable
{
    // Constants that some versions save beside the weights.
    private static readonly string[] Constants =
        ["position_ids", "attn_mask", "input_resolution", "context_length", "vocab_size", "num_batches_tracked"];

    private readonly string path;
    private readonly IWeights weights;
    private readonly Dictionary<string, string> stored;
    private readonly Func<string, WeightRecipe> recipe;
    private readonly List<string> notes;

    /// <summary>Takes over the weights and finds out how they are named.</summary>
    /// <exception cref="ClipLensException">They are not those of a CLIP-ViT.</exception>
    public WeightMap(string path, IWeights weights)
    {
        this.path = path;
        this.weights = weights;
        notes = [.. weights.Notes];
        stored = FindModel();
        IsHuggingFace = stored.ContainsKey("vision_model.embeddings.patch_embedding.weight");
        recipe = WeightRecipes.For(stored.Keys);
    }

    /// <summary>What a person should know about how the model was found in the file, in sentences.</summary>
    public IReadOnlyList<string> Notes => notes;

    public bool IsHuggingFace { get; }

    /// <summary>Whether the weights come from OpenAI, who saved three constants with them, or their TorchScript archive.</summary>
    public bool IsOpenAi => !IsHuggingFace && (weights is TorchWeights { IsTorchScript: true } || stored.ContainsKey("input_resolution"));

    public bool IsTorch => weights is TorchWeights;

    /// <summary>The open weight files, in order.</summary>
    public IEnumerable<FileBytes> Files => weights.Files;

    /// <summary>The shapes of the tensors by their native name, as far as these are the stored ones.</summary>
    public Dictionary<string, IReadOnlyList<long>> NativeShapes() =>
        stored.Keys.ToDictionary(
            name => name.StartsWith("text.", StringComparison.Ordinal) ? name["text.".Length..] : name,
            name => Stored(name).Shape);

    /// <summary>Checks that every tensor of the configuration is there with its shape and as floating-point numbers, and no
    /// other.</summary>
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
            used.UnionWith(recipe(name).Stored);
        }
        used.UnionWith([CanonicalTensors.LogitScale, CanonicalTensors.LogitBias]);
        if (stored.Keys.FirstOrDefault(name => !used.Contains(name) && !IsConstant(name)) is not { } extra) return;
        string what = OtherModels.Part(stored.Keys) is { } part ? $"{part}, which ClipLens does not support"
            : $"no part of the model that {configSource} describes";
        throw new ClipLensException($"{path} has the tensor '{extra}', which belongs to {what}.");
    }

    public bool Contains(string name) => recipe(name).Stored.All(stored.ContainsKey);

    /// <summary>The shape of a canonical tensor.</summary>
    /// <exception cref="ClipLensException">It is not there, or its parts are not floating-point numbers that fit together.</exception>
    public long[] Shape(string name)
    {
        var recipe = this.recipe(name);
        long[]? shape = null;
        foreach (string source in recipe.Sources)
        {
            var stored = Stored(source == WeightRecipe.Zeros ? recipe.Sources[0] : source);
            if (!stored.Type.IsFloat())
                throw new ClipLensException($"{path} has the tensor '{source}' of the type {stored.Type.SafeTensorsName()}, where a "
                + "weight must be floating-point.");
            if (shape is null) shape = [.. stored.Shape];
            else if (shape.Length == 0 || stored.Shape.Count != shape.Length || !stored.Shape.Skip(1).SequenceEqual(shape.Skip(1)))
                throw new ClipLensException($"{path} has the tensor '{source}' of shape {SafeTensorEntry.ShapeOf(stored.Shape)}, unlike "
                + $"the other parts of '{name}'.");
            else shape[0] += stored.Shape[0];
        }
        if (recipe.IsTransposed) Array.Reverse(shape!);
        if (recipe.HasLeadingOnes) shape = [.. shape!.SkipWhile(length => length == 1)];
        // Some save the temperature as a list of one.
        return name is CanonicalTensors.LogitScale or CanonicalTensors.LogitBias && shape is [1] ? [] : shape!;
    }

    /// <summary>Loads a canonical tensor as float32; the caller owns it.</summary>
    /// <exception cref="ClipLensException">It has a value that is not finite, as after training in float16 that went astray.</exception>
    public Tensor Load(string name)
    {
        var recipe = this.recipe(name);
        long[] shape = Shape(name);
        using var scope = NewDisposeScope();
        if (recipe is { Sources: [var only], IsTransposed: false })
            return Finite(LoadStored(only).to(ScalarType.Float32).reshape(shape), name).MoveToOuterDisposeScope();
        var result = empty(shape, dtype: ScalarType.Float32);
        long row = 0;
        foreach (string source in recipe.Sources)
        {
            using var part = source == WeightRecipe.Zeros ? zeros([.. Stored(recipe.Sources[0]).Shape]) : LoadStored(source);
            using var oriented = recipe.IsTransposed ? part.t() : part.alias();
            using var target = result.narrow(0, row, oriented.shape[0]);
            target.copy_(oriented);
            row += oriented.shape[0];
        }
        return Finite(result, name).MoveToOuterDisposeScope();
    }

    /// <summary>Where the values of a canonical tensor lie in a file.</summary>
    /// <exception cref="ClipLensException">They do not lie there as they are, so that they cannot be changed in place.</exception>
    public StoredPlace PlaceOf(string name)
    {
        if (!Contains(name)) throw new ClipLensException($"{path} has no tensor '{name}', so nothing can be put there.");
        return recipe(name) is { Sources: [var only], IsTransposed: false } && weights.PlaceOf(stored[only]) is { } place ? place
            : throw new ClipLensException($"{path} holds the tensor '{name}' in parts or shares it with another one, so it cannot be "
            + "edited in place; save the model's state_dict() anew.");
    }

    private Tensor Finite(Tensor values, string name)
    {
        if (values.isfinite().all().item<bool>()) return values;
        long count = values.isfinite().logical_not().sum().item<long>();
        throw new ClipLensException($"{path} has the tensor '{name}' with {(count == 1 ? "a value" : $"{count} values")} of "
            + $"{values.numel()} that "
            + $"{(count == 1 ? "is" : "are")} not finite (NaN or infinite): the checkpoint is damaged; take an earlier one.");
    }

    public void Dispose() => weights.Dispose();

    private StoredTensor Stored(string name) => stored.TryGetValue(name, out string? source) ? weights.Tensors[source]
        : throw new ClipLensException($"{path} has no tensor '{name}'.");

    private Tensor LoadStored(string name) => weights.LoadStored(stored[name]);

    /// <summary>The model's tensors: their stored names by the names without what wrappers and outer modules put before them.</summary>
    private Dictionary<string, string> FindModel()
    {
        var all = new Dictionary<string, string>();
        foreach (string name in weights.Tensors.Keys)
        {
            string plain = ClipNames.Unwrapped(name);
            if (!all.TryAdd(plain, name)) throw new ClipLensException($"{path} has the tensor '{plain}' twice, as '{all[plain]}' and as "
                + $"'{name}'.");
        }
        string? prefix = ClipNames.Prefix(all.Keys, path, out var others);
        var inside = all.Where(entry => entry.Key.StartsWith(prefix ?? "", StringComparison.Ordinal))
            .Select(entry => (Name: entry.Key[(prefix?.Length ?? 0)..], Stored: entry.Value)).ToList();
        if (OtherModels.Refusal(path, [.. inside.Select(entry => entry.Name)], isFound: prefix is not null) is { } refusal) throw refusal;
        var model = inside.Where(entry => ClipNames.IsPart(entry.Name) || IsConstant(entry.Name))
            .ToDictionary(entry => entry.Name, entry => entry.Stored);
        if (others.Count > 0)
            notes.Add($"{path} holds several models; the tensors that begin with '{prefix}' are used, not those with "
            + $"{string.Join(", ", others.Take(4).Select(one => $"'{one}'"))}.");
        else if (all.Values.Except(model.Values).ToList() is { Count: > 0 } beside)
            notes.Add($"{path} holds {(beside.Count == 1 ? $"the tensor '{beside[0]}'" : $"{beside.Count} tensors, such as '{beside[0]}',")} beside the CLIP model; "
                + $"{(beside.Count == 1 ? "it is" : "they are")} left aside.");
        return model;
    }

    private static bool IsConstant(string name) =>
        Constants.Any(constant => name == constant || name.EndsWith("." + constant, StringComparison.Ordinal));
}
