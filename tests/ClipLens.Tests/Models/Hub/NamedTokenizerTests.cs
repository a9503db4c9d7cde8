using System.Text.Json.Nodes;
using ClipLens.Models;
using ClipLens.Models.Hub;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Models.Hub;

/// <summary>Models whose tokenizer lies in another repository, as CLIPA's and MetaCLIP 2's configs name it.</summary>
public sealed class NamedTokenizerTests : IDisposable
{
    private const string Id = "UCSC-VLAA/ViT-L-14-CLIPA-datacomp1B", Name = "ViT-L-14-CLIPA/datacomp1b",
        Bert = "google-bert/bert-base-uncased";
    private readonly HubServer server = new();
    private readonly ScratchFolder folder = new();
    private readonly HubRepository model, tokenizer = new("fedcba9876543210fedcba9876543210fedcba98");

    public NamedTokenizerTests()
    {
        string path = TinyModel.Write(folder.File("model"));
        Edit(Path.Combine(path, "open_clip_config.json"), text =>
        {
            text["hf_tokenizer_name"] = "bert-base-uncased";
            text["tokenizer_kwargs"] = new JsonObject { ["strip_sep_token"] = true };
            text["pool_type"] = "last";
            text["no_causal_mask"] = true;
        });
        model = server.Add(Id, path);
        foreach (string file in new[] { "vocab.json", "merges.txt" }) model.Files.Remove(file);
        server.Repositories[Bert] = tokenizer;
        tokenizer.Files["tokenizer.json"] = """
            {"model": {"type": "WordPiece", "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "red": 4, "sky": 5, "##s": 6, "[MASK]": 7}}}
            """u8.ToArray();
        tokenizer.Files["tokenizer_config.json"] = "{}"u8.ToArray();
        tokenizer.Files["vocab.txt"] = "not needed"u8.ToArray();
        tokenizer.Files["model.safetensors"] = new byte[100_000];
        // The hub leads an old name without an owner to the new one.
        server.Instead = context =>
        {
            string address = context.Request.Path.Value!;
            if (!address.Contains("/bert-base-uncased/") || address.Contains(Bert)) return Task.FromResult(false);
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = address.Replace("bert-base-uncased", Bert);
            return Task.FromResult(true);
        };
    }

    public void Dispose()
    {
        server.Dispose();
        folder.Dispose();
    }

    private HubSettings Settings(bool offline = false) => server.Settings(folder, offline);

    private LocalModel Get(bool offline = false) => ModelHub.Get(Name, Settings(offline), null, TestContext.Current.CancellationToken);

    [Fact]
    public void The_tokenizer_comes_with_the_model_alone_and_once()
    {
        var local = Get();
        string own = folder.File("hub", "models--bert-base-uncased", "snapshots", tokenizer.Commit);
        Assert.Equal(["tokenizer.json", "tokenizer_config.json"], Directory.GetFiles(own).Select(Path.GetFileName).Order());
        Assert.Equal(["open_clip_config.json", "open_clip_model.safetensors"], Directory.GetFiles(local.Path).Select(Path.GetFileName)
            .Order());
        using (var loaded = ClipModel.Load(local.Path))
        {
            Assert.Equal([2, 4, 5, 6, 0, 0, 0, 0], loaded.Tokenizer.Encode("Red skys").Take(8));
            Assert.Equal([1, 24], loaded.EmbedTexts(["red sky"], cancellation: TestContext.Current.CancellationToken).shape);
        }
        server.Requests.Clear();
        Assert.Equal(local.Path, Get().Path);
        Assert.Equal(local.Path, Get(offline: true).Path);
        Assert.Empty(server.Requests);
        ModelHub.Pull(Name, Settings(), null, TestContext.Current.CancellationToken);
        Assert.Equal($"/api/models/{Id}/revision/main", Assert.Single(server.Requests).Path);
        Assert.Equal(Id, Assert.Single(ModelHub.Cached(Settings())).Name);
    }

    [Fact]
    public void A_model_without_its_tokenizer_is_not_whole()
    {
        Get();
        Directory.Delete(folder.File("hub", "models--bert-base-uncased"), recursive: true);
        Assert.Null(ModelHub.Find(Name, Settings()));
        Assert.Empty(ModelHub.Cached(Settings()));
        Assert.Contains("is not in the cache", Assert.Throws<ClipLensException>(() => Get(offline: true)).Message);
        server.Requests.Clear();
        Get();
        Assert.Empty(server.Contents);
        Assert.NotNull(ModelHub.Find(Name, Settings()));
    }

    [Fact]
    public void A_tokenizer_that_lies_beside_the_weights_is_taken()
    {
        model.Files["tokenizer.json"] = tokenizer.Files["tokenizer.json"];
        model.Files["vocab.txt"] = "not needed"u8.ToArray();
        var local = Get();
        Assert.Equal(["open_clip_config.json", "open_clip_model.safetensors", "tokenizer.json"],
            Directory.GetFiles(local.Path).Select(Path.GetFileName).Order());
        Assert.False(Directory.Exists(folder.File("hub", "models--bert-base-uncased")));
        using var loaded = ClipModel.Load(local.Path);
        Assert.Equal([2, 4, 5, 0], loaded.Tokenizer.Encode("red sky").Take(4));
    }

    [Fact]
    public void What_has_no_tokenizer_to_give_is_told_before_the_weights_are_fetched()
    {
        string host = server.Address.Authority;
        tokenizer.Files.Remove("tokenizer.json");
        tokenizer.Files.Remove("vocab.txt");
        Assert.Equal($"{Name} takes its tokenizer from bert-base-uncased, which holds none that is known (tokenizer.json, spiece.model or "
            + "vocab.txt); put one beside the weights and give their folder.", Assert.Throws<ClipLensException>(() => Get()).Message);
        server.Repositories.Remove(Bert, out _);
        Assert.StartsWith($"There is no model bert-base-uncased (the tokenizer of {Name}) at {host}",
            Assert.Throws<ClipLensException>(() => Get()).Message);
        Assert.Empty(server.Contents);
    }

    [Fact]
    public void From_a_folder_the_sentence_says_whose_tokenizer_is_missing()
    {
        foreach (string file in new[] { "vocab.json", "merges.txt" }) File.Delete(folder.File("model", file));
        Edit(folder.File("model", "open_clip_config.json"), text => text["hf_tokenizer_name"] = "nobody/has-this");
        using var loaded = ClipModel.Load(folder.File("model"));
        Assert.Equal("The model's tokenizer is that of the hub's repository nobody/has-this, and it lies neither beside the weights nor in "
            + "the cache; put that repository's tokenizer.json (or spiece.model) beside them.",
            Assert.Throws<ClipLensException>(() => loaded.Tokenizer).Message);
    }

    private static void Edit(string config, Action<JsonObject> change)
    {
        var json = JsonNode.Parse(File.ReadAllText(config))!;
        change(json["model_cfg"]!["text_cfg"]!.AsObject());
        File.WriteAllText(config, json.ToJsonString());
    }
}
