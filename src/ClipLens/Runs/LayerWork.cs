using System.Globalization;
using System.Text;
using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Neurons;

namespace ClipLens.Runs;

/// <summary>Makes the neurons of the blocks that a run lacks, by one pass over the images for all of them.</summary>
internal sealed class LayerWork(AnalysisInputs inputs, RunWriter run, IProgress<WorkProgress>? progress, CancellationToken cancellation)
{
    private readonly AnalysisSettings settings = inputs.Settings;

    /// <summary>Makes them, and returns which.</summary>
    public IReadOnlyList<int> Do()
    {
        if (File.Exists(RunFiles.Images(run.Path))) run.Time("checking images", VerifyImages);
        int[] missing = [.. inputs.Layers.Except(RunFiles.FinishedLayers(run.Path))];
        if (missing.Length > 0) Make(PassLayers(missing), missing);
        if (Directory.Exists(RunFiles.Work(run.Path))) Directory.Delete(RunFiles.Work(run.Path), recursive: true);
        return missing;
    }

    private void VerifyImages() => ImageCheck.Verify(run.Path, inputs.Images,
        [.. ImageTable.Read(RunFiles.Images(run.Path)).Select(row => row.Sha256)], settings.Workers, progress, cancellation);

    private void Make(IReadOnlyList<int> passLayers, IReadOnlyList<int> missing)
    {
        var tower = inputs.Model.Image;
        using var effects = new SecondOrder(tower, passLayers);
        using var reader = new ImageBatchReader(inputs.Model.Preprocessor, inputs.Images, settings.ApplyOrientation);
        using var pass = new EffectPass(tower, effects, reader, PassSettings());
        if (!File.Exists(RunFiles.Images(run.Path)))
            run.Time("checking images", () => ImageCheck.Verify(run.Path, inputs.Images, [.. pass.Outcomes.Select(outcome => outcome.Sha256)],
                settings.Workers, progress, cancellation));
        run.Time("forward pass", () => pass.Run(progress, cancellation));
        int top = TopOf(pass);
        RecordImages(pass);
        run.Time("top images and directions", () =>
        {
            foreach (var neurons in DatasetAnalysis.Analyze(pass, passLayers, missing, tower.Config.MlpWidth, top, settings.MemoryBudget, progress, cancellation))
            {
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
        StoreCoefficients = settings.StoreCoefficients,
        MemoryBudget = settings.MemoryBudget,
        SaveInterval = settings.SaveInterval,
    };

    /// <summary>
    /// The blocks of the pass: those of an interrupted pass if that is of the same work, of which some blocks may be finished since, else the
    /// missing ones and an empty scratch folder.
    /// </summary>
    private IReadOnlyList<int> PassLayers(IReadOnlyList<int> missing)
    {
        string description = RunFiles.PassDescription(run.Path), scratch = RunFiles.Scratch(run.Path);
        int[] finished = [.. RunFiles.FinishedLayers(run.Path)];
        if (File.Exists(description) && File.ReadAllLines(description) is [var layers, var rest] && rest == Describe()
            && LayerSelection.Parse(layers).Resolve(int.MaxValue) is var passLayers && passLayers.Except(finished).SequenceEqual(missing))
            return passLayers;
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
        settings.Batch.ToString(CultureInfo.InvariantCulture), settings.StoreCoefficients.ToString(),
    ]);

    private int TopOf(EffectPass pass)
    {
        try
        {
            if (pass.Readable.Count == 0)
                throw new ClipLensException($"None of the {inputs.Images.Count} images of {settings.Images} can be read; the first: {pass.Outcomes[0].Error}");
            return settings.Top.Resolve(pass.Readable.Count);
        }
        catch (ClipLensException)
        {
            run.Abandon();
            throw;
        }
    }

    private void RecordImages(EffectPass pass)
    {
        var rows = ImageTable.Rows(inputs.Images, pass.Outcomes);
        if (!File.Exists(RunFiles.Images(run.Path))) run.SetImages(rows);
        else if (ImageTable.Fingerprint(rows) != run.Manifest.Images.Sha256)
            throw RunChanges.Changed(run.Path, "images changed while they were read");
    }
}
