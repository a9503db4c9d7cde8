using System.Globalization;
using System.Text;
using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Files;
using ClipLens.Neurons;
using ClipLens.Runs.Settings;
using ClipLens.Runs.Storage;

namespace ClipLens.Runs.Work;

/// <summary>Makes the neurons of the blocks that a run lacks, by one pass over the images for all of them.</summary>
internal sealed class LayerWork(AnalysisInputs inputs, RunWriter run, IProgress<WorkProgress>? progress, CancellationToken cancellation)
{
    private readonly AnalysisSettings settings = inputs.Settings;

    /// <summary>Makes them, and returns which.</summary>
    public IReadOnlyList<int> Do()
    {
        if (File.Exists(RunFiles.Images(run.Path))) run.Time("checking images", VerifyImages);
        int[] missing = [.. inputs.Layers.Except(Finished())];
        if (missing.Length > 0) Make(PassLayers(missing), missing);
        RemoveWork();
        return missing;
    }

    private void RemoveWork()
    {
        if (Directory.Exists(RunFiles.Work(run.Path))) Directory.Delete(RunFiles.Work(run.Path), recursive: true);
    }

    /// <summary>Makes them of the parts of the images, a block at a time, and returns which.</summary>
    /// <param name="open">Opens the passes over all parts for some blocks.</param>
    public IReadOnlyList<int> DoParts(Func<IReadOnlyList<int>, IReadOnlyList<EffectPass>> open)
    {
        int[] missing = [.. inputs.Layers.Except(Finished())];
        foreach (int layer in missing)
        {
            var parts = open([layer]);
            try
            {
                Finish(parts, [layer]);
            }
            finally
            {
                foreach (var part in parts) part.Dispose();
            }
        }
        RemoveWork();
        return missing;
    }

    /// <summary>Blocks that have everything; one of an older version lacks what tells what its neurons act on.</summary>
    private IEnumerable<int> Finished() => RunFiles.FinishedLayers(run.Path)
        .Where(layer => File.Exists(RunFiles.Behaviour(run.Path, layer)) && File.Exists(RunFiles.Representations(run.Path)));

    private void VerifyImages()
    {
        var rows = ImageTable.Read(RunFiles.Images(run.Path));
        ImageCheck.Verify(run.Path, run.Path, inputs, [.. Enumerable.Range(0, rows.Count)], [.. rows.Select(row => row.Sha256)], progress,
            cancellation);
    }

    private void Make(IReadOnlyList<int> passLayers, IReadOnlyList<int> missing)
    {
        var tower = inputs.Model.Tower(settings.Tower);
        var effects = new SecondOrder(tower, passLayers);
        using var reader = inputs.Model.Reader(settings.Tower, inputs.Images, settings.ApplyOrientation);
        using var pass = new EffectPass(tower, effects, reader, PassSettings());
        if (!File.Exists(RunFiles.Images(run.Path))) run.Time("checking images", () =>
            ImageCheck.Resume(run.Path, run.Path, inputs, pass, progress, cancellation));
        run.Time("forward pass", () => pass.Run(progress, cancellation));
        Finish([pass], missing);
    }

    /// <summary>Writes what the finished passes over all parts of the dataset say of the missing blocks.</summary>
    private void Finish(IReadOnlyList<EffectPass> parts, IReadOnlyList<int> missing)
    {
        int top = TopOf(parts);
        RecordImages(parts, top);
        run.Time("top images and directions", () =>
        {
            var images = DatasetAnalysis.SumImages(parts);
            if (!File.Exists(RunFiles.Representations(run.Path))) BehaviourFile.WriteImages(RunFiles.Representations(run.Path), images);
            foreach (var neurons in DatasetAnalysis.Analyze(parts, missing, top, settings.Sign, progress, cancellation))
            {
                using var behaviour = DatasetAnalysis.SumBehaviour(parts, neurons.Layer);
                BehaviourFile.Write(RunFiles.Behaviour(run.Path, neurons.Layer), images, behaviour);
                NeuronFile.Write(RunFiles.Neurons(run.Path, neurons.Layer), neurons);
                run.Save();
            }
        });
    }

    private DatasetSettings PassSettings() => new()
    {
        ScratchFolder = RunFiles.Scratch(run.Path),
        Batch = settings.Batch,
        Workers = settings.Workers,
        Top = settings.Top.Resolve(inputs.Images.Count),
        Sample = settings.Sample,
        MemoryBudget = settings.MemoryBudget,
        SaveInterval = settings.SaveInterval,
    };

    /// <summary>
    /// The blocks of the pass: those of an interrupted pass if that is of the same work, of which some blocks may be finished since, else
    /// the missing ones and an empty scratch folder.
    /// </summary>
    private IReadOnlyList<int> PassLayers(IReadOnlyList<int> missing)
    {
        string description = RunFiles.PassDescription(run.Path), scratch = RunFiles.Scratch(run.Path);
        int[] finished = [.. Finished()];
        if (File.Exists(description) && File.ReadAllLines(description) is [var layers, var rest] && rest == Describe()
            && LayerSelection.Parse(layers).Resolve(inputs.Shape.Layers, inputs.Shape.WritingLayers) is var passLayers
            && passLayers.Except(finished).SequenceEqual(missing))
            return passLayers;
        Directory.CreateDirectory(RunFiles.Work(run.Path));
        File.Delete(description);
        if (Directory.Exists(scratch)) Directory.Delete(scratch, recursive: true);
        Directory.CreateDirectory(scratch);
        AtomicFile.Write(description, Encoding.UTF8.GetBytes($"{string.Join(',', missing)}\n{Describe()}\n"));
        return missing;
    }

    /// <summary>What besides the blocks the bits of a pass depend on.</summary>
    private string Describe() => ImageTable.Fingerprint(
    [
        inputs.Model.Sha256, ImageTable.Fingerprint(inputs.Images.Select(image => image.Name)), settings.ApplyOrientation.ToString(),
        settings.Batch.ToString(CultureInfo.InvariantCulture), settings.Top.Text,
    ]);

    /// <summary>The number of top images. A run that can have no results is taken back, because its settings or images must become
    /// others.</summary>
    private int TopOf(IReadOnlyList<EffectPass> parts)
    {
        int readable = parts.Sum(part => part.Sums.Images);
        if (readable == 0)
        {
            RunFiles.Remove(run.Path);
            throw new ClipLensException($"None of the {inputs.Images.Count} images of {settings.Images} can be read; the first: "
                + $"{parts[0].Outcomes[0].Error}");
        }
        try
        {
            return settings.Top.Resolve(readable);
        }
        catch (ClipLensException)
        {
            run.Abandon();
            throw;
        }
    }

    private void RecordImages(IReadOnlyList<EffectPass> parts, int top)
    {
        var rows = ImageTable.Rows(inputs.Images, [.. parts.SelectMany(part => part.OwnOutcomes).OrderBy(own => own.Index)
            .Select(own => own.Outcome)]);
        string table = RunFiles.Images(run.Path);
        if (!File.Exists(table)) ImageTable.Write(table, rows);
        else if (ImageTable.Fingerprint(ImageTable.Read(table)) != ImageTable.Fingerprint(rows))
            throw RunChanges.Changed(run.Path, "images changed while they were read");
        run.SetImages(rows, top);
    }
}
