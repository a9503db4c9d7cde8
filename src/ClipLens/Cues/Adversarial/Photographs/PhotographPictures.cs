using System.Security.Cryptography;
using System.Text;
using ClipLens.Compute;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Segmentation;
using static TorchSharp.torch;

namespace ClipLens.Cues.Adversarial.Photographs;

/// <summary>Pictures made of photographs: which of them show the true class, and which show the cues and not the wrong class.</summary>
public abstract class PhotographPictures : IPictureSource, IDisposable
{
    /// <summary>Side in pixels of the pictures at least, and of what is cut out at most.</summary>
    private protected const int LeastSide = 320, LargestCut = 320;

    // A photograph is taken for one of the true class only where that is beyond doubt: one text in a thousand, were the pool's spread
    // normally.
    private const float ClearPresence = 3.09f;
    private readonly ClipModel model;
    private readonly IReadOnlyList<ImageEntry> photographs;
    private readonly Tensor pool;
    private readonly Segmenter segmenter;
    private IReadOnlySet<string> prepared = new HashSet<string>();

    /// <param name="model">The model that looks for the cues and finds objects; it must outlive the source.</param>
    /// <param name="photographs">Photographs to take the cues from, and those of the true class if none are given.</param>
    /// <param name="pool">Embeddings of a pool of texts [M, d], by which it is judged whether a photograph shows something.</param>
    /// <param name="settings">How the pictures are made.</param>
    private protected PhotographPictures(ClipModel model, IReadOnlyList<ImageEntry> photographs, Tensor pool, CollageSettings settings)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(photographs);
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(settings);
        (this.model, this.photographs, Settings) = (model, photographs, settings);
        this.pool = pool.clone().DetachFromDisposeScope();
        segmenter = new Segmenter(model, pool: pool);
    }

    /// <inheritdoc/>
    public int Parallel => Settings.Workers ?? Environment.ProcessorCount;

    private protected CollageSettings Settings { get; }

    /// <summary>Side of the pictures in pixels.</summary>
    private protected int Side => Math.Max(LeastSide, model.Preprocessor.Size);

    /// <inheritdoc/>
    public PreparedPictures Prepare(IReadOnlyList<string> cues, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(cues);
        var options = new WorkOptions { Workers = Settings.Workers, Progress = progress, Cancellation = cancellation };
        PhotographIndex Index(IReadOnlyList<ImageEntry> entries) =>
            PhotographIndex.Read(model, entries, pool, Settings.ApplyOrientation, Settings.Batch, options);
        using var index = Settings.Seen is { } seen && seen.Are(photographs, Settings.ApplyOrientation)
            ? PhotographIndex.From(seen, photographs, pool) : Index(photographs);
        using var own = Settings.Bases is { } given ? Index(given) : null;
        string name = $"{Kind}, {Settings.DonorsPerCue} photographs a cue, of {index.Sha256}{(own is null ? "" : " on " + own.Sha256)}"
            + (Others is { } others && own is null ? $" among {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
                string.Join('\n', others))))}" : "");
        using var scope = NewDisposeScope();
        using var classes = ZeroShotClassifier.Create(model, [Settings.True, Settings.Fooled, .. cues], Settings.Templates, null,
            Settings.Workers, cancellation);
        var directions = classes.Weights.t().contiguous();
        prepared = Keep(cues, index, directions, ChooseBases(own ?? index, directions, own is not null, options), options);
        return new(name, prepared) { Photographs = Kept };
    }

    /// <summary>Cuts out and keeps what the pictures are made of; returns the cues that can be shown.</summary>
    private protected abstract IReadOnlySet<string> Keep(IReadOnlyList<string> cues, PhotographIndex index, Tensor directions,
        ImageEntry[] bases, WorkOptions options);

    /// <summary>Photographs of the true class that are kept.</summary>
    private protected abstract int Kept { get; }

    // The classes that a photograph of the true one must not fit better.
    private string[]? Others => Settings.Classes is { } classes
        ? [.. classes.Where(name => !name.Equals(Settings.True, StringComparison.OrdinalIgnoreCase)).Distinct()] : null;

    /// <summary>What the pictures are, for the plan of a folder.</summary>
    private protected abstract string Kind { get; }

    /// <inheritdoc/>
    public Task<PicturePair> Draw(PictureTask task, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (task.Asked.Cues.FirstOrDefault(cue => !prepared.Contains(cue)) is { } unknown)
            throw new InvalidOperationException($"The pictures were not prepared for the cue '{unknown}'.");
        return Task.FromResult(Make(task));
    }

    /// <summary>Makes the pictures of a task, for whose cues photographs were kept.</summary>
    private protected abstract PicturePair Make(PictureTask task);

    /// <inheritdoc/>
    public void Dispose()
    {
        segmenter.Dispose();
        pool.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>For every cue the photographs that show it most clearly, the clearest first, of those that may be used.</summary>
    private protected List<(int Cue, int Image)> ChooseDonors(PhotographIndex index, IReadOnlyList<string> cues, Tensor directions,
        IReadOnlyList<int> allowed, int? most = null)
    {
        var donors = new List<(int, int)>();
        for (int c = 0; c < cues.Count; c++)
        {
            float[] presence = index.Presence(directions.narrow(0, c + 2, 1))[0];
            donors.AddRange(allowed.Where(i => presence[i] >= ClassSegment.LeastPresence).OrderByDescending(i => presence[i]).ThenBy(i => i)
                .Take(most ?? Settings.DonorsPerCue).Select(i => (c, i)));
        }
        return donors;
    }

    /// <summary>Works on photographs on several threads, the results in their order.</summary>
    private protected static TResult[] Each<T, TResult>(IReadOnlyList<T> parts, string stage, Func<T, TResult> work, WorkOptions options)
    {
        var results = new TResult[parts.Count];
        OrderedWork.Run(0, parts.Count, part => work(parts[part]), (part, result) =>
        {
            results[part] = result;
            options.Progress?.Report(new(stage, part + 1, parts.Count));
        }, options.Workers, options.Cancellation);
        return results;
    }

    /// <summary>The square in the middle of a photograph.</summary>
    private protected RgbImage Square(ImageEntry entry) => CollageCanvas.Square(ImageDecoder.Decode(entry.Path, Settings.ApplyOrientation),
        Side);

    /// <summary>A whole photograph, no larger than what is cut out of it.</summary>
    private protected RgbImage Whole(ImageEntry entry) => CollageCanvas.Fit(ImageDecoder.Decode(entry.Path, Settings.ApplyOrientation),
        LargestCut);

    /// <summary>Where something is in a picture.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="direction">Its text [1, d].</param>
    private protected byte[] Mask(RgbImage picture, Tensor direction) => segmenter.Mask(picture, direction);

    /// <summary>Photographs that show the true class and are classified right, in seeded order.</summary>
    private ImageEntry[] ChooseBases(PhotographIndex index, Tensor directions, bool areGiven, WorkOptions options)
    {
        using var scope = NewDisposeScope();
        bool[]? isBest = areGiven ? null : FitBest(index, directions.narrow(0, 0, 1), options);
        var presence = index.Presence(directions.narrow(0, 0, 2));
        using var judge = new PairJudge(model, Settings.True, Settings.Fooled, Settings.Templates, Settings.Workers);
        float[] margins = judge.Margins(index.Embeddings);
        int[] usable = [.. Enumerable.Range(0, index.Entries.Count).Where(i => margins[i] < 0
            && (areGiven || (presence[0][i] >= ClearPresence && presence[1][i] < ClassSegment.LeastPresence && isBest?[i] != false)))];
        if (usable.Length == 0)
            throw new ClipLensException($"None of the {index.Entries.Count} photographs shows {ClassNames.WithArticle(Settings.True)} "
                + $"beyond doubt in the model's eyes{(isBest is null ? "" : ", more than any other class of the list")}; give photographs of it.");
        int[] clearest = [.. usable.OrderByDescending(i => presence[0][i]).ThenBy(i => i).Take(Settings.MostBases).Order()];
        return [.. new SeededRandom(Settings.Seed).Shuffled(clearest.Length).Select(i => index.Entries[clearest[i]])];
    }

    /// <summary>Which photographs fit the true class better than every other of the list; null without a list. Chance alone lets a terrier
    /// serve as a cat where there are few cats.</summary>
    private bool[]? FitBest(PhotographIndex index, Tensor direction, WorkOptions options)
    {
        if (Others is not { Length: > 0 } others) return null;
        using var classes = ZeroShotClassifier.Create(model, others, Settings.Templates, null, Settings.Workers, options.Cancellation);
        using var _ = no_grad();
        var best = index.Embeddings.matmul(direction.t()).squeeze(1).gt(index.Embeddings.matmul(classes.Weights).amax([1]));
        return best.data<bool>().ToArray();
    }
}
