using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ClipLens.Files;
using ClipLens.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipLens.Tests.Files;

public class SafeTensorsTests
{
    [Fact]
    public void Written_values_are_read_back_in_every_way()
    {
        using var folder = new ScratchFolder();
        string path = folder.File("x.safetensors");
        using var matrix = torch.tensor(new float[] { 1, 2, 3, 4, 5, 6 }).reshape(2, 3);
        using var transposed = matrix.t();
        using var half = torch.tensor(new float[] { 0.5f, -65504f, 5.9604645e-08f }).to(ScalarType.Float16);
        using var brain = torch.tensor(new float[] { 1.5f, -3e38f }).to(ScalarType.BFloat16);
        SafeTensorsWriter.Save(path,
        [
            SafeTensorData.From("transposed", transposed),
            SafeTensorData.From("half", half),
            SafeTensorData.From("brain", brain),
            SafeTensorData.From("doubles", new[] { 1.0 / 3, 1e300 }),
            SafeTensorData.From("ids", new[] { 7, -1 }, 1, 2),
            SafeTensorData.From("nothing", Array.Empty<float>(), 0, 4),
            SafeTensorData.From("long", new[] { long.MaxValue }),
            SafeTensorData.From("bytes", new byte[] { 255 }),
        ], new Dictionary<string, string> { ["b"] = "é\"", ["a"] = "1" });

        using var file = SafeTensorsFile.Open(path);
        Assert.Equal("é\"", file.Metadata["b"]);
        Assert.Equal(["transposed", "half", "brain", "doubles", "ids", "nothing", "long", "bytes"], file.Names);
        using var loaded = file.Load("transposed", 3, 2);
        Assert.Equal(new float[] { 1, 4, 2, 5, 3, 6 }, loaded.data<float>().ToArray());
        Assert.Equal(new float[] { 1, 4, 2, 5, 3, 6 }, file.ReadFloats("transposed"));
        using var loadedHalf = file.Load("half");
        Assert.Equal(ScalarType.Float32, loadedHalf.dtype);
        Assert.Equal(new[] { 0.5f, -65504f, 5.9604645e-08f }, loadedHalf.data<float>().ToArray());
        Assert.Equal(new[] { 0.5f, -65504f, 5.9604645e-08f }, file.ReadFloats("half"));
        using var loadedBrain = file.Load("brain");
        Assert.Equal(loadedBrain.data<float>().ToArray(), file.ReadFloats("brain"));
        Assert.Equal(1.5f, file.ReadFloats("brain")[0]);
        Assert.Equal(new[] { (float)(1.0 / 3), float.PositiveInfinity }, file.ReadFloats("doubles"));
        Assert.Equal([7, -1], file.Read<int>("ids"));
        using var ids = file.Load("ids");
        Assert.Equal(ScalarType.Int32, ids.dtype);
        Assert.Equal([1L, 2L], ids.shape);
        using var nothing = file.Load("nothing");
        Assert.Equal([0L, 4L], nothing.shape);
        Assert.Equal(long.MaxValue, file.Values<long>("long", 0, 1)[0]);
        Assert.Equal(255, file.Bytes("bytes")[0]);
        float[] part = new float[2];
        file.ReadFloats("transposed", 3, part);
        Assert.Equal([5f, 3f], part);
    }

    [Fact]
    public void A_file_written_in_pieces_has_the_bytes_of_one_written_at_once()
    {
        using var folder = new ScratchFolder();
        float[] values = [.. Enumerable.Range(0, 12).Select(i => (float)i)];
        var metadata = new Dictionary<string, string> { ["k"] = "v" };
        SafeTensorsWriter.Save(folder.File("whole"), [SafeTensorData.From("x", values, 3, 4), SafeTensorData.From("n", new[] { 5L })],
            metadata);
        using (var writer = SafeTensorsWriter.Create(folder.File("pieces"),
            [new("x", ElementType.Float32, 3, 4), new("n", ElementType.Int64, 1)], metadata))
        {
            for (int row = 0; row < 3; row++) writer.Write<float>("x", values.AsSpan(4 * row, 4));
            Assert.Throws<InvalidOperationException>(() => writer.Complete());
            Assert.Throws<InvalidOperationException>(() => writer.Write<float>("x", [1f]));
            Assert.Throws<InvalidOperationException>(() => writer.Write<float>("n", [1f]));
            Assert.Throws<InvalidOperationException>(() => writer.Write<long>("n", [1, 2]));
            writer.Write<long>("n", [5]);
            Assert.False(File.Exists(folder.File("pieces")));
            writer.Complete();
        }
        byte[] whole = File.ReadAllBytes(folder.File("whole"));
        Assert.Equal(whole, File.ReadAllBytes(folder.File("pieces")));
        Assert.Equal(0, BinaryPrimitives.ReadInt64LittleEndian(whole) % 8);
        Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
    }

