using System.Text.Json.Nodes;
using ClipLens.Compute;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Segmentation;
using static TorchSharp.torch;

namespace ClipLens.Cues.Adversarial;

/// <summary>How collages are made.</summary>
public sealed record CollageSettings
{
    /// <summary>The class that the photographs show.</summary>
    public required string True { get; init; }

    /// <summary>The class that no photograph may show.</summary>
    public required string Fooled { get; init; }

    /// <summary>Photographs of the true class; found among all photographs if null.</summary>
    public IReadOnlyList<ImageEntry>? Bases { get; init; }

    /// <summary>The most photographs of the true class to use: those where it is seen most clearly.</summary>
    public int MostBases { get; init; } = 200;

    /// <summary>Photographs that an object is cut out of, a cue.</summary>
    public int DonorsPerCue { get; init; } = 3;

    /// <summary>Decides the order of the photographs.</summary>
    public ulong Seed { get; init; }

    /// <summary>Templates of the classes; <see cref="PromptTemplates.Default"/> if null.</summary>
    public IReadOnlyList<string>? Templates { get; init; }

    /// <summary>Whether photographs are turned upright as their EXIF data says.</summary>
    public bool ApplyOrientation { get; init; }

    /// <summary>Photographs in a forward pass.</summary>
    public int Batch { get; init; } = 16;

    /// <summary>Threads; the number of cores if null.</summary>
    public int? Workers { get; init; }
}

/// <summary>
/// Collages of photographs: into a photograph of the true class are pasted, where that class is not, objects cut out of photographs that
/// fit the cues best. Photographs that seem to show the wrong class are left out, so that only the cues can mislead. Every picture is made
/// of the same parts at the same places for the same seed; the control is the photograph with nothing pasted in.
/// </summary>
public sealed class CollagePictures : IPictureSource, IDisposable
{
    private const int LeastSide = 320, LargestCut = 320;

    // A photograph is taken for one of the true class only where that is beyond doubt: one text in a thousand, were the pool's spread
    // normally.
    private const float ClearPresence = 3.09f;
    private readonly ClipModel model;
    private readonly IReadOnlyList<ImageEntry> photographs;
    private readonly CollageSettings settings;
    private readonly Tensor pool;
    private readonly Segmenter segmenter;
    private CollageBase[] bases = [];
    private Dictionary<string, IReadOnlyList<Donor>> donors = [];

