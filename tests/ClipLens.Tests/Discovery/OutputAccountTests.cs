using ClipLens.Discovery;
using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Discovery;

public sealed class OutputAccountTests
{
    [Fact]
    public void Its_shares_add_up_to_the_logit()
    {
        using var scope = NewDisposeScope();
        using var inputs = new TinyInputs(2);
        using var model = ClipModel.Load(inputs.Model);
        var lens = new NeuronLens(model);
        using var reader = new ImageBatchReader(model.Preprocessor, [new("picture", inputs.Picture(1))]);
        var direction = nn.functional.normalize(model.EmbedTexts(["a red square"], cancellation: TestContext.Current.CancellationToken)[0],
            2, 0);
        var trace = lens.Trace(reader.Read(0, 1).Pixels, OutputAccount.Request(lens));
        var account = OutputAccount.Explain(lens, trace, direction, 12);

        float logit = 100 * nn.functional.cosine_similarity(model.Image.Encode(reader.Read(0, 1).Pixels)[0], direction, 0).item<float>();
        Assert.Equal(logit, account.Total, 1e-3);
        double heads = account.Heads.Sum(own => own.Sum());
        Assert.Equal(account.Total, account.Embedding + account.Mlps.Sum() + heads, 1e-3);
        Assert.Equal(heads, account.Neurons.Sum(own => own.Share) + account.OtherNeurons + account.Biases + account.Rest, 1e-3);
        Assert.Equal(12, account.Neurons.Count);
        Assert.All(account.Neurons, own =>
        {
            Assert.Equal(own.Share, own.Heads.Sum(block => block.Sum()), 1e-4);
            Assert.Equal(own.Share, own.Patches.Values.Sum(value => (double)value) + own.ClassToken, 1e-4);
        });
    }

    [Fact]
    public void What_heads_carry_of_neurons_is_what_the_neurons_give_them()
    {
        using var scope = NewDisposeScope();
        using var inputs = new TinyInputs(2);
        using var model = ClipModel.Load(inputs.Model);
        var lens = new NeuronLens(model);
        using var reader = new ImageBatchReader(model.Preprocessor, [new("picture", inputs.Picture(0))]);
        var trace = lens.Trace(reader.Read(0, 1).Pixels, OutputAccount.Request(lens));
        int writing = model.Config.Vision.Layers - 1, all = writing * model.Config.Vision.MlpWidth;
        var account = OutputAccount.Explain(lens, trace, nn.functional.normalize(ones(model.Config.EmbedDim), 2, 0), all);
        Assert.Equal(0, account.OtherNeurons, 1e-3);
        for (int layer = 1; layer < model.Config.Vision.Layers; layer++)
            for (int head = 0; head < model.Config.Vision.Heads; head++)
                Assert.Equal(account.Neurons.Where(own => own.Neuron.Layer < layer)
                .Sum(own => own.Heads[layer - 1 - own.Neuron.Layer][head]),
                    account.HeadsOfNeurons[layer][head], 1e-3);
        Assert.All(account.HeadsOfNeurons[0], share => Assert.Equal(0, share));
    }
}
