using System.Text;
using System.Text.Json;
using ClipLens.Explorer;
using ClipLens.Models.Images;
using ClipLens.Runs;
using ClipLens.Runs.Storage;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Explorer;

public sealed class SiteTests(ExplorerRun explorer) : IClassFixture<ExplorerRun>
{
    private readonly RunDirectory run = explorer.Run;

    [Fact]
    public void The_overview_tells_the_facts_of_the_run()
    {
        var data = explorer.Data("data/overview");
        Assert.Equal("model", data.GetProperty("model").GetString());
        Assert.Equal("images", data.GetProperty("dataset").GetString());
        Assert.Equal(TinyRun.Pictures, data.GetProperty("images").GetInt32());
        Assert.Equal(51, data.GetProperty("poolTexts").GetInt32());
        Assert.True(data.GetProperty("actsOn").GetBoolean());
        Assert.Equal([0, 1, 2], data.GetProperty("layers").EnumerateArray().Select(layer => layer.GetProperty("layer").GetInt32()));
        var layer = data.GetProperty("layers")[1];
        float[] sorted = [.. run.Neurons(1).VarianceExplained.Order()];
        Assert.Equal(Math.Round((sorted[63] + (double)sorted[64]) / 2, 4), layer.GetProperty("medianVariance").GetDouble());
        int[] counts = [.. layer.GetProperty("variance").GetProperty("counts").EnumerateArray().Select(count => count.GetInt32())];
        Assert.Equal(24, counts.Length);
        Assert.Equal(run.Neurons(1).VarianceExplained.Count(value => value is >= 12 / 24f and < 13 / 24f), counts[12]);
        Assert.Equal(128, counts.Sum());
    }

    [Fact]
    public void The_overview_holds_no_folder_of_the_machine() =>
        Assert.DoesNotContain(Path.GetDirectoryName(run.Path)!, Encoding.UTF8.GetString(explorer.Site.Find("data/overview.js")!.Bytes));

    [Fact]
    public void The_cards_are_of_the_most_and_the_least_explained_neurons()
    {
        var groups = explorer.Data("data/overview").GetProperty("cards").EnumerateArray()
            .ToDictionary(group => group.GetProperty("title").GetString()!, group => group.GetProperty("neurons"));
        float[] all = [.. run.Layers.SelectMany(layer => run.Neurons(layer).VarianceExplained).Order()];
        Assert.Equal(all[^8..].Reverse().Select(Rounded), Variances(groups["Most explained"]));
        Assert.Equal(all[..8].Select(Rounded), Variances(groups["Least explained"]));

        static double Rounded(float value) => Math.Round((double)value, 4);
        static IEnumerable<double> Variances(JsonElement cards) =>
            cards.EnumerateArray().Select(card => card.GetProperty("variance").GetDouble());
    }

    [Fact]
    public void A_layer_is_searched_by_both_descriptions()
    {
        var data = explorer.Data("data/layers/2");
        string[] words = [.. data.GetProperty("words").EnumerateArray().Select(word => word.GetString()!)];
        Assert.Equal(words.Distinct(), words);
        for (int neuron = 0; neuron < 128; neuron++)
        {
            Assert.Equal(run.Texts(2, "pool", 6).Where(text => text.Neuron == neuron).OrderBy(text => text.Rank).Select(Signed),
                Texts("writes", neuron));
            Assert.Equal(run.ActsOn(2, "pool")!.Where(text => text.Neuron == neuron).OrderBy(text => text.Rank).Take(8).Select(Signed),
                Texts("acts", neuron));
        }

        static string Signed(NeuronText text) => (text.Coefficient < 0 ? "-" : "+") + text.Text;
        IEnumerable<string> Texts(string which, int neuron) => data.GetProperty(which)[neuron].EnumerateArray()
            .Select(place => place.GetInt32()).Select(place => place < 0 ? "-" + words[~place] : "+" + words[place]);
    }

    [Fact]
    public void A_neuron_has_its_figures_texts_and_images()
    {
        var data = explorer.Data("data/neurons/1-6")[100 - 96];
        var neurons = run.Neurons(1);
        Assert.Equal(100, data.GetProperty("neuron").GetInt32());
        Assert.Equal(Math.Round((double)neurons.Threshold[100], 4), data.GetProperty("threshold").GetDouble());
        Assert.Equal(neurons.TopImagesOf(100).ToArray(), data.GetProperty("images").EnumerateArray()
            .Select(image => image.GetProperty("index").GetInt32()));
        Assert.Equal($"{neurons.TopImagesOf(100)[0]:000}.png", data.GetProperty("images")[0].GetProperty("name").GetString());
        var first = run.Texts(1, "pool", 6).First(text => text.Neuron == 100 && text.Rank == 0);
        Assert.Equal(first.Text, data.GetProperty("writes")[0].GetProperty("text").GetString());
        Assert.Equal(Math.Round((double)first.Coefficient, 4), data.GetProperty("writes")[0].GetProperty("weight").GetDouble());
    }

