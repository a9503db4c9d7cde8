using System.Text.Json.Nodes;
using ClipLens.Cues;
using ClipLens.Cues.Adversarial;
using ClipLens.Drawing;
using ClipLens.Models.Images;
using ClipLens.Runs.Settings;
using ClipLens.Runs.Storage;
using ClipLens.Runs.Studies.Applications;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Runs.Studies;

/// <summary>Cues and adversarial images by the public calls alone.</summary>
public sealed class CueStudyTests(TinyStudy uses) : IClassFixture<TinyStudy>
{
    private static readonly CueSettings Few = new() { Neurons = 20, Count = 4, SynonymCosine = 2, IndirectNeurons = 6, IndirectImages = 4 };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Cues_of_a_pair_are_those_of_the_neurons_asked_for()
    {
        var report = CueStudy.Find(uses.Run, uses.Model, "green tree", " purple door", Few, new()
        {
            Layers = LayerSelection.FromLayers(0,
            2)
        }, cancellation: Stop);
        Assert.Equal(("green tree", "purple door", 4), (report.True, report.Fooled, report.Cues.Count));
        Assert.Equal([0, 2], report.Neurons.Select(neuron => neuron.Neuron.Layer).Distinct().Order());
        using var described = uses.Run.Described([0, 2]);
        var plain = SpuriousCues.Find(uses.Model, described, "green tree", "purple door", Few, cancellation: Stop);
        Assert.Equal(plain.Cues.Select(cue => (cue.Text, cue.Score)), report.Cues.Select(cue => (cue.Text, cue.Score)));

        CueFile.Write(uses.File("cues.json"), report);
        var root = JsonNode.Parse(File.ReadAllText(uses.File("cues.json")))!;
        Assert.Equal("second-order", (string)root["source"]!);
        Assert.Equal(report.Cues[1].Score, (float)root["cues"]![1]!["score"]!, 1e-6f);
    }

    [Fact]
    public void Where_a_source_needs_images_they_are_the_runs()
    {
        var settings = Few with { Source = CueSource.Indirect, Seed = 3 };
        var stages = new HashSet<string>();
        var own = CueStudy.Find(uses.Run, uses.Model, "tree", "door", settings, progress: new Watch(report => stages.Add(report.Stage)),
            cancellation: Stop);
        var given = CueStudy.Find(uses.Run, uses.Model, "tree", "door", settings with { Images = uses.Images }, cancellation: Stop);
        Assert.Equal(given.Neurons, own.Neurons);
        Assert.NotEmpty(stages);
    }

    [Fact]
    public void Class_statistics_are_z_scored_means_over_the_images_taken_for_the_class()
    {
        var settings = Few with { Source = CueSource.Statistics, Classes = ["tree", "door", "box", "sky"] };
        var report = CueStudy.Find(uses.Run, uses.Model, "tree", "door", settings, cancellation: Stop);
        using var seen = SeenImages.Encode(uses.Model, uses.Images);
        using var classifier = ClipLens.Labels.ZeroShotClassifier.Create(uses.Model, ["tree", "door", "box", "sky"], cancellation: Stop);
        float[] best = [.. seen.Representations.matmul(classifier.Weights).argmax(1).data<long>().ToArray().Select(c => (float)c)];
        using var described = uses.Run.Described();
        var unit = TorchSharp.torch.nn.functional.normalize(described.Embeddings, 2, -1);
        var cue = report.Cues[0];
        var text = unit[cue.TextIndex] - unit.mean([0]);
        double[] along = [.. seen.Representations.mv(text).data<float>().ToArray().Select(value => (double)value)];
        double mean = along.Average(), deviation = Math.Sqrt(along.Average(value => (value - mean) * (value - mean)));
        double[] own = [.. along.Where((_, i) => best[i] == 1)];
        Assert.NotEmpty(own);
        Assert.Equal((own.Average() - mean) / deviation, cue.Score, 1e-3);
        // What the neurons of the last blocks add is a part of it; every neuron listed adds to it.
        Assert.All(cue.Neurons, neuron => Assert.True(neuron.Contribution > 0));
        Assert.NotEmpty(cue.Neurons);
        Assert.False(cue.IsConfirmed);

        Assert.Equal($"The model takes none of the {uses.Images.Count} images for nothing at all, so nothing can be learnt from them "
            + "about it; "
            + "give images that show it, or take cues from another source.", Assert.Throws<ClassNotSeenException>(() => Nobody()).Message);

        CueReport Nobody()
        {
            var none = new SeenImages(seen.Images,
                TorchSharp.torch.nn.functional.normalize(classifier.Weights.t()[0] + 0 * seen.Representations,
                2, -1), false);
            return CueStudy.Find(uses.Run, uses.Model, "tree", "nothing at all", settings with { Seen = none }, cancellation: Stop);
        }
    }

