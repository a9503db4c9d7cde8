using System.Globalization;
using ClipLens.Files;
using static TorchSharp.torch;

namespace ClipLens.Scenes.Training;

/// <summary>
/// Everything that a training needs to go on as if it had never stopped: weights, both moments of the optimizer, the step, and the
/// losses so far. The random numbers need no state: those of a step follow from the seed and the step's number.
/// </summary>
internal static class TrainingCheckpoint
{
    private const string FileName = "checkpoint.safetensors";

    public static void Save(string folder, TrainingSettings settings, WorldParameters weights, AdamW optimizer, IReadOnlyList<float> losses)
    {
        var tensors = weights.Names.SelectMany(name => new[]
        {
            SafeTensorData.From("weights." + name, weights[name]),
            SafeTensorData.From("first." + name, optimizer.FirstMoment(name)),
            SafeTensorData.From("second." + name, optimizer.SecondMoment(name)),
        }).Append(SafeTensorData.From("losses", losses.ToArray()));
        SafeTensorsWriter.Save(Path.Combine(folder, FileName), [.. tensors], new Dictionary<string, string>
        {
            ["settings"] = settings.Fingerprint,
            ["step"] = losses.Count.ToString(CultureInfo.InvariantCulture),
        });
    }

    /// <summary>Puts a stored state into the weights and the optimizer, if there is one.</summary>
    /// <returns>The losses of the steps done; empty if there is no checkpoint.</returns>
    /// <exception cref="ClipLensException">The checkpoint is damaged, or of a training with other settings.</exception>
    public static List<float> Restore(string folder, TrainingSettings settings, WorldParameters weights, AdamW optimizer)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return [];
        using var file = SafeTensorsFile.Open(path);
        if (file.Metadata.GetValueOrDefault("settings") != settings.Fingerprint)
            throw new ClipLensException($"{path} is of a training with other settings; continue with the same ones or choose another "
            + "folder.");
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        foreach (string name in weights.Names)
        {
            weights[name].copy_(file.Load("weights." + name, weights[name].shape));
            optimizer.FirstMoment(name).copy_(file.Load("first." + name, weights[name].shape));
            optimizer.SecondMoment(name).copy_(file.Load("second." + name, weights[name].shape));
        }
        return [.. file.ReadFloats("losses")];
    }
}
