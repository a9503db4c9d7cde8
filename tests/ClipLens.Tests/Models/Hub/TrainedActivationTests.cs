using System.Text.Json.Nodes;
using ClipLens.Editing.Units;
using ClipLens.Editing.Weights;
using ClipLens.Models;
using ClipLens.Models.Configuration;
using ClipLens.Models.Hub;
using ClipLens.Models.Images;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Models.Hub;

/// <summary>
/// Weights that were trained with QuickGELU beside a config that does not say it, as DFN2B's are: open_clip's table knows it by the tag.
/// </summary>
public sealed class TrainedActivationTests : IDisposable
{
    private readonly HubServer server = new();
    private readonly ScratchFolder folder = new();

    public void Dispose()
    {
        server.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData("ViT-B-16-quickgelu/dfn2b", Activation.QuickGelu), InlineData("ViT-B-16/dfn2b", Activation.QuickGelu)]
    [InlineData("apple/DFN2B-CLIP-ViT-B-16", Activation.QuickGelu), InlineData("ViT-B-16/datacomp_xl_s13b_b90k", Activation.Gelu)]
    [InlineData("someone/clip", Activation.Gelu)]
    public void An_unsaid_activation_is_that_of_the_training(string name, Activation activation)
    {
        using var model = ClipModel.Load(Get(name).Path);
        Assert.Equal((activation, activation), (model.Config.Vision.Activation, model.Config.Text.Activation));
        if (activation == Activation.Gelu) Assert.Empty(model.Notes);
        else Assert.EndsWith("open_clip_config.json does not say the activation; these weights were trained with QuickGELU, which is used "
            + "(open_clip's name for it ends in -quickgelu).", Assert.Single(model.Notes));
    }

    [Fact]
    public void What_the_config_says_stands() => Assert.Equal(Activation.Gelu, Load("ViT-B-16/dfn2b", says: false));

    [Fact]
    public void An_edited_copy_says_it_since_its_place_no_longer_does()
    {
        string path = Get("ViT-B-16/dfn2b").Path, output = folder.File("edited");
        using (var model = ClipModel.Load(path))
        {
            using var reader = new ImageBatchReader(model.Preprocessor, ImageList.Find(TinyModel.WritePictures(folder.File("images"), 4)));
            CheckpointEditor.Write(path, new([new(ModelUnit.Parse("1:5"))], EditMean.ClassToken), UnitMeans.Measure(model, reader, [1]),
                output, cancellation: TestContext.Current.CancellationToken);
        }
        using var edited = ClipModel.Load(output);
        Assert.Equal(Activation.QuickGelu, edited.Config.Vision.Activation);
        Assert.Empty(edited.Notes);
    }

    private Activation Load(string name, bool? says)
    {
        using var model = ClipModel.Load(Get(name, says).Path);
        return model.Config.Vision.Activation;
    }

    /// <summary>A small model from the repository of a name, whose config says nothing of the activation, or what it is told to.</summary>
    private LocalModel Get(string name, bool? says = null)
    {
        string path = TinyModel.Write(folder.File("model")), config = Path.Combine(path, "open_clip_config.json");
        var json = JsonNode.Parse(File.ReadAllText(config))!;
        json["model_cfg"]!.AsObject().Remove("quick_gelu");
        if (says is { } value) json["model_cfg"]!["quick_gelu"] = value;
        File.WriteAllText(config, json.ToJsonString());
        var hub = (ModelName.OfHub)ModelName.Parse(name);
        server.Add(hub.Id, path);
        return ModelHub.Get(name, server.Settings(folder), null, TestContext.Current.CancellationToken);
    }
}