    [Fact]
    public void Cues_are_confirmed_by_pictures_with_and_without_them_and_listed_by_what_they_do()
    {
        var report = CueStudy.Find(uses.Run, uses.Model, "tree", "door", Few, cancellation: Stop);
        var confirmed = CueConfirmation.Confirm(uses.Model, report, new Plain(uses.Images), new() { Pictures = 3 },
            options: new() { Cancellation = Stop });
        Assert.Equal(report.Cues.Select(cue => cue.Text).Order(), confirmed.Cues.Select(cue => cue.Text).Order());
        // The confirmed ones by what they do, then the others as they came.
        var sure = confirmed.Cues.TakeWhile(cue => cue.IsConfirmed).ToList();
        Assert.Equal(sure.OrderByDescending(cue => cue.Effect!.Shift), sure);
        Assert.DoesNotContain(confirmed.Cues.Skip(sure.Count), cue => cue.IsConfirmed);
        Assert.Equal(report.Cues.Select(cue => cue.Text).Except(sure.Select(cue => cue.Text)),
            confirmed.Cues.Skip(sure.Count).Select(cue => cue.Text));
        Assert.All(confirmed.Cues, cue => Assert.InRange(cue.Effect!.Shift, cue.Effect.Low - 1e-4, cue.Effect.High + 1e-4));
        Assert.All(confirmed.Cues, cue => Assert.Equal(cue.Effect!.Low > 0, cue.IsConfirmed));
        CueFile.Write(uses.File("confirmed.json"), confirmed);
        var first = JsonNode.Parse(File.ReadAllText(uses.File("confirmed.json")))!["cues"]![0]!;
        Assert.Equal(confirmed.Cues[0].Effect!.Shift, (double)first["shift"]!, 1e-5);
        Assert.Equal(confirmed.Cues[0].IsConfirmed, (bool)first["confirmed"]!);

        // Of two sources each keeps its own cues, and what both have does the same.
        var last = report with { Cues = [report.Cues[^1]] };
        var both = CueConfirmation.ConfirmAll(uses.Model, [report, last], new Plain(uses.Images), new() { Pictures = 3, Count = 2 },
            options: new() { Cancellation = Stop });
        Assert.Equal([2, 1], both.Select(own => own.Cues.Count));
        Assert.Equal(confirmed.Cues.Take(2).Select(cue => cue.Text), both[0].Cues.Select(cue => cue.Text));
        Assert.Equal(confirmed.Cues.First(cue => cue.Text == last.Cues[0].Text).Effect, both[1].Cues[0].Effect);
    }

    [Fact]
    public void All_pairs_of_a_list_are_scanned_for_the_texts_that_lead_furthest()
    {
        string[] classes = ["red", "blue", "green tree", "purple door"];
        var pairs = CueStudy.Pairs(uses.Run, uses.Model, classes, new() { Count = 3, SynonymCosine = 2, Templates = ["{}"] },
            cancellation: Stop);
        Assert.InRange(pairs.Count, 1, 3);
        Assert.Equal(pairs.Select(pair => pair.Fooled).Distinct(), pairs.Select(pair => pair.Fooled));
        Assert.Equal(pairs.OrderByDescending(pair => pair.Score), pairs);
        // The first one's score by hand: in deviations of what the text says of images, one class's less the least.
        using var described = uses.Run.Described();
        var unit = TorchSharp.torch.nn.functional.normalize(described.Embeddings, 2, -1);
        var text = unit[pairs[0].TextIndex] - unit.mean([0L]);
        using var covariance = BehaviourFile.ReadCovariance(RunFiles.Representations(uses.Run.Path))!;
        double deviation = Math.Sqrt(text.to(TorchSharp.torch.ScalarType.Float64).matmul(covariance).dot(text.to(
            TorchSharp.torch.ScalarType.Float64)).item<double>());
        using var classifier = ClipLens.Labels.ZeroShotClassifier.Create(uses.Model, classes, ["{}"], cancellation: Stop);
        double[] says = [.. classes.Select((_, i) => text.dot(classifier.Weights.select(1, i)).item<float>() / deviation)];
        Assert.Equal(says[Array.IndexOf(classes, pairs[0].Fooled)] - says.Min(), pairs[0].Score, 2e-3);
        Assert.Equal(pairs[0].True, classes[Array.IndexOf(says, says.Min())]);
        Assert.Equal("Pairs of classes need at least two classes; give a list of them.",
            Assert.Throws<ClipLensException>(() => CueStudy.Pairs(uses.Run, uses.Model, ["one"], cancellation: Stop)).Message);
    }

