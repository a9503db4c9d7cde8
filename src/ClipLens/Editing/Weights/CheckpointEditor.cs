using System.Text.Json.Nodes;
using ClipLens.Editing.Units;
using ClipLens.Files;
using ClipLens.Models.Checkpoints;

namespace ClipLens.Editing.Weights;

/// <summary>
/// Writes an edited checkpoint: a copy of the input's files, in the same format and layout, in which only the edited weights are others
/// (in an archive of PyTorch's their checksums too, and their digests in files beside them); and takes such an edit back.
/// </summary>
public static class CheckpointEditor
{
    /// <summary>Writes an edited checkpoint into a new folder, whole or not at all.</summary>
    /// <param name="model">The checkpoint's folder or weight file.</param>
    /// <param name="edit">The edit.</param>
    /// <param name="means">The means that it puts in, of the layers that it touches.</param>
    /// <param name="output">The new folder.</param>
    /// <param name="measure">Measures the edited checkpoint in the folder that it is given, before that has its name; what it returns
    /// (JSON) goes into the record.</param>
    /// <param name="cancellation">Stops the work; nothing is left.</param>
    /// <returns>The record, which also lies beside the weights.</returns>
    /// <exception cref="ClipLensException">A unit is not there, the model is edited already, the output is there or lies in the model's own
    /// folder, or the model cannot be edited in place.</exception>
    /// <exception cref="IOException">The disk failed or is full; nothing is left.</exception>
    public static EditRecord Write(string model, ModelEdit edit, UnitMeans means, string output, Func<string, string?>? measure = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(edit);
        ArgumentNullException.ThrowIfNull(means);
        Check(model, output);
        using var checkpoint = Checkpoint.Open(model);
        edit.Check(checkpoint.Config.Vision);
        var files = CheckpointFolder.FromCheckpoint(checkpoint);
        var changes = LayerChange.For(edit, means, checkpoint.Config.Vision);
        var pieces = WeightPatch.Pieces(checkpoint, changes, file => CheckpointFolder.NameIn(files.Root, file)).ToList();
        using var folder = NewFolder.Begin(output);
        Copy(files.Root, files.Files, folder.Path, cancellation);
        // Elsewhere than in the hub's cache nothing else tells it.
        if (checkpoint.IsActivationUnsaid) SayQuickGelu(Path.Combine(folder.Path, Path.GetFileName(checkpoint.Files.Config!)));
        string[] weights = [.. checkpoint.Files.Weights.Select(file => CheckpointFolder.NameIn(files.Root, file))];
        foreach (string name in weights)
        {
            BytePiece[] own = [.. pieces.Where(piece => piece.File == name)];
            string path = Path.Combine(folder.Path, name);
            Patch(path, own, before: false);
            var checksums = WeightPatch.Checksums(path, name, own);
            Patch(path, checksums, before: false);
            pieces.AddRange(checksums);
        }
        var digests = WeightDigests.Find(model, PathIn(folder.Path, model), files.Files.Except(weights), weights, cancellation);
        foreach (var file in digests.GroupBy(piece => piece.File)) Patch(Path.Combine(folder.Path, file.Key), [.. file], before: false);
        pieces.AddRange(digests);
        string[] changed = [.. weights, .. digests.Select(piece => piece.File).Distinct()];
        var record = new EditRecord(model, checkpoint.Format, checkpoint.Sha256(cancellation), edit, means.Images,
            Hashes(files.Root, changed, cancellation), Hashes(folder.Path, changed, cancellation))
        { Pieces = pieces };
        record = record with { Measured = measure?.Invoke(PathIn(folder.Path, model)) };
        record.Write(folder.Path);
        folder.Complete();
        return record;
    }

    /// <summary>Weights beside a checkpoint's own, which a copy must not have: they would still be those of the model before.</summary>
    public static IReadOnlyList<string> LeftOut(string model)
    {
        using var checkpoint = Checkpoint.Open(model);
        return CheckpointFolder.FromCheckpoint(checkpoint).LeftOut;
    }

