using System.Text.Json.Nodes;
using ClipLens.Ablation;
using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Runs;
using ClipLens.Runs.Settings;
using ClipLens.Runs.Studies;
using ClipLens.Runs.Studies.Ablation;
using ClipLens.Runs.Studies.Truth;
using ClipLens.Tests.Support;
using ClipLens.Texts;
using static TorchSharp.torch;

namespace ClipLens.Tests.Runs.Studies;

/// <summary>What the commands ablate, compare, sensitivity, effects and embed do, from C# with what is public.</summary>
public sealed class StudyTests : IDisposable
{
    private readonly TinyStudy tiny = new();

    public void Dispose() => tiny.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void An_ablation_is_told_layer_by_layer_and_written()
    {
        using var inputs = tiny.Open();
        var result = AblationStudy.Run(inputs, new()
        {
            Layers = LayerSelection.Parse("1-2"),
            IsJoint = true,
            Sizes = [2, 6],
            Resamples = 200
        }, null, Stop);
        Assert.Equal(new int?[] { 1, 2, null }, result.Figures.Select(subject => subject.Layer));
        Assert.Equal((TinyStudy.Labelled, TinyStudy.Classes.Length, "pool"), (result.Images, result.Classes, result.Pool));
        Assert.Equal(Accuracy(inputs), result.Figures[0][AblationNames.Baseline].Top1, 1e-9);
        Assert.Equal(1, result.Figures[0][AblationNames.Baseline].Cosine, 1e-6);
        Assert.InRange(result.Figures[1][AblationNames.WithoutAll].Cosine, -1, 0.999);
        Assert.All(result.Activities, activity => Assert.InRange(activity.SignificantPercent, 0.1, 99.9));
        // More texts hold more of the effects, and the direction itself the most.
        double[] explained = [.. result.Activities[0].Explained.Select(share => share.Percent)];
        Assert.Equal([AblationNames.FirstComponent, AblationNames.SparseText(2), AblationNames.SparseText(6)], result.Activities[0]
            .Explained.Select(share => share.Name));
        Assert.True(explained[1] < explained[2] && explained[2] < explained[0], string.Join(", ", explained));
        Assert.Equal([(1, 2), (1, 6), (2, 2), (2, 6)], result.Truths.Select(truth => (truth.Layer, truth.Size)));

        string path = tiny.File("ablation.json");
        result.Write(path);
        Assert.Equal(result.Figures[1][AblationNames.WithoutSmall].Top1,
            (double)JsonNode.Parse(File.ReadAllText(path))!["layers"]!["2"]!["without_small"]!, 1e-4);
        Assert.True(File.Exists(AblationResult.PlotPaths(path).Layers + ".png"));
        var run = RunDirectory.Open(tiny.Settings.Run);
        Assert.Equal([2, 6], LayerTruth.Sizes(run, 1, "pool"));
        var read = LayerTruth.Read(run, 1, "pool", 6)!;
        Assert.Equal(result.Truths[1].Neurons.Select(neuron => ((float)neuron.Description, neuron.Significant)),
            read.Neurons.Select(neuron => ((float)neuron.Description, neuron.Significant)));
        Assert.Equal(result.Truths[1].Texts.Select(text => text.Text), read.Texts.Select(text => text.Text));
        Assert.Null(LayerTruth.Read(run, 0, "pool", 6));
    }

    [Fact]
    public void Work_reports_its_stages_and_can_be_cancelled()
    {
        using var inputs = tiny.Open();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var stages = new List<string>();
        Assert.ThrowsAny<OperationCanceledException>(() => AblationStudy.Run(inputs, null, new Watch(report =>
        {
            stages.Add(report.Stage);
            if (report.Stage == "Ablation") stop.Cancel();
        }), stop.Token));
        Assert.Contains("Ablation", stages);
        Assert.DoesNotContain("Scores of the descriptions", stages);
    }

    [Fact]
    public void The_kinds_of_effect_are_compared()
    {
        using var inputs = tiny.Open();
        var result = ComparisonStudy.Run(inputs, new()
        {
            Layers = LayerSelection.FromLayers(1),
            Neurons = 5,
            Sample = 20,
            Top = 4,
            Resamples = 200
        }, null, Stop);
        var layer = Assert.Single(result.Layers);
        Assert.Equal((TinyStudy.Labelled, 1, 5, 20, 4), (result.Images, layer.Layer, layer.Neurons.Count, layer.Images, layer.Top));
        Assert.Equal([EffectKind.FirstOrder, EffectKind.SecondOrder, EffectKind.Indirect], layer.Kinds.Select(kind => kind.Kind));
        Assert.Equal(Accuracy(inputs), layer.Baseline.Top1, 1e-9);
        // Second-order effects replaced by their means: what the ablation of the layer measures too.
        var ablation = AblationStudy.Run(inputs, new() { Layers = LayerSelection.FromLayers(1), Resamples = 200 }, null, Stop);
        Assert.Equal(ablation.Figures[0][AblationNames.WithoutAll].Cosine, layer.Kinds[1].Without.Cosine, 1e-6);
        Assert.All(layer.Kinds[0].Concentration.Explained, share => Assert.InRange(share, 0.95, 1.0001));

        result.Write(tiny.File("compare.json"));
        Assert.Equal(layer.Kinds[2].Without.Difference,
            (double)JsonNode.Parse(File.ReadAllText(tiny.File("compare.json")))!["layers"]!["1"]!["indirect"]!["difference"]!, 1e-4);
        var error = Assert.Throws<SettingException>(() =>
            new ComparisonSettings { Layers = LayerSelection.All, Sample = 20, Top = 21 }.Check());
        Assert.Equal(nameof(ComparisonSettings.Top), error.Setting);
    }