    [Fact]
    public void An_abandoned_file_leaves_nothing()
    {
        using var folder = new ScratchFolder();
        using (var writer = SafeTensorsWriter.Create(folder.File("x"), [new("x", ElementType.Float32, 3)])) writer.Write<float>("x", [1f]);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Tensors_may_be_written_by_turns()
    {
        using var folder = new ScratchFolder();
        using (var writer = SafeTensorsWriter.Create(folder.File("x"),
            [new("a", ElementType.Float32, 2, 3), new("none", ElementType.Int32, 0), new("b", ElementType.Int64, 2)]))
        {
            for (int row = 0; row < 2; row++)
            {
                writer.Write<long>("b", [7 + row]);
                writer.Write<float>("a", [row, row + 0.5f, -row]);
            }
            writer.Complete();
        }
        using var file = SafeTensorsFile.Open(folder.File("x"));
        Assert.Equal(["a", "none", "b"], file.Names);
        Assert.Equal([0, 0.5f, 0, 1, 1.5f, -1], file.Load("a").data<float>());
        Assert.Equal([7, 8], file.Load("b").data<long>());
    }

    [Fact]
    public void A_full_disk_is_named()
    {
        if (!File.Exists("/dev/full")) return;
        using var folder = new ScratchFolder();
        string path = folder.File("x.safetensors");
        File.CreateSymbolicLink(path + ".partial", "/dev/full");
        var error = Assert.Throws<IOException>(() => SafeTensorsWriter.Save(path, [SafeTensorData.From("x", new float[100_000])]));
        Assert.StartsWith(path + " could not be written because the disk is full", error.Message);
        Assert.False(File.Exists(path));
    }

    [Theory]
    [InlineData("dir/x.safetensors", "could not be written")]
    [InlineData("folder", "could not be written: it is a folder")]
    public void A_place_that_cannot_be_written_is_named(string name, string expected)
    {
        using var folder = new ScratchFolder();
        Directory.CreateDirectory(folder.File("folder"));
        var error = Assert.Throws<ClipLensException>(() =>
            SafeTensorsWriter.Save(folder.File(name), [SafeTensorData.From("x", new[] { 1f })]));
        Assert.Contains(folder.File(name), error.Message);
        Assert.Contains(expected, error.Message);
    }

    private const string One = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "8 bytes, which do not fit F32 and the shape [3]")]
    [InlineData("""{"a":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}}""", 8, "the tensor 'a' with the dtype 'F33'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}""", 8, "do not fit")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "no valid shape for the tensor 'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", 8, "no valid data_offsets for the tensor 'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "no valid data_offsets for the tensor 'a'")]
    [InlineData("""{"a":{"shape":[2],"data_offsets":[0,8]}}""", 8, "no dtype for the tensor 'a'")]
    [InlineData("""{"a":7}""", 8, "describes the tensor 'a'")]
    [InlineData(One, 7, "ends before the tensor 'a': it is truncated")]
    [InlineData(One, 9, "1 bytes after the last tensor")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "a gap before the tensor 'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}""", 8,
        "the tensors 'a' and 'b' overlapping")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2,
        "names a tensor twice")]
    [InlineData("""{"__metadata__":{"x":7}}""", 0, "metadata 'x' that is not a string")]
    [InlineData("""{"__metadata__":{"x":"\ud800"}}""", 0, "metadata 'x' that is not a string")]
    [InlineData("""{"\ud800":7}""", 0, "not valid JSON")]
    [InlineData("[]", 0, "not a JSON object")]
    [InlineData("{", 0, "not valid JSON")]
    public void A_broken_header_is_refused_in_one_sentence(string header, int dataBytes, string expected)
    {
        using var folder = new ScratchFolder();
        string path = folder.Write("x.safetensors", File_(Encoding.UTF8.GetBytes(header), dataBytes));
        var error = Assert.Throws<ClipLensException>(() => SafeTensorsFile.Open(path));
        Assert.StartsWith(path, error.Message);
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void Broken_files_are_refused()
    {
        using var folder = new ScratchFolder();
        byte[] whole = File_(Encoding.UTF8.GetBytes(One), 8);
        (byte[] Bytes, string Expected)[] cases =
        [
            ([], "too short"),
            (whole[..7], "too short"),
            (whole[..20], $"says that its header has {One.Length} bytes, but only 12 follow"),
            ([.. BitConverter.GetBytes(ulong.MaxValue), .. "{}"u8], "says that its header has 18446744073709551615 bytes"),
            (File_([.. "{\""u8, 0xff, .. "\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]}}"u8], 1), "not UTF-8"),
        ];
        foreach (var (bytes, expected) in cases)
        {
            string path = folder.Write("x.safetensors", bytes);
            Assert.Contains(expected, Assert.Throws<ClipLensException>(() => SafeTensorsFile.Open(path)).Message);
        }
        Assert.EndsWith("does not exist.", Assert.Throws<ClipLensException>(() => SafeTensorsFile.Open(folder.File("none"))).Message);
        Assert.Contains("is a folder", Assert.Throws<ClipLensException>(() => SafeTensorsFile.Open(folder.Path)).Message);
    }

    [Fact]
    public void What_is_asked_for_wrongly_is_named()
    {
        using var folder = new ScratchFolder();
        string path = folder.Write("x.safetensors", File_(Encoding.UTF8.GetBytes(One), 8));
        using var file = SafeTensorsFile.Open(path);
        Assert.Equal($"{path} has no tensor 'b'.", Assert.Throws<ClipLensException>(() => file.Load("b")).Message);
        Assert.Equal($"{path} has the tensor 'a' of shape [2], where [1, 2] is expected.",
            Assert.Throws<ClipLensException>(() => file.Load("a", 1, 2)).Message);
        Assert.Contains("of the type F32, where I32 is expected", Assert.Throws<ClipLensException>(() => file.Read<int>("a")).Message);
    }

    [SharedFact]
    public void A_file_of_the_formats_own_library_is_read()
    {
        using var file = SafeTensorsFile.Open(SharedData.Path("golden", "formats", "a_openclip_native.safetensors"));
        using var conv = file.Load("visual.conv1.weight", 64, 3, 16, 16);
        Assert.Equal(file.ReadFloats("visual.conv1.weight"), conv.data<float>().ToArray());
        using var scale = file.Load("logit_scale");
        Assert.Equal([], scale.shape);
        Assert.Equal(MathF.Log(1 / 0.07f), scale.item<float>(), 1e-5f);
    }

    [SharedFact]
    public void The_30k_token_ids_have_their_known_hash()
    {
        // Ties the integer path to a figure from outside: 30,000 rows of 77 ids, of which the file holds the first 8 (the rest is 0).
        using var file = SafeTensorsFile.Open(SharedData.Path("golden", "formats", "tokens_30k.safetensors"));
        string name = file.Names.Single();
        int[] ids = file.Read<int>(name);
        int[] padded = new int[30_000 * 77];
        for (int row = 0; row < 30_000; row++) ids.AsSpan(8 * row, 8).CopyTo(padded.AsSpan(77 * row));
        byte[] hash = SHA256.HashData(System.Runtime.InteropServices.MemoryMarshal.AsBytes<int>(padded));
        Assert.Equal("7aeb585bc9a9f4dd52d5b45dc508777dd3190f5a67cff5297e5f0fae08fb34a7", Convert.ToHexStringLower(hash));
    }

    private static byte[] File_(byte[] header, int dataBytes) =>
        [.. BitConverter.GetBytes((long)header.Length), .. header, .. new byte[dataBytes]];
}
