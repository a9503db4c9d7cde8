using ClipLens.Files;
using ClipLens.Models.Checkpoints;

namespace ClipLens.Editing.Weights;

/// <summary>The files of a checkpoint that a copy of it consists of, and those that must not be in one.</summary>
/// <param name="Root">The folder that they lie in.</param>
/// <param name="Files">Their names within it, in ordinal order.</param>
/// <param name="LeftOut">Weights in other files, which would still be those of the model before the edit.</param>
internal sealed record CheckpointFolder(string Root, IReadOnlyList<string> Files, IReadOnlyList<string> LeftOut)
{
    private static readonly string[] WeightEndings = [".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".h5", ".msgpack", ".onnx", ".ot"];

    /// <summary>The folder of a model that is given by its folder or by its weight file.</summary>
    public static string RootOf(string model) =>
        Directory.Exists(model) ? model : Path.GetDirectoryName(Path.GetFullPath(model))!;

    /// <summary>A checkpoint folder with all that is in it; of a lone file, that file with its config and tokenizer.</summary>
    public static CheckpointFolder FromCheckpoint(Checkpoint checkpoint)
    {
        string root = Path.GetFullPath(checkpoint.Files.Folder);
        string[] weights = [.. checkpoint.Files.Weights.Select(file => NameIn(root, file))];
        if (!Directory.Exists(checkpoint.Path) && weights.Length == 1)
        {
            var beside = checkpoint.Tokenizer.All.Prepend(checkpoint.Files.Config).OfType<string>();
            return new(root, [.. weights, .. beside.Select(file => NameIn(root, file)).Distinct()], []);
        }
        string[] all = [.. FilesIn(root)];
        string[] others = [.. all.Where(name => IsWeight(name) && !weights.Contains(name))];
        string ending = Path.GetExtension(weights[0]);
        string[] indexes = [.. all.Where(name => name.EndsWith(".index.json", StringComparison.Ordinal)
            && (weights.Length == 1 || !name.EndsWith(ending + ".index.json", StringComparison.Ordinal)))];
        return new(root, [.. all.Except(others).Except(indexes)], [.. others, .. indexes]);
    }

    /// <summary>The files of an edited checkpoint's folder.</summary>
    public static CheckpointFolder FromEdited(string folder) => new(Path.GetFullPath(folder), [.. FilesIn(folder)], []);

    /// <summary>A file's name within the folder, with '/' between its parts.</summary>
    public static string NameIn(string root, string file) => Path.GetRelativePath(root, Path.GetFullPath(file)).Replace('\\', '/');

    private static IEnumerable<string> FilesIn(string root)
    {
        try
        {
            return [.. Directory.EnumerateFiles(root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
                .Select(file => NameIn(root, file)).Where(name => !name.Split('/').SkipLast(1).Any(part => part.StartsWith('.')))
                .Where(name => FileKind.Special(Path.Combine(root, name)) is null).Order(StringComparer.Ordinal)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ClipLensException($"{root} could not be read: {error.Message}", error);
        }
    }

    private static bool IsWeight(string name) => WeightEndings.Contains(Path.GetExtension(name).ToLowerInvariant());
}
