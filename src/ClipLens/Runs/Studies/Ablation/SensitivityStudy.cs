using ClipLens.Ablation;
using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Neurons;
using ClipLens.Texts;
using static TorchSharp.torch;

namespace ClipLens.Runs.Studies.Ablation;

/// <summary>
/// What the choices behind a run's descriptions do to them, measured on labelled images that the run has not seen: the number of top
/// images, the text pool, the scaling of the dictionary, the number of texts.
/// </summary>
public static class SensitivityStudy
{
    /// <summary>Measures all pools, scalings and sizes with the run's top images, and other numbers of top images with its first pool and
    /// own scaling.</summary>
    /// <param name="inputs">The run and labelled images.</param>
    /// <param name="settings">What to do.</param>
    /// <param name="progress">How far the present stage is.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="ClipLensException">The run lacks a layer or a pool, there are more top images than images, or no image can be
    /// read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static SensitivityResult Run(StudyInputs inputs, SensitivitySettings settings, IProgress<WorkProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(settings);
        using var scope = NewDisposeScope();
        var run = inputs.Run;
        var options = new WorkOptions { Workers = inputs.Workers, Progress = progress, Cancellation = cancellation };
        int dataset = run.Images.Count(image => image.Error is null);
        var layers = run.Resolve(settings.Layers);
        int own = run.Neurons(layers[0]).Top;
        int[] others = [.. settings.Tops.Select(top => top.Resolve(dataset)).Distinct().Where(top => top != own)];
        var pools = settings.Pools ?? [.. run.Pools.Select(pool => pool.Name)];
        var neurons = layers.Select(run.Neurons).Concat(Others(inputs, layers, others, options)).ToList();
        var embedded = pools.Select(pool => new EmbeddedPool(pool, run.PoolEmbeddings(pool))).ToList();
        var cases = Cases(own, others, pools, settings.Sizes, run.Manifest.Settings.Scaling);
        var (outcome, rows) = Sensitivity.Measure(inputs.Model.Image, new(neurons, embedded, cases), inputs.Reader, inputs.Images.Labels,
            inputs.Classifier.Weights, options);
        using (outcome)
        {
            var figures = AblationSummary.Summarise(outcome, settings.Resamples, settings.Seed)
                .ToDictionary(subject => subject.Layer!.Value);
            return new(outcome.Indices.Count, dataset, figures[layers[0]][AblationNames.Baseline],
                [.. rows.Select(row => new SensitivityFigures(row.Layer,
                row.Case, row.Cosine, row.Random, 100 * row.Explained, 100 * row.ExplainedSignificant,
                figures[row.Layer][row.Case.Name]))]);
        }
    }

    private static List<SensitivityCase> Cases(int own, int[] others, IReadOnlyList<string> pools, IReadOnlyList<int> sizes,
        DictionaryScaling scaling)
    {
        List<SensitivityCase> cases = [new(own, null, scaling, 0)];
        cases.AddRange(from pool in pools
                       from each in Enum.GetValues<DictionaryScaling>().OrderByDescending(each => each == scaling)
                       from size in sizes
                       select new SensitivityCase(own, pool, each, size));
        foreach (int top in others)
        {
            cases.Add(new(top, null, scaling, 0));
            if (pools.Count > 0) cases.AddRange(sizes.Select(size => new SensitivityCase(top, pools[0], scaling, size)));
        }
        return cases;
    }

    /// <summary>The neurons for other numbers of top images, from one more pass over the run's dataset.</summary>
    private static List<LayerNeurons> Others(StudyInputs inputs, IReadOnlyList<int> layers, int[] tops, WorkOptions options)
    {
        if (tops.Length == 0) return [];
        var run = inputs.Run;
        string scratch = Directory.CreateTempSubdirectory("cliplens-sensitivity-").FullName;
        try
        {
            var settings = new DatasetSettings { ScratchFolder = scratch, Top = tops.Max(), Workers = options.Workers };
            var effects = new SecondOrder(inputs.Model.Image, layers);
            using var reader = RunImages.Open(run, inputs.Model);
            using var pass = new EffectPass(inputs.Model.Image, effects, reader, settings);
            pass.Run(options.Progress, options.Cancellation);
            return [.. tops.SelectMany(top => DatasetAnalysis.Analyze([pass], layers, top, run.Manifest.Settings.Sign,
                options.Progress, options.Cancellation))];
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }
}
