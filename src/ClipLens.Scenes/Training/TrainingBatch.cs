using ClipLens.Scenes.Language;

namespace ClipLens.Scenes.Training;

/// <summary>One half of a batch as arrays.</summary>
/// <param name="Count">Pictures.</param>
/// <param name="Patches">[Count, K, 3 P P].</param>
/// <param name="Places">[Count, K], or null if all patches are there in order.</param>
/// <param name="Tokens">[Count, T].</param>
/// <param name="Ends">[Count].</param>
internal sealed record TrainingHalf(int Count, float[] Patches, long[]? Places, long[] Tokens, long[] Ends);

/// <summary>A batch: two halves, and which of its texts are also true of other pictures.</summary>
internal sealed record TrainingBatch(TrainingHalf First, TrainingHalf Second, float[] AlsoTrue);

/// <summary>Makes the batches of a training: what is in a step's batch depends on the settings and the step's number alone.</summary>
internal sealed class BatchSource(TrainingSettings settings, WorldVocabulary vocabulary)
{
    private readonly PictureBlocks blocks = new(settings);
    private PictureBlock[] current = [];
    private int[] order = [];
    private int pass = -1;

    public TrainingBatch Create(int step)
    {
        int perPass = settings.Block * settings.Reuse / settings.BatchSize;
        int pass = step / perPass;
        if (pass != this.pass) BeginPass(pass);
        var random = new SceneRandom(SceneRandom.Derive(settings.Seed ^ 0xBA7C4, (ulong)step));
        int size = settings.BatchSize, start = step % perPass * size;
        var scenes = new Scene[size];
        var pictures = new byte[size][];
        var captions = new Caption[size];
        for (int i = 0; i < size; i++)
        {
            int index = order[start + i];
            var block = current[index / settings.Block];
            (scenes[i], pictures[i]) = (block.Scenes[index % settings.Block], block.Rgb[index % settings.Block]);
            captions[i] = CaptionWriter.Write(scenes[i], random.NextBits());
        }
        int kept = Math.Max(1, (int)Math.Round(settings.PatchShareAt(step) * (settings.Model.Vision.Tokens - 1)));
        var tokens = captions.Select(c => Clip(vocabulary.Encode(c.Text))).ToArray();
        return new TrainingBatch(Half(0), Half(size / 2), AlsoTrue(scenes, captions));

        TrainingHalf Half(int from)
        {
            var (patches, places) = PatchCutter.Cut(pictures.AsSpan(from, size / 2), settings.Model, kept, random);
            var (ids, ends) = Pad(tokens.AsSpan(from, size / 2));
            return new TrainingHalf(size / 2, patches, places, ids, ends);
        }
    }

    // A pass goes through all blocks in use, in another order each time.
    private void BeginPass(int pass)
    {
        current = blocks.ForPass(pass);
        this.pass = pass;
        var random = new SceneRandom(SceneRandom.Derive(settings.Seed ^ 0x0DE4, (ulong)pass));
        order = new int[settings.Block * settings.Reuse];
        for (int i = 0; i < order.Length; i++) order[i] = i;
        for (int i = order.Length - 1; i > 0; i--)
        {
            int other = random.Below(i + 1);
            (order[i], order[other]) = (order[other], order[i]);
        }
    }

    private List<int> Clip(List<int> ids)
    {
        int most = settings.Model.Text.ContextLength;
        if (ids.Count <= most) return ids;
        ids.RemoveRange(most - 1, ids.Count - most);
        return ids;
    }

    internal static (long[] Tokens, long[] Ends) Pad(ReadOnlySpan<List<int>> texts)
    {
        int longest = 0;
        foreach (var text in texts) longest = Math.Max(longest, text.Count);
        var tokens = new long[texts.Length * longest];
        var ends = new long[texts.Length];
        for (int i = 0; i < texts.Length; i++)
        {
            for (int j = 0; j < texts[i].Count; j++) tokens[i * longest + j] = texts[i][j];
            ends[i] = texts[i].Count - 1;
        }
        return (tokens, ends);
    }

    private static float[] AlsoTrue(Scene[] scenes, Caption[] captions)
    {
        int size = scenes.Length;
        var result = new float[size * size];
        for (int i = 0; i < size; i++)
            for (int j = 0; j < size; j++)
                if (i != j && captions[j].Claims.IsTrueOf(scenes[i])) result[i * size + j] = 1;
        return result;
    }
}
