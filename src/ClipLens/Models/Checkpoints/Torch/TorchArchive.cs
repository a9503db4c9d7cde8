using ClipLens.Files;
using static TorchSharp.torch;

namespace ClipLens.Models.Checkpoints.Torch;

/// <summary>
/// A file of <c>torch.save</c> or <c>torch.jit.save</c>: a zip archive with one pickle that describes the tensors and one stored
/// file for each block of memory. Memory-mapped; a tensor's bytes are touched when it is loaded.
/// </summary>
internal sealed class TorchArchive : IDisposable
{
    // Descriptions are some 200 bytes a tensor; an optimizer's state comes to a few megabytes.
    private const int LongestPickle = 64 << 20;

    private readonly MappedFile file;
    private readonly Dictionary<string, ZipEntry> entries;
    private readonly string folder;

    private TorchArchive(MappedFile file)
    {
        this.file = file;
        entries = ZipDirectory.Read(file);
        folder = Folder();
        CheckByteOrder();
        IsTorchScript = entries.Keys.Any(name => name.StartsWith(folder + "code/", StringComparison.Ordinal));
        byte[] pickle = ZipDirectory.Unpack(file, entries[folder + "data.pkl"], LongestPickle);
        Tensors = StateDict.Read(PickleReader.Read(pickle, file.Path), file.Path);
        foreach (var (name, tensor) in Tensors) CheckStorage(name, tensor.Storage);
    }

    /// <summary>Opens an archive and reads its description of the tensors.</summary>
    /// <exception cref="ClipLensException">It is damaged, holds no state dict, or its pickle does more than describe tensors.</exception>
    public static TorchArchive Open(string path)
    {
        var file = new MappedFile(path);
        try
        {
            return new TorchArchive(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public string Path => file.Path;

    public bool IsTorchScript { get; }

    /// <summary>The state dict's tensors by name, without the wrappers' prefixes.</summary>
    public IReadOnlyDictionary<string, PickleTensor> Tensors { get; }

    /// <summary>Copies a tensor out of the archive, in the type that it holds; the caller owns it.</summary>
    public Tensor LoadStored(string name)
    {
        var tensor = Tensors[name];
        var entry = entries[StorageName(tensor.Storage)];
        var type = tensor.Storage.Type.Torch()!.Value;
        long offset = entry.Offset + tensor.Offset * tensor.Storage.Type.Size();
        if (IsContiguous(tensor)) return TensorBytes.ToTensor(file, offset, type, tensor.Shape);
        using var span = TensorBytes.ToTensor(file, offset, type, [tensor.Extent]);
        using var view = span.as_strided(tensor.Shape, tensor.Strides);
        return view.contiguous();
    }

    public void Dispose() => file.Dispose();

    private static bool IsContiguous(PickleTensor tensor)
    {
        long step = 1;
        for (int i = tensor.Shape.Length - 1; i >= 0; i--)
        {
            if (tensor.Shape[i] != 1 && tensor.Strides[i] != step) return tensor.Shape.Contains(0);
            step *= tensor.Shape[i];
        }
        return true;
    }

    private string StorageName(PickleStorage storage) => $"{folder}data/{storage.Key}";

    // Everything lies in one folder, whose name is that of the file when it was saved.
    private string Folder()
    {
        string? pickle = entries.Keys.FirstOrDefault(name => name.EndsWith("/data.pkl", StringComparison.Ordinal) && name.IndexOf('/') == name.Length - 9);
        return pickle?[..^"data.pkl".Length] ?? throw new ClipLensException(
            $"{Path} is a zip archive, but not one of PyTorch's: it has no data.pkl.");
    }

    private void CheckByteOrder()
    {
        if (entries.TryGetValue(folder + "byteorder", out var entry) && !ZipDirectory.Unpack(file, entry, 16).AsSpan().SequenceEqual("little"u8))
            throw new ClipLensException($"{Path} was saved on a big-endian machine; save it again on a little-endian one.");
    }

    private void CheckStorage(string name, PickleStorage storage)
    {
        if (!entries.TryGetValue(StorageName(storage), out var entry))
            throw new ClipLensException($"{Path} has no data for the tensor '{name}'; get the file again.");
        if (!entry.IsStored)
            throw new ClipLensException($"{Path} holds the data of the tensor '{name}' compressed; PyTorch stores it plain: save the checkpoint again with it.");
        if ((Int128)storage.Length * storage.Type.Size() > entry.Bytes)
            throw new ClipLensException($"{Path} has {entry.Bytes} bytes for the tensor '{name}', too few for {storage.Length} elements of {storage.Type}.");
    }
}
