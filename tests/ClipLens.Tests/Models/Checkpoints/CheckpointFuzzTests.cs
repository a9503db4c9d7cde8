using System.Text;
using ClipLens.Files;
using ClipLens.Models.Checkpoints.Torch;
using ClipLens.Tests.Support;
using CsCheck;

namespace ClipLens.Tests.Models.Checkpoints;

/// <summary>Whatever a file holds, reading it ends in a result or in a sentence, never in another exception.</summary>
public class CheckpointFuzzTests
{
    // Mostly the opcodes that a pickle has, with short operands, so that many of them run before one fails.
    private static readonly byte[] Opcodes =
        [.. "()]}0123tsuedlaNKMJGXUTBCcRbQhqjrpgIFLVSio."u8, 0x80, 0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8f, 0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96];

    private static readonly Gen<byte[]> Chunk = Gen.OneOf(
        Gen.OneOf(Opcodes).Select(opcode => new[] { opcode }),
        Gen.Byte.Array[1, 3],
        Gen.OneOf(
            "ccollections\nOrderedDict\n)R", "ctorch._utils\n_rebuild_tensor_v2\n", "c__torch__\nM\n)\u0081", "X\u0001\0\0\0a", "K\u0001", "I01\n", "(K\u0001K\u0002t",
            "((X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\00X\u0003\0\0\0cpuK\u0004tQK\0(K\u0002K\u0002t(K\u0002K\u0001t\u0089Nt", "R")
            .Select(Encoding.Latin1.GetBytes));

    [Fact]
    public void Any_bytes_are_a_pickle_or_refused() =>
        Chunk.Array[0, 30].Sample(chunks => ReadsOrRefuses(() => PickleReader.Read([0x80, 2, .. chunks.SelectMany(c => c), (byte)'.'], "x")), iter: 3000);

    [Fact]
    public void A_pickle_with_bytes_changed_is_read_or_refused()
    {
        byte[] whole = new PickleWriter().Dict(items =>
        {
            for (int i = 0; i < 3; i++) items.Text($"tensor{i}").Tensor("HalfStorage", $"{i}", 12, 0, [3, 4], [4, 1]);
        }).Finish();
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Int[0, whole.Length - 1], Gen.Byte).Sample((first, one, second, two) =>
        {
            byte[] changed = [.. whole];
            (changed[first], changed[second]) = (one, two);
            return ReadsOrRefuses(() => StateDict.Read(PickleReader.Read(changed, "x"), "x"));
        }, iter: 3000);
    }

    [Fact]
    public void A_torch_file_with_bytes_changed_is_read_or_refused()
    {
        byte[] whole = TinyClip.TorchZip(new TinyClip().Tensors.Take(3));
        using var folder = new ScratchFolder();
        string path = folder.File("a.pt");
        // The local header and the directory matter most; the middle is tensors.
        var place = Gen.OneOf(Gen.Int[0, 100], Gen.Int[whole.Length - 600, whole.Length - 1], Gen.Int[0, whole.Length - 1]);
        Gen.Select(place, Gen.Byte, place, Gen.Byte).Sample((first, one, second, two) =>
        {
            byte[] changed = [.. whole];
            (changed[first], changed[second]) = (one, two);
            File.WriteAllBytes(path, changed);
            return ReadsOrRefuses(() =>
            {
                using var archive = TorchArchive.Open(path);
                foreach (string name in archive.Tensors.Keys) archive.LoadStored(name).Dispose();
            });
        }, iter: 500, threads: 1);
    }

    [Fact]
    public void A_safetensors_file_with_bytes_changed_is_read_or_refused()
    {
        using var folder = new ScratchFolder();
        string path = folder.File("x.safetensors");
        SafeTensorsWriter.Save(path, [SafeTensorData.From("a", new float[6], 2, 3), SafeTensorData.From("b", new byte[5])], new Dictionary<string, string> { ["k"] = "v" });
        byte[] whole = File.ReadAllBytes(path);
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Int[0, whole.Length - 1], Gen.Byte).Sample((first, one, second, two) =>
        {
            byte[] changed = [.. whole];
            (changed[first], changed[second]) = (one, two);
            File.WriteAllBytes(path, changed);
            return ReadsOrRefuses(() =>
            {
                using var file = SafeTensorsFile.Open(path);
                foreach (var tensor in file.Tensors)
                    if (tensor.Type.Torch() is not null) file.Load(tensor.Name).Dispose();
            });
        }, iter: 500, threads: 1);
    }

    private static bool ReadsOrRefuses(Action read)
    {
        try
        {
            read();
        }
        catch (ClipLensException error)
        {
            return error.Message.Length > 10;
        }
        return true;
    }
}