    [Fact]
    public void Of_all_pairs_only_what_is_seen_without_the_classes_is_listed()
    {
        string[] classes = ["red", "blue", "green tree", "purple door"];
        var settings = new CuePairSettings { Count = 50, SynonymCosine = 2, Templates = ["{}"] };
        using var seen = SeenImages.Encode(uses.Model, uses.Images);
        var all = CueStudy.Pairs(uses.Run, uses.Model, classes, settings, cancellation: Stop);
        using var described = uses.Run.Described();
        var unit = TorchSharp.torch.nn.functional.normalize(described.Embeddings, 2, -1);
        using var classifier = ClipLens.Labels.ZeroShotClassifier.Create(uses.Model, classes, ["{}"], cancellation: Stop);
        int Alone(PairCue pair)
        {
            int count = 0;
            for (int i = 0; i < seen.Images.Count; i++)
            {
                var image = seen.Representations[i];
                float[] pool = [.. unit.mv(image).data<float>()];
                double mean = pool.Average(), deviation = Math.Sqrt(pool.Average(value => (value - mean) * (value - mean)));
                double Presence(TorchSharp.torch.Tensor text) => (text.dot(image).item<float>() - mean) / deviation;
                double Class(string name) => Presence(classifier.Weights.select(1, Array.IndexOf(classes, name)));
                if (Presence(unit[pair.TextIndex]) >= 3.09 && Class(pair.True) < 1.645 && Class(pair.Fooled) < 1.645) count++;
            }
            return count;
        }
        int most = all.Max(Alone);
        foreach (int least in new[] { 1, Math.Max(1, most), most + 1 })
        {
            var kept = CueStudy.Pairs(uses.Run, uses.Model, classes, settings with { Seen = seen }, shown: least, cancellation: Stop);
            Assert.All(kept, pair => Assert.True(Alone(pair) >= least));
            Assert.All(all.Where(pair => Alone(pair) >= least), pair => Assert.Contains(kept, own => own.Score >= pair.Score));
        }
    }

    [Fact]
    public void Every_source_has_a_name_that_leads_back_to_it()
    {
        Assert.Equal(Enum.GetValues<CueSource>(), CueSources.Names.Select(CueSources.Named));
        Assert.All(CueSources.Names, name => Assert.Equal(name, CueSources.NameOf(CueSources.Named(name))));
        Assert.Throws<ClipLensException>(() => CueSources.Named("SecondOrder"));
    }

    [Fact]
    public void Adversarial_images_are_made_with_given_words_first_and_the_runs_cues_behind()
    {
        var settings = new AdversarialStudySettings
        {
            Pictures = new()
            {
                True = "tree",
                Fooled = "door",
                Sources = [new("own", ["box"])],
                Output = uses.File("adversarial"),
                Count = 2,
                Repeats = 1,
                Seed = 4,
            },
            Sources = [CueSource.SecondOrder, CueSource.RandomNeurons],
            Cues = Few,
        };
        var result = AdversarialStudy.Make(uses.Run, uses.Model, settings, pictures: new Plain(uses.Images), cancellation: Stop);
        Assert.Equal(["own", "second-order", "random-neurons"], result.Sources.Select(source => source.Source));
        var cues = CueStudy.Find(uses.Run, uses.Model, "tree", "door", Few with { Seed = 4 }, cancellation: Stop);
        Assert.Equal(cues.Cues.Select(cue => cue.Text), result.Sources[1].Cues);
        Assert.Equal(3 * 2, result.Pictures.Count);
        Assert.Equal("plain images", (string)JsonNode.Parse(File.ReadAllText(uses.File("adversarial", "plan.json")))!["pictures"]!);
        Assert.Equal(3, AdversarialReport.Write(result, uses.File("adversarial")).Count);
        // Without a painter the run's own images are made collages of; to a random model none of them shows a class.
        var none = settings with { Pictures = settings.Pictures with { Output = uses.File("collages") } };
        Assert.Contains("None of the 30 photographs shows a tree", Assert.Throws<ClipLensException>(() =>
            AdversarialStudy.Make(uses.Run, uses.Model, none, cancellation: Stop)).Message, StringComparison.Ordinal);
    }

    /// <summary>Hands out images as they are.</summary>
    private sealed class Plain(IReadOnlyList<ImageEntry> images) : IPictureSource
    {
        public int Parallel => 1;

        public PreparedPictures Prepare(IReadOnlyList<string> cues, IProgress<ClipLens.Compute.WorkProgress>? progress,
            CancellationToken cancellation) =>
            new("plain images", cues.ToHashSet());

        public Task<PicturePair> Draw(PictureTask task, CancellationToken cancellation) =>
            Task.FromResult(new PicturePair(Image(task.Number), Image(task.Number + 5), []));

        private PictureFile Image(int index) => new(PngFile.Encode(ImageDecoder.Decode(images[index].Path)), ".png");
    }
}
