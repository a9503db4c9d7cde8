using ClipLens.Compute;
using ClipLens.Models.Configuration;
using ClipLens.Models.Images;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Models.Images;

public sealed class ImageBatchReaderTests : IDisposable
{
    private static readonly ImagePreprocessor Small = new(8, PreprocessConfig.OpenAi);
    private readonly ScratchFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory, InlineData(1), InlineData(4)]
    public void Stretches_hold_what_can_be_read_and_say_what_cannot(int threads)
    {
        List<ImageEntry> entries = Dataset(23, bad: [0, 7, 8, 9, 10, 11, 22], missing: [9]);
        using var reader = new ImageBatchReader(Small, entries);
        List<int> read = [];
        List<ImageOutcome> outcomes = [];
        OrderedWork.Run(0, 6, batch =>
        {
            var stretch = reader.Read(batch * 4, Math.Min(4, 23 - batch * 4));
            for (int i = 0; i < stretch.Indices.Count; i++) CheckPicture(entries, stretch, i);
            return stretch;
        }, (batch, stretch) =>
        {
            Assert.Equal(batch * 4, stretch.Start);
            read.AddRange(stretch.Indices);
            outcomes.AddRange(stretch.Outcomes);
        }, threads, TestContext.Current.CancellationToken);

        Assert.Equal(Enumerable.Range(0, 23).Except([0, 7, 8, 9, 10, 11, 22]), read);
        for (int i = 0; i < 23; i++)
        {
            Assert.Equal(read.Contains(i), outcomes[i].Error is null);
            Assert.Equal(i == 9, outcomes[i].Sha256 is null);
            if (outcomes[i].Error is { } error) Assert.Contains(entries[i].Name, error);
        }
    }

    [SharedFact]
    public void Shared_photographs_come_in_the_bytes_of_the_slow_way()
    {
        using var scope = NewDisposeScope();
        ImageSet entries = ImageList.Find(SharedData.Path("data", "photos"));
        Assert.Equal(1000, entries.Count);
        var preprocessor = new ImagePreprocessor(224, PreprocessConfig.OpenAi);
        using var reader = new ImageBatchReader(preprocessor, [.. entries.Where((_, i) => i % 25 == 0)]);
        var batch = reader.Read(0, 40);
        Assert.Equal(40, batch.Indices.Count);
        float[] expected = new float[preprocessor.InputLength];
        for (int i = 0; i < 40; i++)
        {
            preprocessor.ToInput(ImageDecoder.Decode(entries[i * 25].Path), expected);
            Assert.Equal(expected.AsSpan(), batch.Pixels.Floats().Slice(i * expected.Length, expected.Length));
        }
    }

    private static void CheckPicture(List<ImageEntry> entries, ImageBatch batch, int i)
    {
        int index = batch.Indices[i];
        byte[] file = File.ReadAllBytes(entries[index].Path);
        Assert.Equal(PillowPictures.Sha(file), batch.Outcomes[index - batch.Start].Sha256);
        float[] expected = new float[Small.InputLength];
        Small.ToInput(ImageDecoder.Decode(file, "expected"), expected);
        Assert.Equal(expected.AsSpan(), batch.Pixels.Floats().Slice(i * expected.Length, expected.Length));
    }

    private List<ImageEntry> Dataset(int count, int[] bad, int[] missing)
    {
        List<ImageEntry> entries = [];
        string[] sources = ["rgb.png", "rgb.jpg", "palette.gif", "alpha.webp", "565.bmp", "grey16-dark.png"];
        for (int i = 0; i < count; i++)
        {
            string name = $"{i:d3}-{sources[i % sources.Length]}", path = folder.File(name);
            byte[] file = File.ReadAllBytes(PillowPictures.Path(sources[i % sources.Length]));
            if (!missing.Contains(i)) File.WriteAllBytes(path, bad.Contains(i) ? file[..(file.Length / 2)] : file);
            entries.Add(new ImageEntry(name, path));
        }
        return entries;
    }
}
