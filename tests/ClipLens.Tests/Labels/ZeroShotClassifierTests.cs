using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Labels;

public sealed class ZeroShotClassifierTests : IDisposable
{
    private readonly ScratchFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_weight_is_the_normed_mean_of_the_normed_embeddings()
    {
        using var scope = NewDisposeScope();
        TinyModel.Write(folder.File("model"));
        using var model = ClipModel.Load(folder.File("model"));
        using var classifier = ZeroShotClassifier.Create(model, ["red", "sky"], ["a {}", "the {} sea {}"],
            cancellation: TestContext.Current.CancellationToken);
        var embeddings = model.EmbedTexts(["a sky", "the sky sea sky"], cancellation: TestContext.Current.CancellationToken);
        var mean = embeddings[0] / embeddings[0].norm() + embeddings[1] / embeddings[1].norm();
        Assert.InRange(Golden.RelativeError(classifier.Weights.select(1, 1), mean / mean.norm()), 0, 1e-5);
        var representation = randn(3, 24) * 7;
        var cosine = nn.functional.cosine_similarity(representation, mean.unsqueeze(0), 1);
        Assert.InRange(Golden.RelativeError(classifier.Logits(representation).select(1, 1), cosine * 100), 0, 1e-5);
    }

    /// <summary>With a logit bias a class's probability is its own; compared with what the reference code says of photographs.</summary>
    [SharedTheory, InlineData("siglip_openclip"), InlineData("siglip2_openclip"), InlineData("siglip_hf")]
    public void A_model_with_a_logit_bias_gives_each_class_a_probability_of_its_own(string name)
    {
        using var scope = NewDisposeScope();
        using var golden = new GoldenArchitecture(name);
        using var model = ClipModel.Load(golden.Folder);
        var facts = golden.Facts("e2e.json");
        string[] texts = [.. facts.GetProperty("texts").EnumerateArray().Select(text => text.GetString()!)];
        using var classifier = ZeroShotClassifier.Create(model, texts, ["{}"], cancellation: TestContext.Current.CancellationToken);
        Assert.True(classifier.IsSigmoid);
        Assert.InRange(Golden.RelativeError(classifier.Probabilities(Rows("image_embedding")), Rows("sigmoid")), 0, 1e-4);

        Tensor Rows(string list) => stack(facts.GetProperty(list).EnumerateArray().Select(row =>
            tensor(row.EnumerateArray().Select(number => number.GetSingle()).ToArray())).ToArray());
    }

    [Fact]
    public void Without_one_the_classes_share_one_probability()
    {
        using var scope = NewDisposeScope();
        TinyModel.Write(folder.File("model"));
        using var model = ClipModel.Load(folder.File("model"));
        using var classifier = ZeroShotClassifier.Create(model, ["red", "sky", "sea"], cancellation: TestContext.Current.CancellationToken);
        var representations = randn(4, 24);
        var probabilities = classifier.Probabilities(representations);
        Assert.False(classifier.IsSigmoid);
        Assert.Equal(classifier.Logits(representations).softmax(1).data<float>().ToArray(), probabilities.data<float>().ToArray());
    }

    [Fact]
    public void A_template_without_the_place_of_the_name_is_refused()
    {
        string path = folder.File("templates.txt");
        File.WriteAllText(path, "a photo of a {}.\na photo\n");
        Assert.Contains("line 2 is no template: 'a photo' lacks the {}", Assert.Throws<ClipLensException>(() => PromptTemplates.Read(path))
            .Message);
        Assert.All(PromptTemplates.Default, template => Assert.Contains("{}", template));
    }

    [Fact]
    public void A_class_file_of_the_wrong_length_or_with_a_gap_is_refused()
    {
        string path = folder.File("classes.txt");
        File.WriteAllText(path, "cat\r\ndog \r\n\r\n");
        Assert.Equal(["cat", "dog"], ClassNames.Read(path, 2));
        Assert.Contains("has 2 class names where there are 3 classes", Assert.Throws<ClipLensException>(() => ClassNames.Read(path, 3))
            .Message);
        File.WriteAllText(path, "cat\n\ndog\n");
        Assert.Contains("line 2 is empty", Assert.Throws<ClipLensException>(() => ClassNames.Read(path)).Message);
    }
}
