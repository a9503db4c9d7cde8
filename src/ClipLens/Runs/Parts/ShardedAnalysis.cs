using System.Diagnostics;
using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Files;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using ClipLens.Runs.Settings;
using ClipLens.Runs.Storage;
using ClipLens.Runs.Work;

namespace ClipLens.Runs.Parts;

/// <summary>
/// The main job on several machines: each passes over a part of the images, wherever and whenever, and writes a folder of its own into the
/// run; merged, they are the run, to the bit what <see cref="Analysis.Run"/> would have written on one machine of their kind.
/// </summary>
public static class ShardedAnalysis
{
    /// <summary>Passes over a part of the images, or goes on with it. One that is done is left as it is.</summary>
    /// <param name="settings">What to do; the same for all parts but for where the inputs lie.</param>
    /// <param name="shard">The part.</param>
    /// <param name="progress">How far the present stage is.</param>
    /// <param name="cancellation">Stops at the next batch; the same call goes on from there.</param>
    /// <exception cref="ClipLensException">An input or a setting is wrong, or the part was begun with others.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; what was done is kept.</exception>
    public static ShardResult RunPart(AnalysisSettings settings, Shard shard, IProgress<WorkProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var clock = Stopwatch.StartNew();
        using var threads = TorchThreads.One();
        using var inputs = AnalysisInputs.Open(settings, progress, cancellation);
        CheckNumber(inputs.Images.Count);
        string folder = RunFiles.Part(settings.Output, shard.Number, shard.Count);
        if (File.Exists(RunFiles.Manifest(settings.Output)))
            throw new ClipLensException($"The run {settings.Output} is merged or was begun whole; give another output for parts.");
        using var held = RunLock.TakePart(settings.Output, folder);
        inputs.Model.CheckFinite(cancellation);
        Begin(inputs, shard, folder);
        using var reader = inputs.Model.Reader(settings.Tower, inputs.Images, settings.ApplyOrientation);
        using var pass = Open(inputs, inputs.Layers, reader, shard, folder);
        bool wasDone = pass.IsDone;
        if (!wasDone) ImageCheck.Resume(folder, settings.Output, inputs, pass, progress, cancellation);
        pass.Run(progress, cancellation);
        pass.Settle();
        AtomicFile.Write(RunFiles.PartDone(folder), []);
        var own = pass.OwnOutcomes.ToList();
        return new()
        {
            Shard = shard,
            Images = own.Count,
            Unreadable = own.Count(image => image.Outcome.Error is not null),
            WasComplete = wasDone,
            Notes = inputs.Notes,
            Elapsed = clock.Elapsed,
        };
    }

    /// <summary>Refuses more images than the parts' sums hold exactly.</summary>
    /// <exception cref="ClipLensException">There are more.</exception>
    internal static void CheckNumber(int images)
    {
        if (images <= Grid.MostImages) return;
        throw new ClipLensException($"A run of parts takes at most {Grid.MostImages} images, beyond which its sums would no longer be "
            + $"exact, and {images} were given; analyze them whole, or in several runs.");
    }

    /// <summary>Makes the run of its parts, all of which must be done.</summary>
    /// <param name="settings">The run, and where the inputs are now.</param>
    /// <param name="progress">How far the present stage is.</param>
    /// <param name="cancellation">Stops between some neurons; the same call goes on.</param>
    /// <exception cref="ClipLensException">A part is missing, not done or of something else, or an input is not what the parts were made
    /// of.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; what was done is kept.</exception>
    public static AnalysisResult Merge(MergeSettings settings, IProgress<WorkProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var parts = PartFolders.Find(settings.Run);
        var inputs = AnalysisInputs.Open(parts[0].Settings(settings), progress, cancellation);
        try
        {
            CheckInputs(settings.Run, inputs, parts);
        }
        catch
        {
            inputs.Dispose();
            throw;
        }
        return Analysis.Work(inputs,
            layerWork => layerWork.DoParts(layers => [.. parts.Select(part => OpenDone(inputs, layers, part))]), () =>
            {
                if (!settings.KeepParts) Directory.Delete(RunFiles.Parts(settings.Run), recursive: true);
            }, progress, cancellation);
    }

    /// <summary>Whether a part has been analyzed; or the run has been merged.</summary>
    /// <param name="run">The run directory.</param>
    /// <param name="number">Which part, from 1.</param>
    /// <param name="count">Of how many.</param>
    public static bool IsDone(string run, int number, int count) => File.Exists(RunFiles.Manifest(run))
        && !Directory.Exists(RunFiles.Parts(run))
        || File.Exists(RunFiles.PartDone(RunFiles.Part(run, number, count)));

    /// <summary>Opens the pass over a part.</summary>
    /// <param name="inputs">The inputs.</param>
    /// <param name="layers">Blocks of it that are wanted.</param>
    /// <param name="reader">Its images.</param>
    /// <param name="shard">The part.</param>
    /// <param name="folder">Its folder.</param>
    private static EffectPass Open(AnalysisInputs inputs, IReadOnlyList<int> layers, ImageBatchReader reader, Shard shard, string folder)
    {
        var settings = inputs.Settings;
        var tower = inputs.Model.Tower(settings.Tower);
        return new(tower, new SecondOrder(tower, layers), reader, new()
        {
            ScratchFolder = folder,
            Top = settings.Top.Resolve(inputs.Images.Count),
            Layers = inputs.Layers,
            Part = new(shard.Number - 1, shard.Count),
            Sample = settings.Sample,
            Batch = settings.Batch,
            Workers = settings.Workers,
            MemoryBudget = settings.MemoryBudget,
            SaveInterval = settings.SaveInterval,
        });
    }

    private static EffectPass OpenDone(AnalysisInputs inputs, IReadOnlyList<int> layers, PartRecord part)
    {
        using var reader = inputs.Model.Reader(inputs.Settings.Tower, inputs.Images, inputs.Settings.ApplyOrientation);
        var pass = Open(inputs, layers, reader, new(part.Number, part.Count),
            RunFiles.Part(inputs.Settings.Output, part.Number, part.Count));
        if (pass.IsDone) return pass;
        using (pass)
            throw new ClipLensException($"Part {part.Number} of {part.Count} of the run {inputs.Settings.Output} is not done "
                + $"({pass.Outcomes.Count} of {pass.Order.Count} images); give its command again, then merge.");
    }

    private static void Begin(AnalysisInputs inputs, Shard shard, string folder)
    {
        var asked = PartRecord.Create(inputs, shard, RunWriter.Version);
        string path = RunFiles.PartRecord(folder);
        if (inputs.Settings.Overwrite) Empty(folder);
        if (!File.Exists(path))
        {
            Empty(folder);
            asked.Write(path);
        }
        else if (PartRecord.Read(path).Difference(asked) is { } difference)
            throw new SettingException(nameof(AnalysisSettings.Overwrite),
                $"Part {shard.Number} of the run {inputs.Settings.Output} was begun with other inputs than now ({difference}); give "
                + "those, or make it again, overwriting it.");
    }

    private static void Empty(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder).Where(file => Path.GetFileName(file) != ".lock")
            .ToList()) File.Delete(file);
    }

    private static void CheckInputs(string run, AnalysisInputs inputs, IReadOnlyList<PartRecord> parts)
    {
        var now = PartRecord.Create(inputs, new(1, parts.Count), parts[0].Cliplens);
        if (parts[0].Difference(now) is { } difference)
            throw new ClipLensException($"The parts of {run} do not fit what is there now ({difference}); name the checkpoint, images and "
                + "texts that they were made of.");
    }
}
