using System.Security.Cryptography;
using System.Text;
using ClipLens.Models.Hub;
using ClipLens.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace ClipLens.Tests.Models.Hub;

/// <summary>Files at fixed addresses whose hash is known: OpenAI's weights, the paper's texts.</summary>
public sealed class PublishedFileTests : IDisposable
{
    private readonly HubServer server = new();
    private readonly ScratchFolder folder = new();
    private readonly byte[] content = Encoding.UTF8.GetBytes("the\t\nof\t\nand\t\n");
    private byte[] sent;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public PublishedFileTests()
    {
        sent = content;
        server.Instead = async context =>
        {
            if (context.Request.Path != "/mirror/raw.example/owner/words.txt") return false;
            context.Response.ContentLength = sent.Length;
            if (context.Request.Method == "GET") await context.Response.Body.WriteAsync(sent);
            return true;
        };
    }

    public void Dispose()
    {
        server.Dispose();
        folder.Dispose();
    }

    private PublishedTexts Texts(string variable = "") => new("words", "words", new("https://raw.example/owner/words.txt"),
        Convert.ToHexStringLower(SHA256.HashData(content)), variable);

    [Fact]
    public void Texts_are_fetched_once_and_looked_at_each_time()
    {
        string path = Texts().Get(server.Settings(folder), Stop);
        Assert.Equal(folder.File("assets", "texts", "words.txt"), path);
        Assert.Equal(content, File.ReadAllBytes(path));
        server.Requests.Clear();
        Assert.Equal(path, Texts().Get(server.Settings(folder, offline: true), Stop));
        Assert.Empty(server.Requests);

        File.AppendAllText(path, "more");
        Texts().Get(server.Settings(folder), Stop);
        Assert.Equal(content, File.ReadAllBytes(path));
    }

    [Fact]
    public void Another_content_than_the_published_one_is_refused()
    {
        sent = Encoding.UTF8.GetBytes("changed\n");
        Assert.Contains(" sent for words.txt is not what was announced: its hash differs", Assert.ThrowsAny<IOException>(() =>
            Texts().Get(server.Settings(folder), Stop)).Message);
        Assert.False(File.Exists(folder.File("assets", "texts", "words.txt")));
    }

    [Fact]
    public void Offline_and_gone_are_sentences()
    {
        string path = folder.File("assets", "texts", "words.txt");
        Assert.Equal($"words is not at {path}, and HF_HUB_OFFLINE forbids to fetch it; unset it, or put the file there.",
            Assert.Throws<ClipLensException>(() => Texts().Get(server.Settings(folder, offline: true), Stop)).Message);
        server.Instead = context =>
        {
            context.Response.StatusCode = 404;
            return Task.FromResult(true);
        };
        Assert.Equal("127.0.0.1 answered 404 when words was to be fetched; try again later, or get the file by other means.",
            Assert.Throws<ClipLensException>(() => Texts().Get(server.Settings(folder), Stop)).Message);
    }

    [Fact]
    public void A_list_in_a_notebook_becomes_lines()
    {
        string notebook = """
            {"cells": [{"source": ["import clip"]}, {"source": ["names = [\"tench\", \"potter's wheel\",\n", " 'a {}.']\n", "print(f\"{len(names)} names\")"]}]}
            """;
        sent = Encoding.UTF8.GetBytes(notebook);
        var texts = Texts("names") with { Sha256 = Convert.ToHexStringLower(SHA256.HashData(sent)) };
        Assert.Equal("tench\npotter's wheel\na {}.\n", File.ReadAllText(texts.Get(server.Settings(folder), Stop)));
    }

    [Fact]
    public void A_misspelt_name_of_texts_is_told_and_any_other_word_is_a_path()
    {
        Assert.Equal("There is no file word-30k; perhaps words-30k was meant, which is fetched.",
            Assert.Throws<ClipLensException>(() => PublishedTexts.Find("word-30k", server.Settings(folder), Stop)).Message);
        Assert.Equal("mine.txt", PublishedTexts.Find("mine.txt", server.Settings(folder), Stop));
    }

    [Fact]
    public void OpenAis_files_go_where_its_own_loader_keeps_them_and_are_known_by_their_hash()
    {
        var own = KnownModels.OpenAi.Single(model => model.Name == "ViT-B/32");
        string path = folder.File("clip", "ViT-B-32.pt");
        Directory.CreateDirectory(folder.File("clip"));
        File.WriteAllText(path, "something else");
        Assert.Null(ModelHub.Find("ViT-B/32", server.Settings(folder)));
        server.Instead = async context =>
        {
            if (context.Request.Method == "GET") await context.Response.WriteAsync("not the weights", Stop);
            return true;
        };
        Assert.Contains("sent for ViT-B-32.pt is not what was announced", Assert.ThrowsAny<IOException>(() =>
            ModelHub.Get("ViT-B/32", server.Settings(folder), null, Stop)).Message);
        Assert.Equal($"/mirror/openaipublic.azureedge.net/clip/models/{own.Sha256}/ViT-B-32.pt", server.Requests.First().Path);
        Assert.DoesNotContain(Directory.GetFiles(folder.File("clip"), "*.pt*"), file => !file.EndsWith(".lock"));
    }
}
