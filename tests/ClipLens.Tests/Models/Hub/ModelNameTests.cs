using ClipLens.Models.Hub;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Models.Hub;

/// <summary>What people write for a model, and what it means.</summary>
public class ModelNameTests
{
    [Theory]
    [InlineData("ViT-B-32/openai", "timm/vit_base_patch32_clip_224.openai", "main", "ViT-B-32/openai")]
    [InlineData("ViT-B-32:openai", "timm/vit_base_patch32_clip_224.openai", "main", "ViT-B-32/openai")]
    [InlineData("ViT-B-32-quickgelu/laion400m_e32", "timm/vit_base_patch32_clip_224.laion400m_e32", "main",
        "ViT-B-32-quickgelu/laion400m_e32")]
    // As open_clip takes a name and a tag.
    [InlineData("ViT-B/32/laion2B-s34b-b79k", "laion/CLIP-ViT-B-32-laion2B-s34B-b79K", "main", "ViT-B-32/laion2b_s34b_b79k")]
    [InlineData("ViT-H-14-378-quickgelu", "apple/DFN5B-CLIP-ViT-H-14-378", "main", "ViT-H-14-378-quickgelu/dfn5b")]
    [InlineData("hf-hub:laion/CLIP-ViT-B-32-laion2B-s34B-b79K", "laion/CLIP-ViT-B-32-laion2B-s34B-b79K", "main",
        "laion/CLIP-ViT-B-32-laion2B-s34B-b79K")]
    [InlineData("openai/clip-vit-base-patch32", "openai/clip-vit-base-patch32", "main", "openai/clip-vit-base-patch32")]
    [InlineData("openai/clip-vit-base-patch32@refs/pr/21", "openai/clip-vit-base-patch32", "refs/pr/21",
        "openai/clip-vit-base-patch32@refs/pr/21")]
    public void A_name_is_a_repository_at_a_revision(string text, string repository, string revision, string shown)
    {
        var hub = Assert.IsType<ModelName.OfHub>(ModelName.Parse(text));
        Assert.Equal((repository, revision, shown), (hub.Id, hub.Revision, hub.Shown));
    }

    [Theory, InlineData("ViT-B/32", "ViT-B-32.pt"), InlineData("ViT-L/14@336px", "ViT-L-14-336px.pt")]
    public void OpenAis_own_names_are_its_files(string text, string file) =>
        Assert.Equal(file, Assert.IsType<ModelName.OfOpenAi>(ModelName.Parse(text)).Model.File);

    [Theory, InlineData("/data/clip"), InlineData("./clip"), InlineData("checkpoints/run 3/epoch_32.pt"), InlineData("clip.safetensors"),
        InlineData("models/mine.bin"), InlineData("local-dir:models/mine"), InlineData("mine"), InlineData("a\\b")]
    public void A_path_stays_a_path(string text) =>
        Assert.Equal(text.Replace("local-dir:", ""), Assert.IsType<ModelName.OnDisk>(ModelName.Parse(text)).Path);

    [Fact]
    public void What_is_on_disk_comes_before_any_name()
    {
        using var folder = new ScratchFolder();
        string path = Path.GetRelativePath(Environment.CurrentDirectory, Directory.CreateDirectory(folder.File("ViT-B-32", "openai"))
            .FullName);
        Assert.Equal(path, Assert.IsType<ModelName.OnDisk>(ModelName.Parse(path)).Path);
    }

    [Theory]
    [InlineData("ViT-B32", "There is no model ViT-B32, nor such a file or folder; perhaps ViT-B-32 or ")]
    [InlineData("ViT-B-32", "ViT-B-32 comes with several weights (openai, laion400m_e31, laion400m_e32, laion2b_e16, ...); say which, as "
        + "in ViT-B-32/openai.")]
    [InlineData("ViT-L-14-336/openia", "ViT-L-14-336 has no weights openia; it has openai.")]
    [InlineData("RN50/openai", "RN50/openai is of the family ResNet, a convolutional network, which is not supported; take another "
        + "model, such as ViT-B-32/openai.")]
    [InlineData("RN50x4", "RN50x4 is of the family ResNet, a convolutional network, which is not supported; ")]
    [InlineData("hf-hub:laion/CLIP-convnext_base_w-laion2B-s13B-b82K",
        "hf-hub:laion/CLIP-convnext_base_w-laion2B-s13B-b82K is of the family ConvNeXt, ")]
    [InlineData("ViT-B-16-SigLIP2-naflex/webli", "ViT-B-16-SigLIP2-naflex/webli is of the family NaFlex, a vision transformer for images "
    + "of any shape, which is not supported; ")]
    [InlineData("hf-hub:clip", "hf-hub:clip names no repository of the hub; write its owner, a slash and its name.")]
    public void What_is_no_model_is_refused_in_a_sentence(string text, string sentence) =>
        Assert.StartsWith(sentence, Assert.Throws<ClipLensException>(() => ModelName.Parse(text)).Message);

    [Fact]
    public void The_tables_hold_together()
    {
        Assert.Equal(KnownModels.OpenClip.Count, KnownModels.OpenClip.DistinctBy(known => known.Name).Count());
        Assert.All(KnownModels.OpenClip, known => Assert.Matches(@"^[\w.-]+/[\w.-]+(/[\w.-]+)?$", known.Repository));
        Assert.All(KnownModels.OpenClip.Where(known => known.Family.IsSupported), known =>
            Assert.True(known is { ImageSize: > 0, PatchSize: > 0, Width: > 0, Layers: > 0 }, known.Name));
        // The one model whose patches leave a margin of its images out.
        Assert.Equal(["ViT-SO400M-14-SigLIP-384"], KnownModels.OpenClip.Where(known => known.Family.IsSupported
            && known.ImageSize % known.PatchSize != 0).Select(known => known.Architecture));
        Assert.All(KnownModels.OpenClip.Where(known => known.Family.IsSupported), known =>
            Assert.Same(known, KnownModels.Find(known.Name)));
        Assert.All(KnownModels.OpenAi, own => Assert.Matches("^[0-9a-f]{64}$", own.Sha256));
        Assert.Equal(KnownModels.Families.Select(family => family.Name).Order(), KnownModels.OpenClip.Select(known => known.Family.Name)
            .Distinct().Order());
        Assert.All(PublishedTexts.All, texts => Assert.Matches("^https://raw.githubusercontent.com/[^/]+/[^/]+/[0-9a-f]{40}/",
            texts.Address.ToString()));
    }
}
