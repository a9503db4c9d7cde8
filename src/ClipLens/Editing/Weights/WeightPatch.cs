using ClipLens.Files;
using ClipLens.Models.Checkpoints;
using ClipLens.Models.Checkpoints.Torch;
using static TorchSharp.torch;

namespace ClipLens.Editing.Weights;

/// <summary>The bytes of a checkpoint's files that an edit changes; all others stay as they are.</summary>
internal static class WeightPatch
{
    /// <summary>The bytes of the weights, in the type that the file holds.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="changes">The changes.</param>
    /// <param name="nameOf">The name of a file within the checkpoint.</param>
    /// <exception cref="ClipLensException">A matrix cannot be edited in place, or the edit leaves the range of its type.</exception>
    public static IEnumerable<BytePiece> Pieces(Checkpoint checkpoint, IEnumerable<LayerChange> changes, Func<string, string> nameOf)
    {
        foreach (var change in changes)
        {
            using var scope = NewDisposeScope();
            StoredPlace weight = checkpoint.PlaceOf(change.WeightName), bias = checkpoint.PlaceOf(change.BiasName);
            using var values = TensorBytes.ToTensor(weight.File, weight.Offset, weight.Type.Torch()!.Value, [.. weight.Shape]);
            using var old = TensorBytes.ToTensor(bias.File, bias.Offset, bias.Type.Torch()!.Value, [.. bias.Shape]);
            var (columns, moved) = change.Apply(values, old);
            byte[] stretch = weight.File.Read(weight.Offset, checked((int)weight.Bytes));
            byte[] after = Bytes(columns, weight.Type, weight);
            int size = weight.Type.Size(), rows = (int)weight.Shape[0], run = change.Width * size;
            long step = weight.Shape[1] * size;
            int across = change.Columns.Length * size;
            for (int first = 0; first < change.Columns.Length; first += change.Width)
            {
                int start = (int)change.Columns[first] * size;
                yield return new(nameOf(weight.File.Path), weight.Name, weight.Offset + start, step, rows, run,
                    BytePiece.Gather(stretch.AsSpan(start), step, rows, run),
                    BytePiece.Gather(after.AsSpan(first * size), across, rows, run));
            }
            int length = (int)bias.Bytes;
            yield return new(nameOf(bias.File.Path), bias.Name, bias.Offset, length, 1, length, bias.File.Read(bias.Offset, length),
                Bytes(moved, bias.Type, bias));
        }
    }

    /// <summary>The checksums of an archive that no longer fit its bytes, where the file is one.</summary>
    /// <param name="path">The file with the edited weights.</param>
    /// <param name="name">Its name within the checkpoint.</param>
    /// <param name="pieces">What was changed in it.</param>
    public static IReadOnlyList<BytePiece> Checksums(string path, string name, IReadOnlyList<BytePiece> pieces)
    {
        using var archive = new FileBytes(path);
        if (archive.Length < 4 || !archive.Read(0, 4).AsSpan().SequenceEqual("PK\x03\x04"u8)) return [];
        var result = new List<BytePiece>();
        foreach (var entry in ZipDirectory.Read(archive).Values.OrderBy(entry => entry.Offset))
        {
            if (!pieces.Any(piece => piece.Offset >= entry.Offset && piece.Offset < entry.Offset + entry.StoredBytes)) continue;
            byte[] sum = ZipChecksums.Compute(archive, entry);
            result.AddRange(ZipChecksums.PlacesOf(archive, entry).Select(place =>
                new BytePiece(name, $"checksum of {entry.Name}", place, 4, 1, 4, archive.Read(place, 4), sum)));
        }
        return result;
    }

    private static byte[] Bytes(Tensor values, ElementType type, StoredPlace place)
    {
        using var scope = NewDisposeScope();
        var stored = values.to(type.Torch()!.Value).contiguous();
        if (!stored.isfinite().all().item<bool>())
            throw new ClipLensException($"{place.File.Path} holds '{place.Name}' as {type.SafeTensorsName()}, whose range the edit leaves; "
                + "take a smaller factor.");
        byte[] bytes = new byte[stored.numel() * stored.element_size()];
        int done = 0;
        TensorBytes.ForEachPiece(stored, piece =>
        {
            piece.CopyTo(bytes.AsSpan(done));
            done += piece.Length;
        });
        return bytes;
    }
}
