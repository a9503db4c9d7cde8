using ClipLens.Ablation;
using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Bench;

/// <summary>
/// Ablation of all blocks beside the plain forward pass of the same pictures. The neurons' means, directions and thresholds are made up:
/// what an ablation costs does not depend on them.
/// </summary>
internal sealed class AblationBench(string name, ImageTower tower, ImagePreprocessor preprocessor, IReadOnlyList<ImageEntry> images,
    int rounds)
{
    private const int Batch = 16;
    private const int Classes = 1000;
    private const int Sizes = 2;

    public void Run(TextWriter output)
    {
        using var scope = NewDisposeScope();
        using var reader = new ImageBatchReader(preprocessor, images);
        using var pixels = randn(Batch, 3, tower.Config.ImageSize, tower.Config.ImageSize);
        using var classifier = nn.functional.normalize(randn(tower.EmbedDim, Classes), 2, 0);
        int[] labels = new int[images.Count];
        AblationLayer[] layers = [.. Enumerable.Range(0, tower.Config.Layers - 1).Select(Layer)];
        var (clock, processor) = Rounds.Measure(rounds,
            () => Forward(_ => pixels),
            () => Forward(batch => reader.Read(batch * Batch, Math.Min(Batch, images.Count - batch * Batch)).Pixels),
            () => Ablate(layers));
        output.WriteLine($"\n{name}: ablations on {images.Count} photographs of {Classes} classes, first component and {Sizes} sizes of "
            + $"texts, median of {rounds} rounds");
        Row("plain forward pass, pictures in memory", 0);
        Row("plain forward pass from files", 1);
        Row($"ablation of all {layers.Length} blocks, apart and together", 2);

        void Row(string what, int piece) =>
            output.WriteLine($"  {what,-50} {Rounds.Median(clock[piece]),6:F1} s, {Rounds.Ratio(clock[piece], clock[0]):F2} x the "
            + "forward pass, "
            + $"{Rounds.Ratio(clock[piece], clock[1]):F2} x the same from files; processor {Rounds.Median(processor[piece]):F1} s, "
            + $"{Rounds.Ratio(processor[piece], processor[0]):F2} x and {Rounds.Ratio(processor[piece], processor[1]):F2} x");

        void Ablate(IReadOnlyList<AblationLayer> chosen)
        {
            using var outcome = LayerAblation.Run(tower, reader, labels, classifier, chosen, new() { Batch = Batch, IsJoint = true });
        }
    }

    private void Forward(Func<int, Tensor> pixels) =>
        OrderedWork.Run(0, (images.Count + Batch - 1) / Batch, batch => tower.Encode(pixels(batch)), (_, _) => { }, null,
        CancellationToken.None);

    private AblationLayer Layer(int layer)
    {
        int count = tower.Config.MlpWidth, width = tower.EmbedDim;
        var neurons = new LayerNeurons
        {
            Layer = layer,
            Count = count,
            Width = width,
            Top = 1,
            Mean = (randn(count, width) * 0.01).data<float>().ToArray(),
            Direction = nn.functional.normalize(randn(count, width), 2, 1).data<float>().ToArray(),
            VarianceExplained = new float[count],
            TopImages = new int[count],
            TopNorms = new float[count],
            Threshold = [.. Enumerable.Repeat(0.05f, count)],
        };
        return new(neurons, [new("first", neurons.DirectionTensor()), .. Enumerable.Range(0, Sizes)
            .Select(size => new DirectionSet($"texts {size}", randn(count, width)))]);
    }
}
