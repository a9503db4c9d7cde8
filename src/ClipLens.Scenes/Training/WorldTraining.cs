using System.Diagnostics;
using System.Globalization;
using System.Text;
using ClipLens.Compute;
using ClipLens.Files;
using ClipLens.Models;
using ClipLens.Models.Configuration;
using ClipLens.Scenes.Drawing;
using ClipLens.Scenes.Language;
using static TorchSharp.torch;

namespace ClipLens.Scenes.Training;

/// <summary>Trains the world's CLIP.</summary>
public static class WorldTraining
{
    private const int ReportEvery = 10;

    /// <summary>Trains a model, or goes on with an interrupted training of the same settings in the same folder.</summary>
    /// <param name="folder">Gets <c>checkpoint.safetensors</c> while it runs, <c>losses.csv</c>, and at the end <c>model/</c>, an open_clip
    /// folder in float16.</param>
    /// <param name="settings">How to train.</param>
    /// <param name="progress">Told every ten steps, and with scores at every checkpoint.</param>
    /// <param name="cancellation">Stops after a step, with a checkpoint.</param>
    /// <returns>Scores of the final model.</returns>
    /// <exception cref="ClipLensException">A setting is out of range, or the folder holds another training or cannot be
    /// written.</exception>
    public static WorldScores Run(string folder, TrainingSettings settings, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        settings.Check();
        CreateFolder(folder);
        var vocabulary = WorldVocabulary.Build();
        var config = settings.Model with { Text = settings.Model.Text with { VocabularySize = vocabulary.Entries.Count } };
        using var scope = NewDisposeScope();
        using var weights = WorldParameters.Create(config, settings.Seed, settings.FirstMlpGain);
        using var optimizer = new AdamW(weights);
        var losses = TrainingCheckpoint.Restore(folder, settings, weights, optimizer);
        // Sums over several threads have other bits; and threads that wait for work take the cores from those that compute gradients.
        using var threads = TorchThreads.One();
        Train(folder, settings, weights, optimizer, vocabulary, losses, progress, cancellation);
        ModelExport.Save(Path.Combine(folder, "model"), weights, vocabulary);
        WriteLosses(folder, losses);
        return Measure(weights, vocabulary, settings.HeldOut);
    }

    /// <summary>Scores of an open_clip folder, through the library's own forward pass, on pictures drawn at its input size.</summary>
    /// <exception cref="ClipLensException">The model cannot be read.</exception>
    public static WorldScores Evaluate(string modelFolder, int pictures = 600)
    {
        using var model = ClipModel.Load(modelFolder);
        using var scope = NewDisposeScope();
        return WorldEvaluation.Measure(
            scenes => nn.functional.normalize(model.Image.Encode(Pixels(scenes, model.Config)), dim: 1),
            texts => nn.functional.normalize(model.EmbedTexts(texts), dim: 1), pictures);
    }

