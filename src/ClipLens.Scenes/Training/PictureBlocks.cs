using ClipLens.Scenes.Drawing;

namespace ClipLens.Scenes.Training;

/// <summary>Some pictures with their scenes.</summary>
internal sealed record PictureBlock(Scene[] Scenes, byte[][] Rgb);

/// <summary>
/// The pictures of a training, drawn in blocks on a background thread while the blocks before are in use. Block b is used in the
/// passes b-R+1 .. b, so that every picture is used R times, with others around it each time. What is drawn depends on the seed
/// and on the block's number alone.
/// </summary>
internal sealed class PictureBlocks(TrainingSettings settings)
{
    private readonly SceneGenerator generator = new(SceneRandom.Derive(settings.Seed, 0x5CE9E5));
    private readonly Dictionary<int, Task<PictureBlock>> blocks = [];

    /// <summary>The blocks of a pass; the one that the next pass needs is begun.</summary>
    public PictureBlock[] ForPass(int pass)
    {
        foreach (int old in blocks.Keys.Where(b => b < pass).ToList()) blocks.Remove(old);
        for (int b = pass; b <= pass + settings.Reuse; b++)
        {
            if (blocks.ContainsKey(b)) continue;
            int block = b;
            // A thread of its own, not one of the pool, whose few threads make the batches.
            blocks[b] = Task.Factory.StartNew(() => DrawBlock(block), CancellationToken.None, TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
        }
        return [.. Enumerable.Range(pass, settings.Reuse).Select(b => blocks[b].GetAwaiter().GetResult())];
    }

    private PictureBlock DrawBlock(int block)
    {
        int size = settings.Model.Vision.ImageSize;
        using var canvas = new SceneCanvas(size);
        using var fine = new SceneCanvas(2 * size);
        var scenes = new Scene[settings.Block];
        var pictures = new byte[settings.Block][];
        byte[] large = new byte[3 * 4 * size * size];
        for (int i = 0; i < settings.Block; i++)
        {
            scenes[i] = generator.Create((ulong)block * (ulong)settings.Block + (ulong)i);
            pictures[i] = new byte[3 * size * size];
            // Some pictures come from a finer drawing, as those that are shown to people do.
            if (i % 4 != 0)
            {
                canvas.Render(scenes[i], pictures[i]);
            }
            else
            {
                fine.Render(scenes[i], large);
                Halve(large, pictures[i], size);
            }
        }
        return new PictureBlock(scenes, pictures);
    }

    private static void Halve(ReadOnlySpan<byte> from, Span<byte> to, int size)
    {
        int row = 6 * size;
        for (int y = 0; y < size; y++)
            for (int x = 0; x < 3 * size; x++)
            {
                int at = 2 * y * row + x / 3 * 6 + x % 3;
                to[y * 3 * size + x] = (byte)((from[at] + from[at + 3] + from[at + row] + from[at + row + 3] + 2) / 4);
            }
    }
}
