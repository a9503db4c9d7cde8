namespace ClipLens.Models.Checkpoints.Torch;

/// <summary>The named tensors of a PyTorch file, and where in it they were found.</summary>
/// <param name="Key">The keys that lead to them, with dots between; empty where they are the file's own object.</param>
/// <param name="Tensors">The tensors by name.</param>
/// <param name="Others">The keys of other sets of tensors with names of the model sought, which were left aside.</param>
internal sealed record StateDict(string Key, Dictionary<string, PickleTensor> Tensors, IReadOnlyList<string> Others)
{
    private const int DeepestModule = 64, MostModules = 100_000, LongestName = 1000;

    // The parts of a module that PyTorch pickled whole, which stand in no tensor's name.
    private static readonly string[] ModuleParts = ["_parameters", "_buffers", "_modules"];

    /// <summary>
    /// Looks at any depth for the dictionary (or the module saved whole, also one of TorchScript) whose tensors are those sought, else for
    /// the one with most tensors. Of several, copies that training averages (<see cref="IsCopy"/>) come last.
    /// </summary>
    /// <param name="root">What the pickle holds.</param>
    /// <param name="path">The file that messages name.</param>
    /// <param name="isSought">Whether a tensor of this name belongs to what is sought.</param>
    /// <exception cref="ClipLensException">There are no tensors with names, or two equal claims.</exception>
    public static StateDict Read(object? root, string path, Func<string, bool>? isSought = null)
    {
        var candidates = Candidates(root, path);
        if (candidates.Count == 0) throw NoTensors(root, path);
        var sought = isSought is null ? [] : candidates.Where(candidate => candidate.Tensors.Keys.Any(isSought)).ToList();
        if (sought.Count == 0) return candidates.MaxBy(candidate => candidate.Tensors.Count)!;
        var first = sought.Where(candidate => !IsCopy(candidate.Key)).DefaultIfEmpty(sought[0]).ToList();
        if (first.Count > 1)
            throw new ClipLensException($"{path} holds several models, under "
            + $"{string.Join(" and ", first.Take(4).Select(one => $"'{one.Key}'"))}; "
                + "save the state_dict() of the one that is meant.");
        return first[0] with { Others = [.. sought.Where(other => other != first[0]).Select(other => other.Key)] };
    }

    /// <summary>Whether a key is one of those under which training keeps an averaged copy of the weights.</summary>
    public static bool IsCopy(string key) =>
        key.Split('.', '_', '/').Any(word => word is "ema" or "teacher" or "momentum" or "swa" or "averaged" or "shadow");

    private static List<StateDict> Candidates(object? root, string path)
    {
        var found = new List<StateDict>();
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var next = new Queue<(object Value, string Key)>();
        int modules = MostModules;
        Visit(root, "");
        while (next.TryDequeue(out var node))
        {
            var tensors = new Dictionary<string, PickleTensor>();
            if (node.Value is PickleDict dict)
            {
                foreach (var (name, value) in Readable(dict))
                    if (value is PickleTensor tensor) tensors[name] = tensor;
            }
            else if (!Collect(((PickleObject)node.Value).Attributes, "", DeepestModule, ref modules, tensors))
            {
                if (node.Value == root) throw new ClipLensException($"{path} holds too many modules inside each other.");
                continue;
            }
            if (tensors.Count > 0) found.Add(new(node.Key, tensors, []));
            // What lies in a module was collected with it; a dictionary may hold others.
            if (tensors.Count > 0 && node.Value is PickleObject) continue;
            foreach (var (name, value) in Readable(node.Value as PickleDict ?? ((PickleObject)node.Value).Attributes))
                Visit(value, node.Key.Length > 0 ? $"{node.Key}.{name}" : name);
        }
        return found;

        void Visit(object? value, string key)
        {
            if (value is PickleDict or PickleObject && key.Length <= LongestName && seen.Add(value)) next.Enqueue((value, key));
        }
    }

    // Modules could refer to each other in circles, or to the same one a million times: a real one has neither.
    private static bool Collect(PickleDict module, string prefix, int depth, ref int budget, Dictionary<string, PickleTensor> tensors)
    {
        if (depth == 0 || --budget < 0 || prefix.Length > LongestName) return false;
        foreach (var (name, value) in Readable(module))
        {
            if (value is PickleTensor tensor) tensors[prefix + name] = tensor;
            else if (value is PickleObject child && !Collect(child.Attributes, $"{prefix}{name}.", depth - 1, ref budget,
                tensors)) return false;
            else if (value is PickleDict part && ModuleParts.Contains(name)
                && !Collect(part, prefix, depth - 1, ref budget, tensors)) return false;
        }
        return true;
    }

    private static IEnumerable<KeyValuePair<string, object?>> Readable(PickleDict dict) =>
        dict.Named.Where(entry => entry.Key.Length <= LongestName);

    private static ClipLensException NoTensors(object? root, string path)
    {
        if (root is PickleObject) return new($"{path} holds an object without tensors; save the model's state_dict().");
        if (root is not PickleDict dict) return new($"{path} holds no state dict; save the model's state_dict().");
        string keys = string.Join(", ", dict.Named.Keys.Take(8).Select(key => $"'{(key.Length <= 60 ? key : key[..60] + "...")}'"));
        return new($"{path} holds no state dict, but {(keys.Length > 0 ? $"the keys {keys}" : "nothing")}; save the model's state_dict().");
    }
}
