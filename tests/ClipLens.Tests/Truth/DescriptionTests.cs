using ClipLens.Ablation;
using ClipLens.Neurons;
using ClipLens.Statistics;
using ClipLens.Truth;
using static TorchSharp.torch;

namespace ClipLens.Tests.Truth;

public class DescriptionTests
{
    [Fact]
    public void The_area_under_the_curve_counts_pairs_in_order()
    {
        float[] values = [0.3f, 0.1f, 0.3f, 0.9f, 0.2f];
        int[] positive = [0, 3];
        double pairs = 0;
        foreach (int a in positive)
            foreach (int b in new[] { 1, 2, 4 }) pairs += values[a] > values[b] ? 1 : values[a] == values[b] ? 0.5 : 0;
        Assert.Equal(pairs / 6, Ranking.AreaUnderCurve(Ranking.Ranks(values), positive), 9);
        Assert.Equal([3.5f, 1, 3.5f, 5, 2], Ranking.Ranks(values));
        Assert.Equal(double.NaN, Ranking.AreaUnderCurve(Ranking.Ranks(values), []));
    }

    [Fact]
    public void A_description_that_tells_is_parted_from_one_that_does_not()
    {
        using var scope = NewDisposeScope();
        // Five images; image 2 could not be read. Neuron 0 is significant where the first feature is large, neuron 1 where the second is.
        var images = nn.functional.normalize(tensor(new float[,] { { 3, 0, 1 }, { 2, 1, 1 }, { 0, 0, 0 }, { 0, 2, 1 }, { -1, 3, 1 } }), 2,
            1);
        var activity = new NeuronActivity(2, []);
        activity.Add(new NeuronRange(0, 0, 2), [0, 1, 3, 4], new([[0, 1], [2, 3]], [0, 0], [0, 0], [], []));
        using var outcome = new AblationOutcome([0, 0, 0, 0, 0], [0, 1, 3, 4], ["broken"], images, new(5), [], null);
        var descriptions = tensor(new float[,] { { 1, 0, 0 }, { 0, 1, 0 } });
        var truth = DescriptionTruth.OfNeurons(outcome, activity, descriptions, descriptions);
        Assert.Equal([new(0, 2, 1, 1, 0), new(1, 2, 1, 1, 0)], truth);

        DescribingText[] texts = [new(0, 0, 1, 0.5f), new(0, 1, 0, -0.2f), new(1, 0, 0, 0.7f)];
        var pool = tensor(new float[,] { { -2, 2, 0 }, { 5, -5, 0 } });
        var single = DescriptionTruth.OfTexts(outcome, activity, texts, pool);
        Assert.Equal([1, 1, 1], single.Select(text => text.Similarity));
        Assert.Equal([0, double.NaN, 0], single.Select(text => text.Random));
        Assert.Equal([1, 0, 0], single.Select(text => text.Text));
    }

    [Fact]
    public void Texts_of_one_meaning_form_a_concept_named_by_the_strongest()
    {
        using var scope = NewDisposeScope();
        var atoms = nn.functional.normalize(tensor(new float[,] { { 1, 0.1f, 0 }, { 0, 1, 0 }, { 1, 0, 0.2f }, { 0, -1, 0.1f } }), 2, 1);
        // The last text speaks against what the second speaks for, so both say the same.
        var clusters = TextClusters.Cluster(atoms, [0.2f, 0.6f, 0.5f, -0.3f], 0.5);
        Assert.Equal([1, 2], clusters.Select(cluster => cluster.Name));
        Assert.Equal([1, 3], clusters[0].Texts);
        Assert.Equal([2, 0], clusters[1].Texts);
        Assert.Equal(1, clusters.Sum(cluster => cluster.Share), 5);
        Assert.True(clusters[0].Share > 0.5);
        Assert.InRange(TextClusters.EffectiveNumber(clusters), 1.8, 2);
        Assert.Equal(4, TextClusters.Cluster(atoms, [0.2f, 0.6f, 0.5f, -0.3f], 1.01).Count);
        Assert.Equal(1, TextClusters.EffectiveNumber([new(0, [0], 1)]), 9);
        Assert.InRange(TextClusters.RelatedCosine(nn.functional.normalize(randn(2000, 64), 2, 1)), 0.25, 0.33);
    }
}