    [Fact]
    public void The_nearest_neurons_are_those_of_the_largest_cosine_over_all_layers()
    {
        var own = run.Neurons(2).DirectionOf(70).ToArray();
        var expected = run.Layers.SelectMany(layer => Enumerable.Range(0, 128).Select(i => (layer, i)))
            .Where(other => other != (2, 70)).OrderByDescending(other => Cosine(other.layer, other.i)).Take(12);
        var data = explorer.Data("data/neurons/2-4")[70 - 64].GetProperty("nearest").EnumerateArray().ToList();
        Assert.Equal(expected, data.Select(near => (near.GetProperty("layer").GetInt32(), near.GetProperty("neuron").GetInt32())));
        var first = expected.First();
        string[] words = [.. run.ActsOn(first.layer, "pool")!.Where(text => text.Neuron == first.i).Select(text => text.Text).Take(3)];
        if (words.Length > 0) Assert.Equal(words, data[0].GetProperty("words").EnumerateArray().Select(word => word.GetString()));
        Assert.Equal(Cosine(data[0].GetProperty("layer").GetInt32(), data[0].GetProperty("neuron").GetInt32()),
            data[0].GetProperty("cosine").GetDouble(), 0.0006);

        double Cosine(int layer, int neuron) => own.Zip(run.Neurons(layer).DirectionOf(neuron).ToArray(), (a, b) => (double)a * b).Sum();
    }

    [Fact]
    public void An_activation_map_is_the_models_own()
    {
        var data = explorer.Data("data/maps/1-5");
        using var model = run.LoadModel();
        var maps = NeuronMaps.Read(run, model, new(1, 5), 20, TestContext.Current.CancellationToken);
        Assert.Equal(4, data.GetProperty("grid").GetInt32());
        float low = maps.Min(map => map.Heat.Values.Min()), high = maps.Max(map => map.Heat.Values.Max());
        Assert.Equal(maps.Select(map => map.Heat.Values.Select(value => (int)Math.Round(255 * ((value - low) / (high - low)))).ToArray()),
            data.GetProperty("maps").EnumerateArray().Select(map => map.EnumerateArray().Select(value => value.GetInt32()).ToArray()));
    }

    [Fact]
    public void A_picture_is_a_small_square_of_the_image()
    {
        var file = explorer.Site.Find("images/3.jpg")!;
        Assert.Equal("image/jpeg", file.Type);
        using var stream = new MemoryStream(file.Bytes);
        var (small, whole) = (ImageDecoder.Decode(stream), run.ReadImage(3));
        Assert.Equal((224, 224), (small.Width, small.Height));
        for (int channel = 0; channel < 3; channel++)
            Assert.Equal(Middle(whole, channel), Middle(small, channel), 12.0);

        static double Middle(RgbImage image, int channel) =>
            image.Pixels[(image.Height / 2 * image.Width + image.Width / 2) * 3 + channel];
    }

    [Theory]
    [InlineData("data/layers/3.js")]
    [InlineData("data/layers/-1.js")]
    [InlineData("data/layers/1.js\n")]
    [InlineData("data/neurons/1-8.js")]
    [InlineData("data/neurons/1-999999.js")]
    [InlineData("data/maps/1-128.js")]
    [InlineData("images/30.jpg")]
    [InlineData("images/../run.json")]
    [InlineData("run.json")]
    [InlineData("Data/overview.js")]
    [InlineData("data/layers/١.js")]
    [InlineData("")]
    public void There_is_no_other_file(string address) => Assert.Null(explorer.Site.Find(address));

    [Fact]
    public void A_text_that_would_be_a_script_is_written_as_data()
    {
        string[] scripts = [.. explorer.Site.DataAddresses.Where(address => address.StartsWith("data/"))
            .Select(address => Encoding.UTF8.GetString(explorer.Site.Find(address)!.Bytes))];
        Assert.All(scripts, script => Assert.DoesNotContain("<", script));
        Assert.Contains(explorer.Data("data/layers/1").GetProperty("words").EnumerateArray(),
            word => word.GetString() == ExplorerRun.Script);
    }

    [Fact]
    public void An_image_that_was_changed_is_not_shown()
    {
        using var tiny = new TinyRun();
        tiny.Run();
        using var site = new ExplorerSite(RunDirectory.Open(tiny.Output));
        File.Copy(tiny.File("images", "001.png"), tiny.File("images", "000.png"), overwrite: true);
        Assert.Contains("is not the one that the run was made with", Assert.Throws<ClipLensException>(() => site.Find("images/0.jpg"))
            .Message);
        Assert.NotNull(site.Find("images/1.jpg"));
        Assert.Null(site.Find("data/maps/1-5.js"));
    }
}