    private static void Train(string folder, TrainingSettings settings, WorldParameters weights, AdamW optimizer,
        WorldVocabulary vocabulary, List<float> losses, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        if (losses.Count >= settings.Steps) return;
        using var workers = new GradientWorkers(weights, settings.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32);
        var batches = new BatchSource(settings, vocabulary);
        var watch = Stopwatch.StartNew();
        var next = Task.Run(() => batches.Create(losses.Count), CancellationToken.None);
        for (int step = losses.Count, since = step; step < settings.Steps;)
        {
            var batch = next.GetAwaiter().GetResult();
            int following = step + 1;
            if (following < settings.Steps) next = Task.Run(() => batches.Create(following), CancellationToken.None);
            losses.Add(Step(settings, step, weights, optimizer, workers, batch));
            step = following;
            bool stop = cancellation.IsCancellationRequested;
            bool isCheckpoint = stop || step % settings.CheckpointEvery == 0 || step == settings.Steps;
            if (isCheckpoint) TrainingCheckpoint.Save(folder, settings, weights, optimizer, losses);
            if (isCheckpoint || step % ReportEvery == 0)
            {
                double speed = (step - since) * settings.BatchSize / watch.Elapsed.TotalSeconds;
                var scores = isCheckpoint && !stop && progress is not null ? Measure(weights, vocabulary, settings.HeldOut) : null;
                progress?.Report(new(step, settings.Steps, losses.Skip(since).Average(), speed, scores));
                since = step;
                watch.Restart();
            }
            if (!stop) continue;
            next.GetAwaiter().GetResult();
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private static float Step(TrainingSettings settings, int step, WorldParameters weights, AdamW optimizer, GradientWorkers workers,
        TrainingBatch batch)
    {
        using var scope = NewDisposeScope();
        var (loss, gradients) = workers.Compute(batch);
        optimizer.Step(step, settings.RateAt(step), settings.WeightDecay, gradients);
        foreach (var gradient in gradients.Values) gradient.Dispose();
        if (!double.IsFinite(loss)) throw new ClipLensException($"The training diverged at step {step}; choose a smaller learning rate.");
        return (float)loss;
    }

    private static WorldScores Measure(WorldParameters weights, WorldVocabulary vocabulary, int pictures) => WorldEvaluation.Measure(
        scenes => cat([.. scenes.Chunk(100).Select(part => EncodePictures(weights, part))], 0),
        texts => cat([.. texts.Chunk(100).Select(part => EncodeTexts(weights, vocabulary, part))], 0), pictures);

    private static Tensor EncodePictures(WorldParameters weights, Scene[] scenes)
    {
        using var scope = NewDisposeScope();
        var config = weights.Config;
        var rgb = Draw(scenes, config.Vision.ImageSize);
        int all = config.Vision.Tokens - 1;
        var (patches, _) = PatchCutter.Cut(rgb, config, all, null);
        return Towers.EncodePictures(weights, tensor(patches, [scenes.Length, all, patches.Length / scenes.Length / all]), null)
            .MoveToOuterDisposeScope();
    }

    private static Tensor EncodeTexts(WorldParameters weights, WorldVocabulary vocabulary, string[] texts)
    {
        using var scope = NewDisposeScope();
        var (tokens, ends) = BatchSource.Pad(texts.Select(vocabulary.Encode).ToArray());
        return Towers.EncodeTexts(weights, tensor(tokens, [texts.Length, tokens.Length / texts.Length]), tensor(ends))
            .MoveToOuterDisposeScope();
    }

    private static Tensor Pixels(IReadOnlyList<Scene> scenes, ClipConfig config)
    {
        int size = config.Vision.ImageSize;
        var pictures = stack([.. Draw([.. scenes], size).Select(rgb => tensor(rgb, [size, size, 3]).permute(2, 0, 1))])
            .to(ScalarType.Float32) / 255;
        Tensor Channel(IReadOnlyList<float> values) => tensor(values.ToArray(), [1, 3, 1, 1]);
        return (pictures - Channel(config.Preprocess.Mean)) / Channel(config.Preprocess.Std);
    }

    private static byte[][] Draw(Scene[] scenes, int size)
    {
        using var canvas = new SceneCanvas(size);
        return [.. scenes.Select(scene =>
        {
            var rgb = new byte[3 * size * size];
            canvas.Render(scene, rgb);
            return rgb;
        })];
    }

    private static void WriteLosses(string folder, List<float> losses)
    {
        var lines = losses.Select((loss, step) => string.Create(CultureInfo.InvariantCulture, $"{step + 1},{loss}\n"));
        AtomicFile.Write(Path.Combine(folder, "losses.csv"), Encoding.UTF8.GetBytes("step,loss\n" + string.Concat(lines)));
    }

    private static void CreateFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ClipLensException($"The folder {folder} cannot be made: {error.Message}", error);
        }
    }
}
