using ClipLens.Models;
using ClipLens.Models.Configuration;
using ClipLens.Scenes;
using ClipLens.Scenes.Language;
using ClipLens.Scenes.Training;
using static TorchSharp.torch;

namespace ClipLens.Tests.Scenes;

public class TrainingTests
{
    private static readonly TrainingSettings Tiny = new()
    {
        Seed = 3,
        Steps = 14,
        BatchSize = 16,
        Block = 32,
        Reuse = 2,
        LearningRate = 3e-3,
        CheckpointEvery = 5,
        HeldOut = 200,
        PatchShare = 0.5,
        Model = new(16, new VisionConfig(32, 8, 32, 2, 2, 64, Activation.Gelu), new TextConfig(24, 0, 32, 1, 2, 64, Activation.Gelu),
            new PreprocessConfig([0.5f, 0.5f, 0.5f], [0.25f, 0.25f, 0.25f])),
    };

    [Fact]
    public void An_interrupted_training_ends_with_the_same_bytes()
    {
        using var folders = new TemporaryFolders();
        string whole = folders.New(), parts = folders.New();
        Train(whole, Tiny);
        using (var stop = new CancellationTokenSource())
        {
            var atStep5 = new Listener(progress => { if (progress.Step == 5) stop.Cancel(); });
            Assert.ThrowsAny<OperationCanceledException>(() => Train(parts, Tiny, atStep5, stop.Token));
        }
        Assert.False(Directory.Exists(Path.Combine(parts, "model")));
        Train(parts, Tiny);
        foreach (string file in new[] { "checkpoint.safetensors", "losses.csv", "model/open_clip_model.safetensors" })
            Assert.Equal(File.ReadAllBytes(Path.Combine(whole, file)), File.ReadAllBytes(Path.Combine(parts, file)));
        Assert.Equal(1 + Tiny.Steps, File.ReadAllLines(Path.Combine(whole, "losses.csv")).Length);
        // Another seed is another training, and a folder holds one.
        Assert.Contains("other settings", Assert.Throws<ClipLensException>(() => Train(parts, Tiny with { Seed = 4 })).Message);
    }

    [Fact]
    public void The_loss_falls()
    {
        using var folders = new TemporaryFolders();
        var losses = new List<double>();
        var settings = Tiny with { Steps = 120, BatchSize = 32, Block = 64, Reuse = 4, PatchShare = 1, CheckpointEvery = 1000 };
        string folder = folders.New();
        var scores = Train(folder, settings, new Listener(progress => losses.Add(progress.Loss)));
        // Blind guessing among 32 pictures costs ln 32 = 3.5.
        Assert.True(losses[^1] < 2.7, $"The loss went from {losses[0]:0.00} to {losses[^1]:0.00}.");
        // Chance is 1 of 12; the exported float16 model scores alike through the library's own forward pass.
        Assert.True(scores.Backgrounds > 50, $"{scores}");
        Assert.InRange(WorldTraining.Evaluate(Path.Combine(folder, "model"), 200).Backgrounds, scores.Backgrounds - 2,
            scores.Backgrounds + 2);
    }

    [Fact]
    public void Two_halves_give_the_gradient_of_the_whole_batch()
    {
        var vocabulary = WorldVocabulary.Build();
        var config = Tiny.Model with { Text = Tiny.Model.Text with { VocabularySize = vocabulary.Entries.Count } };
        using var scope = NewDisposeScope();
        using var weights = WorldParameters.Create(config, 1);
        var batch = new BatchSource(Tiny with { PatchShare = 1 }, vocabulary).Create(0);
        using var workers = new GradientWorkers(weights, ScalarType.Float32);
        var (loss, gradients) = workers.Compute(batch);

        var leaves = weights.Leaves(ScalarType.Float32);
        Tensor Pictures(TrainingHalf half) => Towers.EncodePictures(leaves, tensor(half.Patches, [8, 16, 192]), null);
        Tensor Texts(TrainingHalf half) => Towers.EncodeTexts(leaves, tensor(half.Tokens, [8, half.Tokens.Length / 8]), tensor(half.Ends));
        var whole = ContrastiveLoss.Compute(cat([Pictures(batch.First), Pictures(batch.Second)]),
            cat([Texts(batch.First), Texts(batch.Second)]),
            leaves["logit_scale"], tensor(batch.AlsoTrue, [16, 16]));
        whole.backward();
        Assert.Equal(whole.item<float>(), loss, 5);
        foreach (string name in weights.Names)
        {
            double difference = (leaves[name].grad! - gradients[name]).norm().item<float>(), size = leaves[name].grad!.norm().item<float>();
            Assert.True(difference <= 2e-5 * size + 1e-6, $"{name}: {difference} of {size}");
        }
    }