    /// <summary>Makes sure, before any work, that an edit of a model can be written to a folder.</summary>
    /// <exception cref="ClipLensException">The model is edited already, or the output is there or lies in its folder.</exception>
    public static void Check(string model, string output)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        ArgumentException.ThrowIfNullOrEmpty(output);
        string folder = CheckpointFolder.RootOf(model);
        if (File.Exists(Path.Combine(folder, EditRecord.FileName)))
            throw new ClipLensException($"{model} is edited already ({EditRecord.FileName} beside it says how); make all changes in one "
                + "edit of the model that it came from, or undo this one first.");
        string own = Resolved(folder), target = Resolved(output);
        if (target == own || target.StartsWith(own + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new ClipLensException($"The output {output} lies in the model's own folder {folder}; give another place.");
        if (own.StartsWith(target + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new ClipLensException($"The output {output} is a folder that the model lies in; give a new one.");
    }

    /// <summary>Writes the checkpoint as it was before an edit, byte for byte, into a new folder.</summary>
    /// <param name="edited">The folder of the edited checkpoint.</param>
    /// <param name="output">The new folder.</param>
    /// <param name="cancellation">Stops the work; nothing is left.</param>
    /// <exception cref="ClipLensException">It is no edited checkpoint, it was changed since, or the output is there.</exception>
    public static EditRecord Undo(string edited, string output, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(edited);
        ArgumentException.ThrowIfNullOrEmpty(output);
        string root = Directory.Exists(edited) ? edited : Path.GetDirectoryName(Path.GetFullPath(edited))!;
        var record = EditRecord.Read(root);
        string own = Resolved(root), target = Resolved(output);
        if (target == own || target.StartsWith(own + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new ClipLensException($"The output {output} lies in the edited model's folder; give another place.");
        foreach (var (name, sha256) in record.After)
            if (BytePiece.Sha256(Path.Combine(root, name), cancellation) != sha256)
                throw new ClipLensException($"{Path.Combine(root, name)} was changed since it was edited, so the edit cannot be taken "
                + "back.");
        using var folder = NewFolder.Begin(output);
        Copy(root, [.. CheckpointFolder.FromEdited(root).Files.Where(name => name != EditRecord.FileName)], folder.Path, cancellation);
        foreach (var file in record.Pieces.GroupBy(piece => piece.File)) Patch(Path.Combine(folder.Path, file.Key), [.. file],
            before: true);
        foreach (var (name, sha256) in record.Before)
            if (BytePiece.Sha256(Path.Combine(folder.Path, name), cancellation) != sha256)
                throw new ClipLensException($"{EditRecord.FileName} in {root} does not lead back to the weights that it names; get the "
                + "folder again.");
        folder.Complete();
        return record;
    }

    private static void SayQuickGelu(string config)
    {
        var root = JsonNode.Parse(File.ReadAllText(config))!.AsObject();
        (root["model_cfg"]?.AsObject() ?? root)["quick_gelu"] = true;
        JsonFile.Write(config, root);
    }

    private static string PathIn(string folder, string model) => Directory.Exists(model) ? folder
        : Path.Combine(folder, Path.GetFileName(model));

    private static Dictionary<string, string> Hashes(string root, IEnumerable<string> names, CancellationToken cancellation) =>
        names.ToDictionary(name => name, name => BytePiece.Sha256(Path.Combine(root, name), cancellation));

    private static void Copy(string root, IEnumerable<string> names, string folder, CancellationToken cancellation)
    {
        foreach (string name in names)
        {
            string target = Path.Combine(folder, name);
            using var source = FileErrors.OpenRead(Path.Combine(root, name));
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                using var copy = new FileStream(target, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
                byte[] buffer = new byte[1 << 20];
                for (int read; (read = source.Read(buffer)) > 0;)
                {
                    cancellation.ThrowIfCancellationRequested();
                    copy.Write(buffer, 0, read);
                }
                copy.Flush(flushToDisk: true);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw FileErrors.CannotWrite(target, error);
            }
        }
    }

    private static void Patch(string path, IReadOnlyList<BytePiece> pieces, bool before)
    {
        if (pieces.Count == 0) return;
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            foreach (var piece in pieces) piece.Write(file, before ? piece.Before : piece.After);
            RandomAccess.FlushToDisk(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.CannotWrite(path, error);
        }
    }

    /// <summary>A path without links, as far as it exists.</summary>
    private static string Resolved(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string? above = Path.GetDirectoryName(full);
        if (Directory.Exists(full) && new DirectoryInfo(full).ResolveLinkTarget(returnFinalTarget: true) is { } link) return Resolved(link
            .FullName);
        return above is null ? full : Path.Combine(Resolved(above), Path.GetFileName(full));
    }
}
