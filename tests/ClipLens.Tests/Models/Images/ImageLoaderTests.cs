using ClipLens.Models;

namespace ClipLens.Tests;

public sealed class ImageLoaderTests : IDisposable
{
    private static readonly ImagePreprocessor Small = new(8, PreprocessConfig.OpenAi);
    private readonly string root = Directory.CreateTempSubdirectory("cliplens-loader-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [InlineData(1, 1), InlineData(3, 2), InlineData(7, 5)]
    public void Batches_are_fixed_by_position_and_what_cannot_be_read_is_listed(int threads, int ahead)
    {
        List<ImageEntry> entries = Dataset(23, bad: [0, 7, 8, 9, 10, 11, 22], missing: [9]);
        List<int> read = [], failed = [];
        foreach (ImageBatch batch in new ImageLoader(Small, threads, ahead).Read(entries, 4, cancel: Token))
        {
            using (batch)
            {
                Assert.Equal(read.Count + failed.Count, batch.Start);
                Assert.Equal(Enumerable.Range(batch.Start, Math.Min(4, 23 - batch.Start)),
                    batch.Indices.Concat(batch.Failures.Select(failure => failure.Index)).Order());
                for (int i = 0; i < batch.Count; i++) CheckPicture(entries, batch, i);
                read.AddRange(batch.Indices);
                failed.AddRange(batch.Failures.Select(failure => failure.Index));
                Assert.All(batch.Failures, failure => Assert.Contains(entries[failure.Index].Name, failure.Error));
                Assert.All(batch.Failures, failure => Assert.Equal(failure.Index == 9, failure.Sha256 is null));
            }
        }
        Assert.Equal([0, 7, 8, 9, 10, 11, 22], failed);
        Assert.Equal(16, read.Count);
    }

    [Fact]
    public void Reading_resumes_at_a_batch()
    {
        List<ImageEntry> entries = Dataset(10, bad: [5], missing: []);
        var loader = new ImageLoader(Small, 2);
        Assert.Equal([[4, 6, 7], [8, 9]], loader.Read(entries, 4, start: 4, Token).Select(batch => batch.Indices));
        Assert.Empty(loader.Read(entries, 4, start: 12, Token));
        Assert.Throws<ArgumentException>(() => loader.Read(entries, 4, start: 3, Token));
    }

    [Fact]
    public void No_more_batches_are_made_than_asked_for_and_their_memory_serves_again()
    {
        List<ImageEntry> entries = Dataset(60, bad: [], missing: []);
        HashSet<float[]> arrays = [];
        foreach (ImageBatch batch in new ImageLoader(Small, 3, ahead: 2).Read(entries, 2, cancel: Token))
        {
            using (batch) arrays.Add(batch.Pixels);
            Assert.Throws<ObjectDisposedException>(() => batch.Pixels);
        }
        Assert.InRange(arrays.Count, 1, 3);
        using IEnumerator<ImageBatch> slow = new ImageLoader(Small, 3, ahead: 2).Read(entries, 2, cancel: Token).GetEnumerator();
        Assert.True(slow.MoveNext());
        Thread.Sleep(100);
        // The batch in hand and two ahead are made; the files behind them have not been touched yet.
        foreach (ImageEntry entry in entries.Skip(6)) File.WriteAllText(entry.Path, "spoilt");
        List<bool> good = [];
        do good.Add(slow.Current.Failures.Count == 0);
        while (slow.MoveNext());
        Assert.Equal(Enumerable.Range(0, 30).Select(i => i < 3), good);
    }

    [Fact]
    public void Cancelling_or_leaving_early_ends_every_thread()
    {
        List<ImageEntry> entries = Dataset(40, bad: [], missing: []);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var loader = new ImageLoader(Small, 4, ahead: 1);
        int taken = 0;
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (ImageBatch batch in loader.Read(entries, 2, cancel: cancel.Token))
                if (++taken == 3) cancel.Cancel();
        });
        Assert.Equal(3, taken);
        ReadAhead left;
        using (left = new ReadAhead(loader, entries, 2, 0))
        {
            Assert.Equal(2, left.Take(Token)!.Count);
            Assert.Equal(4, left.Running);
        }
        Assert.Equal(0, left.Running);
    }

    [Fact]
    public void A_wait_for_a_slow_picture_is_cancelled()
    {
        if (OperatingSystem.IsWindows()) return;
        string pipe = Path.Combine(root, "slow.png");
        using (var made = System.Diagnostics.Process.Start("mkfifo", pipe)) made.WaitForExit();
        using var cancel = new CancellationTokenSource(100);
        // The thread hangs in the file system until somebody writes to the pipe; this one does so once the reader has been cancelled.
        using var registration = cancel.Token.Register(() => new Thread(() => File.Open(pipe, FileMode.Open, FileAccess.Write).Dispose()).Start());
        Assert.Throws<OperationCanceledException>(() => new ImageLoader(Small).Read([new ImageEntry("slow", pipe)], 1, cancel: cancel.Token).ToList());
    }

    [SharedFact]
    public void Shared_photographs_come_in_the_bytes_of_the_slow_way()
    {
        IReadOnlyList<ImageEntry> entries = ImageList.Find(SharedData.Path("data", "photos"));
        Assert.Equal(1000, entries.Count);
        var preprocessor = new ImagePreprocessor(224, PreprocessConfig.OpenAi);
        float[] expected = new float[preprocessor.InputLength];
        int seen = 0;
        foreach (ImageBatch batch in new ImageLoader(preprocessor, 2).Read([.. entries.Where((_, i) => i % 25 == 0)], 16, cancel: Token))
        {
            for (int i = 0; i < batch.Count; i++, seen++)
            {
                preprocessor.ToInput(ImageDecoder.Decode(entries[batch.Indices[i] * 25].Path), expected);
                Assert.Equal(expected.AsSpan(), batch.Pixels.AsSpan(i * expected.Length, expected.Length));
            }
            batch.Dispose();
        }
        Assert.Equal(40, seen);
    }

    private static void CheckPicture(List<ImageEntry> entries, ImageBatch batch, int i)
    {
        byte[] file = File.ReadAllBytes(entries[batch.Indices[i]].Path);
        Assert.Equal(PillowPictures.Sha(file), batch.Sha256[i]);
        float[] expected = new float[Small.InputLength];
        Small.ToInput(ImageDecoder.Decode(file, "expected"), expected);
        Assert.Equal(expected.AsSpan(), batch.Pixels.AsSpan(i * expected.Length, expected.Length));
    }

    private List<ImageEntry> Dataset(int count, int[] bad, int[] missing)
    {
        List<ImageEntry> entries = [];
        string[] sources = ["rgb.png", "rgb.jpg", "palette.gif", "alpha.webp", "565.bmp", "grey16-dark.png"];
        for (int i = 0; i < count; i++)
        {
            string name = $"{i:d3}-{sources[i % sources.Length]}", path = Path.Combine(root, name);
            byte[] file = File.ReadAllBytes(PillowPictures.Path(sources[i % sources.Length]));
            if (!missing.Contains(i)) File.WriteAllBytes(path, bad.Contains(i) ? file[..(file.Length / 2)] : file);
            entries.Add(new ImageEntry(name, path));
        }
        return entries;
    }
}
