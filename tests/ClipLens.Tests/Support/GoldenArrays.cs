using System.Buffers.Binary;
using System.Text.Json;

namespace ClipLens.Tests.Support;

/// <summary>A golden safetensors file and the facts beside it, read plainly.</summary>
internal sealed record GoldenArrays(JsonElement Facts, JsonElement Header, byte[] Data)
{
    public static GoldenArrays Open(string name)
    {
        byte[] file = File.ReadAllBytes(SharedData.Path("golden", name + ".safetensors"));
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        return new(JsonDocument.Parse(File.ReadAllText(SharedData.Path("golden", name + ".json"))).RootElement,
            JsonDocument.Parse(file.AsMemory(8, header)).RootElement, file[(8 + header)..]);
    }

    public byte[] Bytes(string tensor)
    {
        JsonElement offsets = Header.GetProperty(tensor).GetProperty("data_offsets");
        return Data[offsets[0].GetInt32()..offsets[1].GetInt32()];
    }
}
