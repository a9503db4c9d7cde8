using System.Globalization;
using ClipLens.Models.Configuration;

namespace ClipLens.Scenes.Training;

/// <summary>How the world's CLIP is trained. The same settings give the same weights, bit for bit, on the same machine, whether the
/// training was interrupted or not and whatever the number of threads.</summary>
public sealed record TrainingSettings
{
    /// <summary>Seed of the weights, the pictures, the captions and their order.</summary>
    public ulong Seed { get; init; }

    /// <summary>Steps of the optimizer.</summary>
    public int Steps { get; init; } = 8000;

    /// <summary>Pictures, each with a caption, of a step; even.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>Largest learning rate, reached after the warm-up; then it falls to 0 along a cosine.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Share of the steps in which the learning rate rises.</summary>
    public double WarmUp { get; init; } = 0.05;

    /// <summary>AdamW's weight decay, on matrices only.</summary>
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>Share of the patches that the image tower sees in a step, drawn anew for every picture; it sees all in the last
    /// <see cref="AllPatches"/> of the steps.</summary>
    public double PatchShare { get; init; } = 0.5;

    /// <summary>Share of the steps, at the end, in which the image tower sees all patches.</summary>
    public double AllPatches { get; init; } = 0.2;

    /// <summary>How often a drawn picture is used, mirrored and shifted at random and with another caption each time.</summary>
    public int Reuse { get; init; } = 6;

    /// <summary>Pictures that are drawn at once, while the ones before are in use; a multiple of the batch size.</summary>
    public int Block { get; init; } = 2048;

    /// <summary>Whether the blocks' matrix products are computed in bfloat16 (weights, sums and the residual stream stay in float32).
    /// Several times as fast on processors with AVX-512 BF16 or AMX; switch it off on others.</summary>
    public bool BFloat16 { get; init; } = true;

    /// <summary>
    /// Factor on what the first block's MLP writes to the image tower's residual stream, folded into its weights on export. Left to
    /// themselves the blocks of a small tower write about as much each and say much the same, so that the second-order effects of no single
    /// one matter.
    /// </summary>
    public double FirstMlpGain { get; init; } = 3;

    /// <summary>Steps between two checkpoints.</summary>
    public int CheckpointEvery { get; init; } = 250;

    /// <summary>Pictures on which the model is measured, at the end and at every checkpoint; at least 200.</summary>
    public int HeldOut { get; init; } = 600;

    /// <summary>The model's shape; its vocabulary is set to the world's.</summary>
    public ClipConfig Model { get; init; } = new(128,
        new VisionConfig(64, 8, 128, 8, 4, 512, Activation.Gelu),
        new TextConfig(24, 0, 128, 3, 4, 512, Activation.Gelu),
        new PreprocessConfig([0.5f, 0.5f, 0.5f], [0.25f, 0.25f, 0.25f]));

    /// <summary>What must be equal for a checkpoint to be continued.</summary>
    internal string Fingerprint => string.Create(CultureInfo.InvariantCulture,
        $"{Seed} {Steps} {BatchSize} {LearningRate} {WarmUp} {WeightDecay} {PatchShare} {AllPatches} {Reuse} {Block} {BFloat16} "
        + $"{FirstMlpGain} {Model.EmbedDim} {Model.Vision} {Model.Text}");

    /// <summary>The learning rate of a step.</summary>
    internal double RateAt(int step)
    {
        double warm = Math.Max(1, WarmUp * Steps);
        if (step < warm) return LearningRate * (step + 1) / warm;
        return LearningRate * 0.5 * (1 + Math.Cos(Math.PI * (step - warm) / Math.Max(1, Steps - warm)));
    }

    /// <summary>The share of patches that is seen in a step.</summary>
    internal double PatchShareAt(int step) => step >= Steps * (1 - AllPatches) ? 1 : PatchShare;

    internal void Check()
    {
        if (Steps < 1) throw new ClipLensException($"A training of {Steps} steps trains nothing; give at least 1.");
        if (BatchSize < 2 || BatchSize % 2 != 0) throw new ClipLensException($"The batch size is {BatchSize}; it must be even and at "
            + "least 2.");
        if (Block < BatchSize || Block % BatchSize != 0)
            throw new ClipLensException($"The block of {Block} pictures must be a multiple of the batch size, {BatchSize}.");
        if (Reuse < 1) throw new ClipLensException($"A picture cannot be used {Reuse} times; give at least 1.");
        if (!(PatchShare is > 0 and <= 1)) throw new ClipLensException($"The share of patches is {PatchShare}; it must be above 0 and at "
            + "most 1.");
        if (!(FirstMlpGain > 0)) throw new ClipLensException($"The first MLP cannot write {FirstMlpGain} times what it computes; give a "
            + "positive factor.");
        if (CheckpointEvery < 1) throw new ClipLensException($"A checkpoint every {CheckpointEvery} steps is not possible; give at least "
            + "1.");
        if (HeldOut < WorldEvaluation.RetrievalSize)
            throw new ClipLensException($"{HeldOut} held-out pictures are too few to measure on; give at least "
            + $"{WorldEvaluation.RetrievalSize}.");
        if (!(LearningRate > 0)) throw new ClipLensException($"The learning rate is {LearningRate}; it must be positive.");
    }
}

/// <summary>How far a training is.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Loss">Mean loss since the last report.</param>
/// <param name="PicturesPerSecond">Speed since the last report.</param>
/// <param name="Scores">Scores on held-out pictures, at checkpoints; else null.</param>
public sealed record TrainingProgress(int Step, int Steps, double Loss, double PicturesPerSecond, WorldScores? Scores);

/// <summary>How well a model knows the world, in percent, on held-out pictures; without planted correlations, where nothing else is
/// said.</summary>
/// <param name="Objects">Main object named among the 30 kinds, on pictures of the kind that the model was trained on, with the planted
/// correlations.</param>
/// <param name="BalancedObjects">The same without planted correlations: by its shape alone.</param>
/// <param name="Colours">Its colour among 10, its kind given.</param>
/// <param name="Patterns">Its pattern among 4, its kind given.</param>
/// <param name="Backgrounds">Background among 12.</param>
/// <param name="PictureToText">The picture's own full caption is the most similar of those of 200 pictures.</param>
/// <param name="TextToPicture">The caption's own picture is the most similar of 200.</param>
public sealed record WorldScores(double Objects, double BalancedObjects, double Colours, double Patterns, double Backgrounds,
    double PictureToText, double TextToPicture);
