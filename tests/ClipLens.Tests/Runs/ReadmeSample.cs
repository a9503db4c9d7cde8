using ClipLens.Effects;
using ClipLens.Models.Images;
using ClipLens.Runs;
using ClipLens.Runs.Settings;
using ClipLens.Runs.Studies;
using ClipLens.Runs.Studies.Ablation;
using ClipLens.Runs.Studies.Applications;
using ClipLens.Tests.Cli;
using ClipLens.Tests.Support;
using TorchSharp;

namespace ClipLens.Tests.Runs;

/// <summary>The sample of the README: what it shows compiles, runs, and stands there word for word.</summary>
public class ReadmeSample
{
    [Fact]
    public void Five_calls()
    {
        using var world = new TinyRun();
        using var console = new StringWriter();
        string labels = world.File("labels.csv"), classes = world.File("classes.txt");
        var names = Directory.GetFiles(world.Images, "*.png").Select(path => Path.GetFileName(path)).Order().ToList();
        File.WriteAllLines(labels, names.Select((name, i) => $"{name},{i % 2}").Prepend("file,label"));
        File.WriteAllLines(classes, ["red", "blue"]);
        Sample(world.Model, world.Images, world.Pool, world.Output, labels, classes, console);
        string[] lines = console.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(6, lines.Length);
        Assert.Matches(@"^neuron \d+: ""[a-z ]+"", ""[a-z ]+"", ""[a-z ]+""; most of all in \d{3}\.png \(\d+ %\)$", lines[0].TrimEnd());
        Assert.Matches(@"^2:3 adds 0\.\d{3} % to the first image along its direction or takes it away$", lines[3].TrimEnd());
        Assert.Matches(@"^\d{3}\.png shows [a-z ]+(, [a-z ]+){0,9}; red covers \d+ % of it$", lines[4].TrimEnd());
        Assert.Matches(@"^accuracy \d+\.\d, without the layer's second-order effects \d+\.\d$", lines[5].TrimEnd());
    }

    [Fact]
    public void The_readme_shows_the_same_lines()
    {
        string source = File.ReadAllText(Path.Combine(Repository.Root, "tests", "ClipLens.Tests", "Runs", "ReadmeSample.cs"));
        var shown = source.Split('\n').SkipWhile(line => !line.Contains("// README: " + "begin")).Skip(1)
            .TakeWhile(line => !line.Contains("// README: " + "end")).Select(line => line.Length > 8 ? line[8..] : "");
        Assert.Contains(string.Join('\n', shown), File.ReadAllText(Path.Combine(Repository.Root, "README.md")), StringComparison.Ordinal);
    }

    private static void Sample(string modelFolder, string imageFolder, string textFile, string runFolder, string labels, string classes,
        TextWriter console)
    {
        // README: begin
        // A checkpoint and a folder of images become described neurons.
        var run = Analysis.Run(new AnalysisSettings
        {
            Model = modelFolder,
            Images = imageFolder,
            TextFiles = [textFile],
            Output = runFolder,
            Layers = LayerSelection.Parse("2"),
            Top = TopCount.Parse("10%"),
        }).Run;
        var neurons = run.Neurons(layer: 2);
        var texts = run.Texts(layer: 2, pool: "pool", size: 64).ToLookup(text => text.Neuron);
        foreach (int n in Enumerable.Range(0, neurons.Count).OrderByDescending(n => neurons.VarianceExplained[n]).Take(3))
        {
            string words = string.Join(", ", texts[n].Take(3).Select(text => $"\"{text.Text}\""));
            string image = run.Images[neurons.TopImagesOf(n)[0]].Path;
            console.WriteLine($"neuron {n}: {words}; most of all in {image} ({neurons.VarianceExplained[n]:P0})");
        }

        // The lens: the exact effects of a few images, in percent of the length of an image's representation.
        using var model = run.LoadModel();
        var images = ImageList.Find(imageFolder);
        using (var reader = new ImageBatchReader(model.Preprocessor, images))
        using (torch.NewDisposeScope())
        {
            var lens = new NeuronLens(model);
            var trace = lens.Trace(reader.Read(0, 4).Pixels, lens.SecondOrderRequest(2));
            var effects = lens.SecondOrder(trace, layer: 2);                                  // [4 images, N neurons, d]
            var along = torch.tensor(neurons.DirectionOf(3).ToArray());
            float size = effects[0, 3].dot(along).item<float>();
            console.WriteLine($"2:3 adds {Math.Abs(size):0.000} % to the first image along its direction or takes it away");
        }

        // What an image shows in words, and where something is in it.
        var concepts = DiscoveryStudy.Discover(run, model, [images[0]])[0];
        double covered = 0;
        SegmentationStudy.Segment(run, model, [images[0]], ["red"], found =>
            covered = found.Segments[0].Mask(found.Image.Width, found.Image.Height).Average(pixel => pixel > 0 ? 1.0 : 0));
        string seen = string.Join(", ", concepts.Concepts.Select(concept => concept.Text));
        console.WriteLine($"{images[0].Name} shows {seen}; red covers {100 * covered:0} % of it");

        // How much of the model the effects carry.
        var settings = new StudySettings { Run = runFolder, Images = imageFolder, Labels = labels, Classes = classes };
        using var inputs = StudyInputs.Open(settings);
        var figures = AblationStudy.Run(inputs).Figures[0];
        console.WriteLine($"accuracy {figures["baseline"].Top1:0.0}, without the layer's second-order effects "
            + $"{figures["without_all"].Top1:0.0}");
        // README: end
    }
}