    /// <summary>Prepares a source of collages.</summary>
    /// <param name="model">The model that looks for the cues and finds their objects; it must outlive the source.</param>
    /// <param name="photographs">Photographs to take the cues' objects from, and those of the true class if none are given.</param>
    /// <param name="pool">Embeddings of a pool of texts [M, d], by which it is judged whether a photograph shows something.</param>
    /// <param name="settings">How collages are made.</param>
    public CollagePictures(ClipModel model, IReadOnlyList<ImageEntry> photographs, Tensor pool, CollageSettings settings)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(photographs);
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(settings);
        (this.model, this.photographs, this.settings) = (model, photographs, settings);
        this.pool = pool.clone().DetachFromDisposeScope();
        segmenter = new Segmenter(model, pool: pool);
    }

    /// <inheritdoc/>
    public int Parallel => settings.Workers ?? Environment.ProcessorCount;

    /// <inheritdoc/>
    public PreparedPictures Prepare(IReadOnlyList<string> cues, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(cues);
        var options = new WorkOptions { Workers = settings.Workers, Progress = progress, Cancellation = cancellation };
        PhotographIndex Index(IReadOnlyList<ImageEntry> entries) =>
            PhotographIndex.Read(model, entries, pool, settings.ApplyOrientation, settings.Batch, options);
        using var index = Index(photographs);
        using var own = settings.Bases is { } given ? Index(given) : null;
        string name = $"collage, {settings.DonorsPerCue} photographs a cue, of {index.Sha256}{(own is null ? "" : " on " + own.Sha256)}";
        using var scope = NewDisposeScope();
        using var classes = ZeroShotClassifier.Create(model, [settings.True, settings.Fooled, .. cues], settings.Templates, null,
            settings.Workers, cancellation);
        var directions = classes.Weights.t().contiguous();
        var chosen = ChooseBases(own ?? index, directions, own is not null);
        bases = [.. Segmented(chosen, "Finding the true class", entry => AsBase(entry, directions.narrow(0, 0, 1)), progress,
            cancellation)];
        var all = ChooseDonors(index, cues, directions);
        var cuts = Segmented(all, "Cutting out the cues", part =>
            AsDonor(cues[part.Cue], part.Entry, directions.narrow(0, part.Cue + 2, 1)), progress, cancellation);
        donors = cuts.OfType<Donor>().GroupBy(donor => donor.Cue).ToDictionary(group => group.Key, group =>
            (IReadOnlyList<Donor>)[.. group]);
        return new(name, donors.Keys.ToHashSet());
    }

    /// <inheritdoc/>
    public Task<PicturePair> Draw(PictureTask task, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (task.Asked.Cues.FirstOrDefault(cue => !donors.ContainsKey(cue)) is { } unknown)
            throw new InvalidOperationException($"The collages were not prepared for the cue '{unknown}'.");
        var photograph = bases[task.Number % bases.Length];
        var random = new SeededRandom(task.Asked.Seed ^ 0xC0114E);
        var parts = new List<(CutOut Cut, PastePlace Place)>();
        var account = new JsonArray();
        foreach (string cue in task.Asked.Cues)
        {
            var all = donors[cue];
            // A photograph is not pasted into itself unless there is no other.
            var others = all.Where(donor => donor.Name != photograph.Name).ToList();
            var donor = others.Count > 0 ? others[random.Below(others.Count)] : all[random.Below(all.Count)];
            var place = photograph.Place(random, donor.Cut.Width, donor.Cut.Height, [.. parts.Select(part => part.Place)]);
            parts.Add((donor.Cut, place));
            account.Add(new JsonObject
            {
                ["cue"] = cue,
                ["photograph"] = donor.Name,
                ["left"] = place.Left,
                ["top"] = place.Top,
                ["width"] = place.Width,
                ["height"] = place.Height,
                ["true_class_covered"] = Math.Round(photograph.Covered(place), 4),
            });
        }
        return Task.FromResult(new PicturePair(CollageCanvas.Paste(photograph.Side, photograph.Pixels, parts), photograph.Plain,
            new() { ["photograph"] = photograph.Name, ["pasted"] = account }));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        segmenter.Dispose();
        pool.Dispose();
    }

    /// <summary>Photographs that show the true class and are classified right, in seeded order.</summary>
    private ImageEntry[] ChooseBases(PhotographIndex index, Tensor directions, bool areGiven)
    {
        using var scope = NewDisposeScope();
        var presence = index.Presence(directions.narrow(0, 0, 2));
        using var judge = new PairJudge(model, settings.True, settings.Fooled, settings.Templates, settings.Workers);
        float[] margins = judge.Margins(index.Embeddings);
        int[] usable = [.. Enumerable.Range(0, index.Entries.Count).Where(i => margins[i] < 0
            && (areGiven || (presence[0][i] >= ClearPresence && presence[1][i] < ClassSegment.LeastPresence)))];
        if (usable.Length == 0)
            throw new ClipLensException($"None of the {index.Entries.Count} photographs shows a {settings.True} beyond doubt in the "
            + "model's eyes; give photographs of it.");
        int[] clearest = [.. usable.OrderByDescending(i => presence[0][i]).ThenBy(i => i).Take(settings.MostBases).Order()];
        return [.. new SeededRandom(settings.Seed).Shuffled(clearest.Length).Select(i => index.Entries[clearest[i]])];
    }

    /// <summary>For every cue the photographs that show it most clearly and do not show the wrong class.</summary>
    private List<(int Cue, ImageEntry Entry)> ChooseDonors(PhotographIndex index, IReadOnlyList<string> cues, Tensor directions)
    {
        float[] wrong = index.Presence(directions.narrow(0, 1, 1))[0];
        int[] allowed = [.. Enumerable.Range(0, index.Entries.Count).Where(i => wrong[i] < ClassSegment.LeastPresence)];
        var donors = new List<(int, ImageEntry)>();
        for (int c = 0; c < cues.Count; c++)
        {
            float[] presence = index.Presence(directions.narrow(0, c + 2, 1))[0];
            donors.AddRange(allowed.Where(i => presence[i] >= ClassSegment.LeastPresence).OrderByDescending(i => presence[i]).ThenBy(i => i)
                .Take(settings.DonorsPerCue).Select(i => (c, index.Entries[i])));
        }
        return donors;
    }

    private TResult[] Segmented<T, TResult>(IReadOnlyList<T> parts, string stage, Func<T, TResult> work, IProgress<WorkProgress>? progress,
        CancellationToken cancellation)
    {
        var results = new TResult[parts.Count];
        OrderedWork.Run(0, parts.Count, part => work(parts[part]), (part, result) =>
        {
            results[part] = result;
            progress?.Report(new(stage, part + 1, parts.Count));
        }, settings.Workers, cancellation);
        return results;
    }

    private CollageBase AsBase(ImageEntry entry, Tensor direction)
    {
        int side = Math.Max(LeastSide, model.Preprocessor.Size);
        var square = CollageCanvas.Square(ImageDecoder.Decode(entry.Path, settings.ApplyOrientation), side);
        return new(entry.Name, side, CollageCanvas.Opaque(square), segmenter.Mask(square, direction));
    }

    private Donor? AsDonor(string cue, ImageEntry entry, Tensor direction)
    {
        var picture = CollageCanvas.Fit(ImageDecoder.Decode(entry.Path, settings.ApplyOrientation), LargestCut);
        return CutOut.Cut(picture, segmenter.Mask(picture, direction)) is { } cut ? new(cue, entry.Name, cut) : null;
    }

    private sealed record Donor(string Cue, string Name, CutOut Cut);
}
