using ClipLens.Runs;

namespace ClipLens.Tests.Runs;

public class AnalysisTests
{
    [Fact]
    public void A_run_holds_what_was_asked_for()
    {
        using var world = new TinyRun();
        var result = Analysis.Run(world.Settings, cancellation: TestContext.Current.CancellationToken);

        Assert.Equal([0, 1, 2], result.NewLayers);
        Assert.Equal(TinyRun.Pictures, result.Images);
        Assert.Equal(0, result.Unreadable);
        var neurons = result.Run.Neurons(1);
        Assert.Equal((TinyModel.Neurons, 5), (neurons.Count, neurons.Top));
        Assert.Equal(6, result.Run.Texts(1, "pool", 6).Count(text => text.Neuron == 17));
    }
}
