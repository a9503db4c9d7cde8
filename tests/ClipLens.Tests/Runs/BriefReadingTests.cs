using ClipLens.Runs;
using ClipLens.Runs.Storage;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Runs;

/// <summary>The short ways of reading a run tell the same as the long ones.</summary>
public sealed class BriefReadingTests : IDisposable
{
    private readonly TinyRun tiny = new();
    private readonly RunDirectory run;

    public BriefReadingTests()
    {
        tiny.Run();
        run = RunDirectory.Open(tiny.Output);
    }

    [Fact]
    public void Neurons_in_brief_lack_their_means_alone()
    {
        var brief = run.NeuronsInBrief(1);
        Assert.True(brief.Mean.IsEmpty);
        var whole = run.Neurons(1);
        Assert.Equal(brief.Count * brief.Width, whole.Mean.Length);
        Assert.True(brief.Direction.Equals(whole.Direction) && brief.TopImages.Equals(whole.TopImages));
        Assert.Contains(whole.Mean.ToArray(), value => value != 0);
    }

    [Fact]
    public void Texts_as_places_are_the_texts()
    {
        var words = run.PoolTexts("pool");
        Check(run.Texts(2, "pool", 6), run.TextsAsPlaces(2, "pool", 6));
        Check(run.ActsOn(2, "pool")!, run.ActsOnAsPlaces(2, "pool")!);
        Assert.True(TextPlaces.None(3).TextsOf(2).IsEmpty);

        void Check(IReadOnlyList<NeuronText> texts, TextPlaces places)
        {
            var byNeuron = texts.OrderBy(text => text.Rank).ToLookup(text => text.Neuron);
            for (int neuron = 0; neuron < 128; neuron++)
                Assert.Equal(byNeuron[neuron].Select(text => (text.TextIndex, text.Coefficient, text.Text)),
                    places.TextsOf(neuron).ToArray().Zip(places.CoefficientsOf(neuron).ToArray(), (text, weight) =>
                        (text, weight, words[text])));
        }
    }

    [Fact]
    public void Embeddings_as_numbers_are_the_embeddings_and_a_damaged_one_is_told()
    {
        using var embeddings = run.PoolEmbeddings("pool");
        float[] values = new float[embeddings.numel()];
        run.PoolEmbeddings("pool", values);
        Assert.Equal(embeddings.data<float>().ToArray(), values);
        string path = RunFiles.PoolEmbeddings(tiny.Output, "pool");
        byte[] bytes = File.ReadAllBytes(path);
        BitConverter.GetBytes(float.NaN).CopyTo(bytes, bytes.Length - 4);
        File.WriteAllBytes(path, bytes);
        Assert.Contains("an embedding is no number", Assert.Throws<SettingException>(() => run.PoolEmbeddings("pool", values)).Message);
    }

    public void Dispose() => tiny.Dispose();
}
