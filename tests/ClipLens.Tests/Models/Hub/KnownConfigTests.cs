using System.Text.Json;
using ClipLens.Models.Configuration;
using ClipLens.Models.Hub;
using ClipLens.Tests.Cli;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Models.Hub;

/// <summary>
/// Every name of the table against the settings that open_clip has for it (<c>open-clip-configs.json</c>, written by
/// <c>data/build-model-table.py --configs</c>): what the table calls supported is read, to the sizes that the table names; what it does not
/// is refused, by its name and by its config.
/// </summary>
public class KnownConfigTests
{
    private static readonly Lazy<Dictionary<string, JsonElement>> Configs = new(() => JsonSerializer.Deserialize<Dictionary<string,
        JsonElement>>(File.ReadAllText(Path.Combine(Repository.Root, "tests", "ClipLens.Tests", "Models", "Hub",
            "open-clip-configs.json")))!);

    public static TheoryData<string> Architectures => new(KnownModels.OpenClip.Select(known => known.Architecture).Distinct());

    [Theory, MemberData(nameof(Architectures))]
    public void A_supported_name_is_read_and_another_is_refused(string architecture)
    {
        using var folder = new ScratchFolder();
        var settings = Configs.Value[architecture.EndsWith("-quickgelu", StringComparison.Ordinal)
            && !Configs.Value.ContainsKey(architecture)
            ? architecture[..^"-quickgelu".Length] : architecture];
        string path = folder.Write("open_clip_config.json", $$"""{"model_cfg": {{settings.GetRawText()}}}""");
        var known = KnownModels.OpenClip.First(known => known.Architecture == architecture);
        if (!known.Family.IsSupported)
        {
            Assert.EndsWith($" is of the family {known.Family.Name}, {known.Family.Tower}, which is not supported; take another model, "
                + "such "
                + "as ViT-B-32/openai.", Assert.Throws<ClipLensException>(() => ModelName.Parse(known.Name)).Message);
            string refusal = Assert.Throws<ClipLensException>(() => ConfigFile.Read(path, Activation.Gelu)).Message;
            Assert.StartsWith(path, refusal);
            Assert.EndsWith(".", refusal);
            return;
        }
        Assert.IsType<ModelName.OfHub>(ModelName.Parse(known.Name));
        var config = ConfigFile.Read(path, Activation.Gelu);
        Assert.Equal((known.ImageSize, known.PatchSize, known.Width, known.Layers),
            (config.Vision.ImageSize, config.Vision.PatchSize, config.Vision.Width, config.Vision.Layers));
        // A tokenizer of its own is named, so that it is found wherever it lies.
        Assert.Equal(config.Text.Tokenizer == TokenizerKind.OwnFiles, config.Text.TokenizerRepository is not null);
        Assert.Equal(known.Family.Name is "CLIPA" or "MetaCLIP 2" or "SigLIP" or "SigLIP 2",
            config.Text.Tokenizer == TokenizerKind.OwnFiles);
    }
}
