namespace ClipLens.Models.Checkpoints.Torch;

/// <summary>Finds the named tensors in what a PyTorch file's pickle holds.</summary>
internal static class StateDict
{
    private const int DeepestModule = 64, MostModules = 100_000;

    /// <summary>
    /// The tensors by name: of a state dict, of one under the key <c>state_dict</c> of a training checkpoint, or the attributes of a
    /// TorchScript module by path.
    /// </summary>
    /// <exception cref="ClipLensException">There are none.</exception>
    public static Dictionary<string, PickleTensor> Read(object? root, string path)
    {
        var tensors = new Dictionary<string, PickleTensor>();
        if (root is PickleObject module)
        {
            int budget = MostModules;
            Collect(module, "", DeepestModule, ref budget, tensors, path);
            return tensors.Count > 0 ? tensors : throw new ClipLensException($"{path} is a TorchScript archive without tensors.");
        }
        if (root is not PickleDict dict) throw new ClipLensException($"{path} holds no state dict; save the model's state_dict().");
        if (dict.Named.TryGetValue("state_dict", out object? inner) && inner is PickleDict wrapped) dict = wrapped;
        foreach (var (name, value) in dict.Named)
            if (value is PickleTensor tensor) tensors[name] = tensor;
        if (tensors.Count > 0) return tensors;
        string keys = string.Join(", ", dict.Named.Keys.Take(8).Select(key => $"'{key}'"));
        throw new ClipLensException($"{path} holds no state dict, but {(keys.Length > 0 ? $"the keys {keys}" : "nothing")}; save the model's state_dict().");
    }

    // Modules could refer to each other in circles, or to the same one a million times: a real one has neither.
    private static void Collect(PickleObject module, string prefix, int depth, ref int budget, Dictionary<string, PickleTensor> tensors, string path)
    {
        if (depth == 0 || --budget < 0) throw new ClipLensException($"{path} is a TorchScript archive with too many modules inside each other.");
        foreach (var (name, value) in module.Attributes.Named)
        {
            if (value is PickleTensor tensor) tensors[prefix + name] = tensor;
            else if (value is PickleObject child) Collect(child, $"{prefix}{name}.", depth - 1, ref budget, tensors, path);
        }
    }
}
