using System.Text;
using ClipLens.Models.Checkpoints.Torch;
using CsCheck;

namespace ClipLens.Tests.Models.Checkpoints;

/// <summary>Whatever a file holds, reading it ends in a result or in a sentence, never in another exception.</summary>
public class CheckpointFuzzTests
{
    // Mostly the opcodes that a pickle has, with short operands, so that many of them run before one fails.
    private static readonly byte[] Opcodes =
        [.. "()]}0123tsuedlaNKMJGXUTBCcRbQhqjrpgIFLVSio."u8, 0x80, 0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8f, 0x90, 0x91,
        0x92, 0x93, 0x94, 0x95, 0x96];

    private static readonly Gen<byte[]> Chunk = Gen.OneOf(
        Gen.OneOf(Opcodes).Select(opcode => new[] { opcode }),
        Gen.Byte.Array[1, 3],
        Gen.OneOf(
            "ccollections\nOrderedDict\n)R", "ctorch._utils\n_rebuild_tensor_v2\n", "c__torch__\nM\n)\u0081", "X\u0001\0\0\0a", "K\u0001",
            "I01\n", "(K\u0001K\u0002t",
            "((X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\00X\u0003\0\0\0cpuK\u0004tQK\0(K\u0002K\u0002t(K\u0002K\u0001t\u0089Nt", "R")
            .Select(Encoding.Latin1.GetBytes));

    [Fact]
    public void Any_bytes_are_a_pickle_or_refused() =>
        Chunk.Array[0, 30].Sample(chunks =>
        ReadsOrRefuses(() => PickleReader.Read([0x80, 2, .. chunks.SelectMany(c => c), (byte)'.'], "x")), iter: 3000);

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
