using ClipLens.Ablation;
using ClipLens.Models.Configuration;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Ablation;

public class AblationGoldenTests
{
    [SharedFact]
    public void Ablations_of_block_9_equal_the_released_code()
    {
        using var scope = NewDisposeScope();
        using var tower = Golden.ImageTower();
        var preprocessor = new ImagePreprocessor(224, new PreprocessConfig([.5f, .5f, .5f], [.5f, .5f, .5f]));
        var (files, labels) = Validation();
        using var images = new ImageBatchReader(preprocessor, files);
        Assert.Equal(Golden.Load("ablation-layer9", "labels").data<int>().ToArray(), labels);
        var neurons = GoldenNeurons.Layer9();
        AblationLayer layer = new(neurons,
        [
            new("first_component", neurons.DirectionTensor()),
            new("released_8", Golden.Load("sparse-layer9", "reconstruction.m8"), IsNormalised: false),
        ]);
        var representations = zeros(5, 300, 192);
        var settings = new AblationSettings { Observe = batch => Store(batch, representations) };
        using var outcome = LayerAblation.Run(tower, images, labels, Golden.Load("ablation-layer9", "classifier"), [layer], settings,
            new() { Cancellation = TestContext.Current.CancellationToken });

        Assert.Empty(outcome.Failures);
        AssertRepresentations(representations, outcome.Representations * 100);
        AssertAccuracies(outcome);
        AssertSignificance(outcome.Layers[0].Neurons);
    }

    private static void AssertRepresentations(Tensor actual, Tensor baseline)
    {
        string[] names = ["rep.without_all", "rep.without_significant", "rep.without_insignificant", "rep.pc_reconstruction"];
        Assert.InRange(Golden.RelativeError(baseline, Golden.Load("ablation-layer9", "rep.baseline")), 0, 1e-5);
        for (int i = 0; i < names.Length; i++)
            Assert.InRange(Golden.RelativeError(actual[i], Golden.Load("ablation-layer9", names[i])), 0, 1e-4);
        Assert.InRange(Golden.RelativeError(actual[4], Golden.Load("sparse-layer9", "eval_m8.rep")), 0, 1e-4);
    }

    private static void AssertAccuracies(AblationOutcome outcome)
    {
        var scores = outcome.Layers[0].Scores;
        Assert.Equal(85.0, Accuracy(outcome.Baseline, outcome.Labels), 0.1);
        Assert.Equal(86.667, Accuracy(scores["without_all"], outcome.Labels), 0.1);
        Assert.Equal(86.333, Accuracy(scores["without_large"], outcome.Labels), 0.1);
        Assert.Equal(86.667, Accuracy(scores["without_small"], outcome.Labels), 0.1);
        Assert.Equal(85.667, Accuracy(scores["first_component"], outcome.Labels), 0.1);
    }

    private static void AssertSignificance(NeuronActivity activity)
    {
        var counts = new int[300];
        foreach (int image in Enumerable.Range(0, 768).SelectMany(activity.SignificantImages)) counts[image]++;
        var expected = Golden.Load("ablation-layer9", "n_significant").data<int>().ToArray();
        // The golden file's nearest norm lies 2e-5 of its threshold away from it: rounding may turn a neuron or two, no more.
        Assert.All(counts.Zip(expected), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1));
        Assert.InRange(counts.Zip(expected).Count(pair => pair.First != pair.Second), 0, 3);
    }

    private static double Accuracy(ImageScores scores, IReadOnlyList<int> labels) =>
        100.0 * labels.Where((label, image) => scores.Predicted[image] == label).Count() / labels.Count;

    private static void Store(AblatedBatch batch, Tensor representations)
    {
        for (int i = 0; i < batch.Indices.Count; i++) representations.narrow(1, batch.Indices[i], 1).copy_(batch.Changed.narrow(1, i, 1));
    }

    private static (IReadOnlyList<ImageEntry> Files, int[] Labels) Validation()
    {
        var rows = File.ReadAllLines(SharedData.Path("data", "validation-labels.csv")).Skip(1).Select(line => line.Split(',')).ToList();
        return (ImageList.Files(rows.Select(row => SharedData.Path("data", "validation", row[0]))),
            [.. rows.Select(row => int.Parse(row[1]))]);
    }
}

/// <summary>The neurons of block 9 as the released code finds them over the thousand photographs.</summary>
internal static class GoldenNeurons
{
    public static LayerNeurons Layer9() => new()
    {
        Layer = 9,
        Count = 768,
        Width = 192,
        Top = 100,
        Mean = Floats("mean"),
        Direction = Floats("pcas"),
        VarianceExplained = Floats("variance_fraction_pc1"),
        TopImages = new int[76800],
        TopNorms = new float[76800],
        Threshold = Golden.Load("ablation-layer9", "threshold").data<float>().ToArray(),
    };

    private static float[] Floats(string name) => Golden.Load("directions-layer9", name).data<float>().ToArray();
}
