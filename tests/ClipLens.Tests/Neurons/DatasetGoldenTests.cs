using ClipLens.Effects;
using ClipLens.Models.Configuration;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Neurons;

public class DatasetGoldenTests
{
    [SharedFact]
    public void Neurons_of_block_9_over_a_thousand_photographs_equal_the_released_code()
    {
        using var scope = NewDisposeScope();
        using var tower = Golden.ImageTower();
        var effects = new SecondOrder(tower, [9]);
        using var scratch = new ScratchFolder();
        var preprocessor = new ImagePreprocessor(224, new PreprocessConfig([.5f, .5f, .5f], [.5f, .5f, .5f]));
        using var source = new ImageBatchReader(preprocessor, ImageList.Find(SharedData.Path("data", "photos")));
        using var pass = new EffectPass(tower, effects, source, new DatasetSettings { ScratchFolder = scratch.Path, Top = 100 });
        pass.Run(null, TestContext.Current.CancellationToken);
        var layer = DatasetAnalysis.Analyze([pass], [9], 100, DirectionSign.Majority, null, TestContext.Current.CancellationToken).Single();

        Assert.InRange(Golden.RelativeError(layer.MeanTensor(), Golden.Load("directions-layer9", "mean")), 0, 1e-4);
        var norms = Golden.Load("directions-layer9", "norms").flip(1);
        Assert.InRange(((tensor(layer.TopNorms.ToArray(), [768, 100]) - norms).abs() / norms).max().item<float>(), 0, 1e-4);
        var cosines = (layer.DirectionTensor() * Golden.Load("directions-layer9", "pcas")).sum(-1);
        Assert.InRange(cosines.min().item<float>(), 0.9999, 1.0001);
        Assert.InRange((tensor(layer.VarianceExplained.ToArray()) - Golden.Load("directions-layer9", "variance_fraction_pc1")).abs().max()
            .item<float>(), 0, 1e-4);
    }
}