    [Fact]
    public void The_choices_behind_descriptions_are_varied()
    {
        using var inputs = tiny.Open();
        var result = SensitivityStudy.Run(inputs, new()
        {
            Layers = LayerSelection.FromLayers(1),
            Tops = [TopCount.Parse("3")],
            Sizes = [2, 5],
            Resamples = 200
        }, null, Stop);
        Assert.Equal((TinyStudy.Labelled, TinyRun.Pictures), (result.Images, result.Dataset));
        Assert.Equal([(5, null, 0), (5, "pool", 2), (5, "pool", 5), (5, "pool", 2), (5, "pool", 5), (3, null, 0), (3, "pool", 2),
            (3, "pool", 5)],
            result.Rows.Select(row => (row.Case.Top, row.Case.Pool, row.Case.Size)));
        Assert.Equal(DictionaryScaling.Feature, result.Rows[3].Case.Scaling);
        Assert.Equal(1, result.Rows[0].Cosine, 1e-5);
        Assert.True(result.Rows[1].Cosine < result.Rows[2].Cosine);
        Assert.True(double.IsNaN(result.Rows[0].Random));
        // The direction of the run's own top images: what the ablation keeps as the first component.
        var ablation = AblationStudy.Run(inputs, new() { Layers = LayerSelection.FromLayers(1), Sizes = [2], Resamples = 200 }, null, Stop);
        Assert.Equal(ablation.Activities[0].Explained[0].Percent, result.Rows[0].ExplainedPercent, 1e-4);
        Assert.Equal(ablation.Activities[0].Explained[1].Percent, result.Rows[1].ExplainedPercent, 1e-4);
        result.Write(tiny.File("sensitivity.json"));
        Assert.Equal(8, JsonNode.Parse(File.ReadAllText(tiny.File("sensitivity.json")))!["rows"]!.AsArray().Count);
    }

    [Fact]
    public void Inputs_at_hand_serve_as_well_as_files_and_the_model_stays_the_callers()
    {
        var run = RunDirectory.Open(tiny.Settings.Run);
        using var model = run.LoadModel();
        using var opened = tiny.Open();
        using (var inputs = StudyInputs.Create(run, model, new(opened.Images.Entries, opened.Images.Labels, 0), TinyStudy.Classes,
            cancellation: Stop))
            Assert.True(inputs.Classifier.Weights.allclose(opened.Classifier.Weights));
        using var text = model.EmbedTexts(["red"], cancellation: Stop);
        Assert.Equal(model.Config.EmbedDim, text.shape[1]);
    }

    [Fact]
    public void Missing_labels_and_class_names_are_asked_for_by_their_settings()
    {
        Assert.Equal(nameof(StudySettings.Labels), Refused(tiny.Settings with { Labels = null }).Setting);
        Assert.Equal(nameof(StudySettings.Classes), Refused(tiny.Settings with { Classes = null }).Setting);

        SettingException Refused(StudySettings settings) => Assert.Throws<SettingException>(() => StudyInputs.Open(settings, null, Stop));
    }

    [Fact]
    public void Effects_and_embeddings_go_to_files()
    {
        var run = RunDirectory.Open(tiny.Settings.Run);
        using var model = run.LoadModel();
        var images = ImageList.Find(tiny.Settings.Images);
        var stages = new HashSet<string>();
        using (var reader = new ImageBatchReader(model.Preprocessor, images))
        {
            var options = new WorkOptions { Progress = new Watch(report => stages.Add(report.Stage)), Cancellation = Stop };
            EffectsFile.Write(model, reader, [1], tiny.File("effects.safetensors"), options: options);
            EmbeddingFile.WriteImages(model, reader, tiny.File("images.safetensors"));
        }
        EmbeddingFile.WriteTexts(model, ["red", "blue"], tiny.File("texts.safetensors"));
        Assert.Equal(["Effects"], stages);
        using var effects = ClipLens.Files.SafeTensorsFile.Open(tiny.File("effects.safetensors"));
        using var embeddings = ClipLens.Files.SafeTensorsFile.Open(tiny.File("images.safetensors"));
        using var texts = ClipLens.Files.SafeTensorsFile.Open(tiny.File("texts.safetensors"));
        Assert.Equal([TinyStudy.Labelled, TinyModel.Neurons, model.Config.EmbedDim], effects["effects"].Shape);
        Assert.InRange(Golden.RelativeError(effects.Load("representation"), embeddings.Load("embeddings")), 0, 1e-5);
        Assert.Equal([2, model.Config.EmbedDim], texts["embeddings"].Shape);
    }

    /// <summary>Zero-shot accuracy in percent, straight from the embeddings.</summary>
    private double Accuracy(StudyInputs inputs)
    {
        string path = tiny.File("own.safetensors");
        EmbeddingFile.WriteImages(inputs.Model, inputs.Reader, path);
        using var scope = NewDisposeScope();
        using var file = ClipLens.Files.SafeTensorsFile.Open(path);
        var predicted = inputs.Classifier.Logits(file.Load("embeddings")).argmax(1);
        return 100.0 * inputs.Images.Labels.Where((label, i) => predicted[i].item<long>() == label).Count() / inputs.Images.Labels.Count;
    }
}
