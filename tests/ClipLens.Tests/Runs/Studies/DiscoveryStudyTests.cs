using System.Text.Json.Nodes;
using ClipLens.Compute;
using ClipLens.Discovery;
using ClipLens.Labels;
using ClipLens.Models.Images;
using ClipLens.Runs.Settings;
using ClipLens.Runs.Studies;
using ClipLens.Runs.Studies.Applications;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Runs.Studies;

/// <summary>Concepts of images by the public calls alone.</summary>
public sealed class DiscoveryStudyTests(TinyStudy uses) : IClassFixture<TinyStudy>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Concepts_come_with_place_and_neurons_and_go_into_a_file()
    {
        var seen = new List<WorkProgress>();
        var found = DiscoveryStudy.Discover(uses.Run, uses.Model, uses.Images, new() { Count = 3, Batch = 8 },
            new() { Layers = LayerSelection.Parse("1") }, new Watch(seen.Add), Stop);
        Assert.Equal(uses.Images.Select(image => image.Name), found.Select(picture => picture.Image));
        Assert.All(found.SelectMany(picture => picture.Concepts).SelectMany(concept => concept.Neurons), share => Assert.Equal(1,
            share.Neuron.Layer));
        Assert.Contains(found.SelectMany(picture => picture.Concepts), concept => concept.Place is "left" or "right" or "top" or "bottom"
            || concept.Place.Contains(' '));
        Assert.Equal(new WorkProgress("Concepts", 30, 30), seen[^1]);

        string path = uses.File("out", "concepts.json");
        Directory.CreateDirectory(uses.File("out"));
        DiscoveryFile.Write(path, found, DiscoveryMethod.Reinforced);
        var root = JsonNode.Parse(File.ReadAllText(path))!;
        Assert.Equal(found[4].Concepts[0].Text, (string)root["images"]![4]!["concepts"]![0]!["text"]!);
        Assert.Equal(found[4].Concepts[0].Score, (float)root["images"]![4]!["concepts"]![0]!["score"]!, 1e-4f);

        ConceptSheets.Write(uses.File("sheets"), [.. uses.Images.Take(2)], [.. found.Take(2)], uses.Model, cancellation: Stop);
        Assert.Equal(["000.png", "001.png"], Directory.GetFiles(uses.File("sheets")).Select(file => Path.GetFileName(file)!).Order());
    }

    [Fact]
    public void The_mean_representation_is_the_runs_own_where_none_is_given()
    {
        IReadOnlyList<ImageEntry> one = [uses.Images[3]];
        var settings = new DiscoverySettings { Method = DiscoveryMethod.Embedding };
        var mean = MeanRepresentation.Measure(uses.Model, uses.Images, options: new() { Cancellation = Stop });
        var own = DiscoveryStudy.Discover(uses.Run, uses.Model, one, settings, cancellation: Stop)[0];
        var given = DiscoveryStudy.Discover(uses.Run, uses.Model, one, settings with { MeanRepresentation = mean }, cancellation: Stop)[0];
        var other = DiscoveryStudy.Discover(uses.Run, uses.Model, one, settings with { MeanRepresentation = [.. mean.Select(_ => 0f)] },
            cancellation: Stop)[0];
        Assert.Equal(given.Concepts.Select(concept => (concept.Text, concept.Score)), own.Concepts.Select(concept => (concept.Text,
            concept.Score)));
        Assert.NotEqual(other.Concepts.Select(concept => concept.Score), own.Concepts.Select(concept => concept.Score));
    }

    [Fact]
    public void Methods_are_compared_with_known_classes()
    {
        var first = DiscoveryStudy.Discover(uses.Run, uses.Model, uses.Images, new() { Method = DiscoveryMethod.ZeroShot, Count = 1 },
            cancellation: Stop)
            .Select(picture => picture.Concepts[0].Text).ToList();
        string[] classes = [.. first.Distinct(), "nothing of it"];
        using var classifier = ZeroShotClassifier.Create(uses.Model, classes, ["{}"], cancellation: Stop);
        var images = new LabelledImages(uses.Images, [.. first.Select(text => Array.IndexOf(classes, text))], 0);
        var result = DiscoveryStudy.Evaluate(uses.Run, uses.Model, images, classifier, [(DiscoveryMethod.Reinforced, 0.25f),
            (DiscoveryMethod.ZeroShot, 0)], cancellation: Stop);
        Assert.Equal((30, 0, 100.0), (result.Images, result.Unreadable, result.Nameable));
        Assert.Equal(["reinforced 0.25", "zero-shot"], result.Methods.Select(method => method.Name));
        Assert.Equal(100, result.Methods[1].ByName[0]);
        Assert.True(result.Methods[0].ByName[0] < 100);
    }

    [Fact]
    public void What_cannot_be_done_is_said_and_what_is_stopped_stops()
    {
        Assert.StartsWith("Layer 9 does not exist", Refusal(new() { Layers = LayerSelection.Parse("9") }), StringComparison.Ordinal);
        Assert.Contains("no text pool 'other'", Refusal(new() { Pool = "other" }), StringComparison.Ordinal);
        File.WriteAllText(uses.File("broken.png"), "no image");
        Assert.Contains("broken.png is not an image", Assert.Throws<ClipLensException>(() =>
            DiscoveryStudy.Discover(uses.Run, uses.Model, ImageList.Files([uses.File("broken.png")]), cancellation: Stop)).Message,
                StringComparison.Ordinal);
        Assert.ThrowsAny<OperationCanceledException>(() => DiscoveryStudy.Discover(uses.Run, uses.Model, uses.Images,
            cancellation: new CancellationToken(true)));

        string Refusal(NeuronSelection neurons) => Assert.Throws<ClipLensException>(() =>
            DiscoveryStudy.Discover(uses.Run, uses.Model, uses.Images, null, neurons, cancellation: Stop)).Message;
    }
}
