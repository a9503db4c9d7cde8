using ClipLens.Compute;

namespace ClipLens.Cues.Adversarial;

/// <summary>The pictures of one source of cues after the other: described, drawn, judged.</summary>
internal sealed class AdversarialWork(AdversarialSettings settings, AdversarialFolder folder, IDescriber describer,
    IPictureSource pictures, PairJudge judge,
    IProgress<WorkProgress>? progress, CancellationToken cancellation)
{
    private readonly Lock gate = new();
    private int done;

    /// <summary>All pictures of a source; none if it has no cues.</summary>
    public IReadOnlyList<AdversarialPicture> MakePictures(CueList source)
    {
        if (source.Cues.Count == 0) return [];
        done = 0;
        Report(source);
        var records = new PictureRecord[settings.Repeats * settings.Count];
        Make(source, records).GetAwaiter().GetResult();
        int[] made = [.. Enumerable.Range(0, records.Length).Where(number => records[number].Refused is null)];
        if (made.Length == 0) throw new ClipLensException($"Every picture with {source.Name} was refused. {records[0].Refused}");
        var verdicts = judge.Judge(
            [.. made.Select(number => (folder.Full(records[number].Picture!), folder.Full(records[number].ControlPicture!)))],
            settings.Batch, $"Verdicts with {source.Name}", new()
            {
                Workers = settings.Workers,
                Progress = progress,
                Cancellation = cancellation
            });
        return [.. made.Select((number, i) => Picture(source, number, records[number], verdicts[i]))];
    }

    private AdversarialPicture Picture(CueList source, int number, PictureRecord record, Verdict verdict) =>
        new(source.Name, number / settings.Count,
        number % settings.Count, record.Cues, record.Description, record.Control, record.Picture!, record.ControlPicture!, verdict);

    /// <summary>Descriptions and pictures, each at most as many at a time as it bears.</summary>
    private async Task Make(CueList source, PictureRecord[] records)
    {
        using SemaphoreSlim describing = new(describer.Parallel), drawing = new(pictures.Parallel);
        await Parallel.ForEachAsync(Enumerable.Range(0, records.Length), new ParallelOptions
        {
            MaxDegreeOfParallelism = describer.Parallel + pictures.Parallel,
            CancellationToken = cancellation,
        }, async (number, stop) =>
        {
            records[number] = await Make(source, number, describing, drawing, stop).ConfigureAwait(false);
            lock (gate)
            {
                done++;
                Report(source);
            }
        }).ConfigureAwait(false);
    }

    /// <summary>One picture, from wherever it was left.</summary>
    private async Task<PictureRecord> Make(CueList source, int number, SemaphoreSlim describing, SemaphoreSlim drawing,
        CancellationToken stop)
    {
        string item = AdversarialFolder.Item(source.Name, number / settings.Count, number % settings.Count);
        var task = Wanted(source, number);
        var record = folder.Read(item);
        try
        {
            record ??= await Within(describing, async () =>
                folder.Keep(item, task, await describer.Describe(task, stop).ConfigureAwait(false)), stop).ConfigureAwait(false);
            if (record.Refused is not null || folder.IsDrawn(record)) return record;
            var wanted = new PictureTask(task, new(record.Description, record.Control, record.Exchanges), number);
            return await Within(drawing, async () => folder.Keep(item, record, await pictures.Draw(wanted, stop).ConfigureAwait(false)),
                stop).ConfigureAwait(false);
        }
        catch (ModelRefusedException refusal)
        {
            return folder.Keep(item, task, record, refusal);
        }
    }

    private static async Task<T> Within<T>(SemaphoreSlim limit, Func<Task<T>> work, CancellationToken stop)
    {
        await limit.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            return await work().ConfigureAwait(false);
        }
        finally
        {
            limit.Release();
        }
    }

    /// <summary>The seed depends on the number alone, so that pictures of all sources differ in nothing but the cues.</summary>
    private DescriptionTask Wanted(CueList source, int number)
    {
        ulong seed = new SeededRandom(settings.Seed ^ ((ulong)number + 1) * 0xD1342543DE82EF95).Next();
        int[] chosen = new SeededRandom(seed).Choose(source.Cues.Count, settings.CuesPerPicture);
        return new(settings.True, settings.Fooled, [.. chosen.Select(cue => source.Cues[cue])], seed);
    }

    private void Report(CueList source) => progress?.Report(new($"Pictures with {source.Name}", done, settings.Repeats * settings.Count));
}