    [Fact]
    public void The_optimizer_takes_the_steps_of_AdamW()
    {
        using var scope = NewDisposeScope();
        var config = Tiny.Model with { Text = Tiny.Model.Text with { VocabularySize = 20 } };
        using var weights = WorldParameters.Create(config, 1);
        using var optimizer = new AdamW(weights);
        var twin = nn.Parameter(weights["visual.proj"].clone());
        var reference = optim.AdamW([twin], lr: 0.01, beta1: 0.9, beta2: 0.98, eps: 1e-6, weight_decay: 0.1);
        for (int step = 0; step < 4; step++)
        {
            // Their common norm is below 1, so nothing is cut.
            var gradients = weights.Names.ToDictionary(name => name, name => zeros_like(weights[name]));
            gradients["visual.proj"] = weights["visual.proj"].mul(0.05).add(0.001 * step);
            twin.grad = gradients["visual.proj"].clone();
            reference.step();
            optimizer.Step(step, 0.01, 0.1, gradients);
        }
        Assert.True((twin - weights["visual.proj"]).abs().max().item<float>() < 1e-6);
    }

    [Fact]
    public void Texts_that_are_true_of_another_picture_do_not_count_against_it()
    {
        using var scope = NewDisposeScope();
        var pictures = eye(3);
        var texts = tensor(new float[] { 1, 0, 0, 1, 0, 0, 0, 0, 1 }, [3, 3]);
        var alsoTrue = zeros(3, 3);
        alsoTrue[0, 1] = 1;
        double With(Tensor mask) => ContrastiveLoss.Compute(pictures, texts, tensor(0f), mask).item<float>();
        // By hand. Rows: (1 1 0), (0 0 0), (0 0 1); columns: (1 0 0), (1 0 0), (0 0 1); logarithms of the sums of exponentials.
        double e = Math.E, rows = Math.Log(2 * e + 1) - 1 + Math.Log(3) + Math.Log(2 + e) - 1;
        double columns = Math.Log(e + 2) - 1 + Math.Log(e + 2) + Math.Log(2 + e) - 1;
        Assert.Equal((rows + columns) / 6, With(zeros(3, 3)), 5);
        rows = Math.Log(e + 1) - 1 + Math.Log(3) + Math.Log(2 + e) - 1;
        columns = Math.Log(e + 2) - 1 + Math.Log(2) + Math.Log(2 + e) - 1;
        Assert.Equal((rows + columns) / 6, With(alsoTrue), 5);
    }

