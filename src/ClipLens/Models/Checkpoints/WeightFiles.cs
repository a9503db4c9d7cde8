using ClipLens.Files;
using ClipLens.Models.Checkpoints.Torch;

namespace ClipLens.Models.Checkpoints;

/// <summary>Finds out from its first bytes what kind of file holds weights.</summary>
internal static class WeightFiles
{
    // Python's number for the file format of PyTorch before 1.6, as the first pickle of such a file holds it.
    private static readonly byte[] OldTorchMagic = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

    /// <summary>Opens the files, which must all be of one kind.</summary>
    /// <exception cref="ClipLensException">They are of a kind that is not supported, or broken.</exception>
    public static IWeights Open(IReadOnlyList<string> paths) =>
        IsZip(paths[0]) ? new TorchWeights(paths) : new SafeTensorsWeights(paths);

    private static bool IsZip(string path)
    {
        using var file = new FileBytes(path);
        ReadOnlySpan<byte> start = file.Read(0, (int)Math.Min(file.Length, 64));
        // Asked first: the length that a safetensors file begins with may look like anything.
        if (start.Length > 8 && start[8] == '{' && start[4..8].IndexOfAnyExcept((byte)0) < 0) return false;
        if (start.StartsWith("PK\x03\x04"u8)) return true;
        if (start.StartsWith("version https://git-lfs"u8))
            throw new ClipLensException($"{path} is only Git LFS's pointer to the weights; fetch them with 'git lfs pull'.");
        if (OtherKind(path, start) is { } kind)
            throw new ClipLensException($"{path} is {kind}, which ClipLens does not read; give the model's PyTorch or safetensors file.");
        // Protocols 2 to 5 begin with their number, older ones with a name or a container.
        if (start is [0x80, >= 2 and <= 5, ..] || IsPickleName(path) && start is [(byte)'c' or (byte)'(' or (byte)']' or (byte)'}', ..])
            throw BarePickle(file, start);
        return false;
    }

    /// <summary>What else a file of weights may be, by its first bytes or its name; null where nothing is known.</summary>
    private static string? OtherKind(string path, ReadOnlySpan<byte> start) =>
        start.StartsWith("GGUF"u8) ? "a GGUF file"
        : start is [0x89, (byte)'H', (byte)'D', (byte)'F', ..] ? "an HDF5 file of Keras or TensorFlow"
        : start.StartsWith("<!DOCTYPE"u8) || start.StartsWith("<html"u8) ? "a web page that was saved in place of the weights"
        : Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".onnx" => "an ONNX file",
            ".msgpack" => "a file of Flax",
            ".engine" or ".plan" => "a TensorRT engine",
            ".tflite" => "a TensorFlow Lite file",
            _ => null,
        };

    private static bool IsPickleName(string path) => Path.GetExtension(path) != ".safetensors";

    // Read only to name what it would call: ClipLens takes no weights from such a file.
    private static ClipLensException BarePickle(FileBytes file, ReadOnlySpan<byte> start)
    {
        if (start.IndexOf(OldTorchMagic) >= 0)
        {
            return new ClipLensException($"{file.Path} was saved in PyTorch's format before version 1.6; "
                + "load it with a current PyTorch and save it again, or as safetensors.");
        }
        PickleReader.Read(file.Read(0, (int)Math.Min(file.Length, 1 << 24)), file.Path);
        return new ClipLensException($"{file.Path} is a bare Python pickle, no checkpoint; save the model's state_dict() with torch.save.");
    }
}
