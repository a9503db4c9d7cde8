using System.Diagnostics;
using System.Formats.Tar;
using ClipLens.Models.Images;

namespace ClipLens.Bench;

/// <summary>How long it takes to find the images of a large dataset: in a folder, and in tar files.</summary>
internal static class ListBench
{
    private const int Files = 100_000, Shards = 128, Members = 1000, Bytes = 600;

    public static void Run(string folder, TextWriter output)
    {
        string many = Path.Combine(folder, "many"), shards = Path.Combine(folder, "shards");
        Directory.CreateDirectory(many);
        for (int i = 0; i < Files; i++) File.WriteAllBytes(Path.Combine(many, $"{i:000000}.jpg"), [0xff, 0xd8, 0xff]);
        Directory.CreateDirectory(shards);
        for (int shard = 0; shard < Shards; shard++) WriteShard(Path.Combine(shards, $"{shard:000}.tar"), shard);
        for (int round = 0; round < 3; round++)
        {
            Time($"a folder of {Files} files", () => ImageList.Find(many).Count);
            Time($"{Shards} tar files of {Members} images", () => ImageList.Find(Path.Combine(shards, $"{{000..{Shards - 1:000}}}.tar"))
                .Count);
        }

        void Time(string what, Func<int> find)
        {
            var clock = Stopwatch.StartNew();
            int found = find();
            output.WriteLine($"  {what}: {found} images in {clock.Elapsed.TotalSeconds:F2} s, {found / clock.Elapsed.TotalSeconds:F0} a "
                + "second");
        }
    }

    private static void WriteShard(string path, int shard)
    {
        using var file = File.Create(path);
        using var tar = new TarWriter(file, TarEntryFormat.Ustar);
        byte[] content = new byte[Bytes];
        for (int i = 0; i < Members; i++)
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile,
            $"n{shard:00000000}_{i}.jpg")
            { DataStream = new MemoryStream(content) });
    }
}