    [Fact]
    public void The_exported_folder_is_an_ordinary_checkpoint_of_the_same_function()
    {
        using var folders = new TemporaryFolders();
        using var scope = NewDisposeScope();
        var vocabulary = WorldVocabulary.Build();
        var settings = new TrainingSettings();
        var config = settings.Model with { Text = settings.Model.Text with { VocabularySize = vocabulary.Entries.Count } };
        using var weights = WorldParameters.Create(config, 1);
        string folder = folders.New();
        ModelExport.Save(folder, weights, vocabulary);
        Assert.True(new DirectoryInfo(folder).EnumerateFiles().Sum(f => f.Length) <= 8_000_000);
        using var model = ClipModel.Load(folder);
        Assert.Equal(config.Vision, model.Config.Vision);
        Assert.Equal(config.Text, model.Config.Text);

        var picture = SceneRenderer.Render(new SceneGenerator(1).Create(0), 64).Rgb.ToArray();
        var (patches, _) = PatchCutter.Cut(new[] { picture }, config, 64, null);
        var mine = Towers.EncodePictures(weights, tensor(patches, [1, 64, 192]), null);
        var pixels = (tensor(picture, [64, 64, 3]).permute(2, 0, 1).unsqueeze(0).to(ScalarType.Float32) / 255 - 0.5) / 0.25;
        var theirs = nn.functional.normalize(model.Image.Encode(pixels), dim: 1);
        Assert.True((mine * theirs).sum().item<float>() > 0.9999);

        string text = "a striped red ship on the sea with a blue bird";
        var (tokens, ends) = BatchSource.Pad([vocabulary.Encode(text)]);
        var myText = Towers.EncodeTexts(weights, tensor(tokens, [1, tokens.Length]), tensor(ends));
        var theirText = nn.functional.normalize(model.EmbedTexts([text], cancellation: TestContext.Current.CancellationToken), dim: 1);
        Assert.True((myText * theirText).sum().item<float>() > 0.9999);
    }

    [Fact]
    public void Patches_are_cut_in_the_order_of_the_convolution()
    {
        var config = Tiny.Model;
        var rgb = new byte[3 * 32 * 32];
        for (int i = 0; i < rgb.Length; i++) rgb[i] = (byte)(i * 7 % 251);
        using var scope = NewDisposeScope();
        var (patches, places) = PatchCutter.Cut(new[] { rgb }, config, 16, null);
        Assert.Null(places);
        var weight = randn(5, 3, 8, 8);
        var image = (tensor(rgb, [32, 32, 3]).permute(2, 0, 1).unsqueeze(0).to(ScalarType.Float32) / 255 - 0.5) / 0.25;
        var expected = nn.functional.conv2d(image, weight, strides: [8, 8]).flatten(2).transpose(1, 2);
        var found = tensor(patches, [1, 16, 192]).matmul(weight.view(5, -1).t());
        Assert.True((expected - found).abs().max().item<float>() < 1e-3);
    }

    [Theory]
    [InlineData(0, 16, 1e-3, "0 steps")]
    [InlineData(5, 15, 1e-3, "batch size is 15")]
    [InlineData(5, 20, 1e-3, "multiple of the batch size")]
    [InlineData(5, 16, 0, "learning rate")]
    public void Settings_out_of_range_are_refused(int steps, int batch, double rate, string expected)
    {
        using var folders = new TemporaryFolders();
        var settings = Tiny with { Steps = steps, BatchSize = batch, LearningRate = rate };
        Assert.Contains(expected, Assert.Throws<ClipLensException>(() => Train(folders.New(), settings)).Message);
    }

    [Fact]
    public void A_damaged_checkpoint_is_named()
    {
        using var folders = new TemporaryFolders();
        string folder = folders.New();
        File.WriteAllText(Path.Combine(folder, "checkpoint.safetensors"), "no tensors");
        Assert.Contains("checkpoint.safetensors", Assert.Throws<ClipLensException>(() => Train(folder, Tiny)).Message);
    }

    private static WorldScores Train(string folder, TrainingSettings settings, IProgress<TrainingProgress>? progress = null,
        CancellationToken? stop = null) =>
        WorldTraining.Run(folder, settings, progress, stop ?? TestContext.Current.CancellationToken);

    private sealed class Listener(Action<TrainingProgress> action) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => action(value);
    }

    private sealed class TemporaryFolders : IDisposable
    {
        private readonly List<string> folders = [];

        public string New()
        {
            folders.Add(Directory.CreateTempSubdirectory("world").FullName);
            return folders[^1];
        }

        public void Dispose() => folders.ForEach(folder => Directory.Delete(folder, recursive: true));
    }
}
