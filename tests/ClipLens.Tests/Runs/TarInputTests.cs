using System.Formats.Tar;
using ClipLens.Models.Images;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Runs;

/// <summary>Images in tar files as WebDataset makes them.</summary>
public class TarInputTests
{
    [Fact]
    public void A_run_over_tar_files_finds_what_a_run_over_the_same_pictures_finds()
    {
        using var world = new TinyRun();
        var plain = world.Run().Run;
        string pattern = WriteShards(world, 3);
        var run = world.Run(settings => settings with { Images = pattern, Output = world.File("from-tar") }).Run;
        Assert.Equal("01.tar/010.png", run.Images[10].Path);
        Assert.Equal(plain.Images.Select(image => image.Sha256), run.Images.Select(image => image.Sha256));
        foreach (int layer in plain.Layers)
            Assert.Equal(File.ReadAllBytes(Path.Combine(plain.Path, $"layer-{layer:00}", "neurons.safetensors")),
                File.ReadAllBytes(Path.Combine(run.Path, $"layer-{layer:00}", "neurons.safetensors")));
        // A picture of the run is found again in its tar file.
        Assert.Equal(plain.ReadImage(25).Pixels.ToArray(), run.ReadImage(25).Pixels.ToArray());
        Assert.True(world.Run(settings => settings with { Images = pattern, Output = world.File("from-tar") }).WasComplete);
    }

    [Fact]
    public void What_is_wrong_with_tar_files_is_said()
    {
        using var world = new TinyRun();
        string pattern = WriteShards(world, 2);
        string Refusal(string images) => Assert.ThrowsAny<ClipLensException>(() => ImageList.Find(images)).Message;
        Assert.Contains("02.tar of", Refusal(pattern.Replace("01}", "02}", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("are not understood", Refusal(pattern.Replace("00..", "00-", StringComparison.Ordinal)), StringComparison.Ordinal);
        string cut = world.File("tar", "cut.tar");
        byte[] whole = File.ReadAllBytes(world.File("tar", "00.tar"));
        File.WriteAllBytes(cut, whole[..(whole.Length / 3)]);
        Assert.Contains("is damaged or cut short", Refusal(cut), StringComparison.Ordinal);
        File.WriteAllBytes(cut, new byte[1024]);
        Assert.Contains("have no image", Refusal(cut), StringComparison.Ordinal);
    }

    private static string WriteShards(TinyRun world, int shards)
    {
        Directory.CreateDirectory(world.File("tar"));
        string[] pictures = [.. Directory.EnumerateFiles(world.Images).Order(StringComparer.Ordinal)];
        for (int shard = 0; shard < shards; shard++)
        {
            using var tar = new TarWriter(File.Create(world.File("tar", $"{shard:00}.tar")), TarEntryFormat.Ustar);
            foreach (string picture in pictures.Skip(shard * pictures.Length / shards).Take(pictures.Length / shards))
            {
                tar.WriteEntry(picture, Path.GetFileName(picture));
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, Path.ChangeExtension(Path.GetFileName(picture), ".cls"))
                {
                    DataStream = new MemoryStream("7"u8.ToArray())
                });
            }
        }
        return world.File("tar", $"{{00..{shards - 1:00}}}.tar");
    }
}
