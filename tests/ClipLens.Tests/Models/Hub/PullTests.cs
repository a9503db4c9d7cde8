using System.Text;
using ClipLens.Compute;
using ClipLens.Models.Hub;
using ClipLens.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace ClipLens.Tests.Models.Hub;

/// <summary>Models from a server that speaks the hub's protocol, into a cache of the form that Hugging Face's tools have.</summary>
public sealed class PullTests : IDisposable
{
    private const string Id = "tiny/clip", Weights = "open_clip_model.safetensors", Config = "open_clip_config.json";
    private readonly HubServer server = new();
    private readonly ScratchFolder folder = new();
    private readonly HubRepository repository;

    public PullTests()
    {
        repository = server.Add(Id, TinyModel.Write(folder.File("model")));
        // Whether the weights can be read is not asked when they are fetched.
        repository.Files[Weights] = new byte[300_000];
        new Random(1).NextBytes(repository.Files[Weights]);
        repository.Files["README.md"] = "Not needed."u8.ToArray();
        repository.Files["open_clip_pytorch_model.bin"] = new byte[1000];
        repository.Files[".gitattributes"] = [1];
    }

    public void Dispose()
    {
        server.Dispose();
        folder.Dispose();
    }

    private string Cache(params string[] parts) => folder.File(["hub", "models--tiny--clip", .. parts]);

    private string Blob => Cache("blobs", HubRepository.ETag(Weights, repository.Files[Weights]));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private LocalModel Get(HubSettings? settings = null, string name = Id) =>
        ModelHub.Get(name, settings ?? server.Settings(folder), null, Stop);

    private LocalModel Pull(HubSettings? settings = null) => ModelHub.Pull(Id, settings ?? server.Settings(folder), null, Stop);

    private ClipLensException Refused(HubSettings? settings = null, string name = Id) =>
        Assert.Throws<ClipLensException>(() => Get(settings, name));

    [Fact]
    public void The_needed_files_come_into_the_cache_as_its_other_users_lay_it_out()
    {
        var model = Get();
        Assert.Equal((Cache("snapshots", repository.Commit), Id, $"{Id}@{repository.Commit}"), (model.Path, model.Name, model.Source));
        Assert.Equal(["merges.txt", Config, Weights, "vocab.json"], Directory.GetFiles(model.Path).Select(Path.GetFileName)
            .Order(StringComparer.Ordinal));
        Assert.Equal(repository.Commit, File.ReadAllText(Cache("refs", "main")));
        foreach (string file in Directory.GetFiles(model.Path))
        {
            byte[] bytes = repository.Files[Path.GetFileName(file)];
            Assert.Equal(bytes, File.ReadAllBytes(file));
            Assert.Equal($"../../blobs/{HubRepository.ETag(Path.GetFileName(file), bytes)}", new FileInfo(file).LinkTarget);
        }
        Assert.Equal(4, Directory.GetFiles(Cache("blobs")).Length);
        Assert.Equal(4, Directory.GetFiles(folder.File("hub", ".locks", "models--tiny--clip"), "*.lock").Length);
    }

    [Fact]
    public void What_is_there_is_used_without_a_request_and_pulled_without_a_transfer()
    {
        string path = Get().Path;
        server.Requests.Clear();
        Assert.Equal(path, Get().Path);
        Assert.Equal(path, Get(server.Settings(folder, offline: true)).Path);
        Assert.Equal(path, Pull(server.Settings(folder, offline: true)).Path);
        Assert.Empty(server.Requests);
        Assert.Equal(path, Pull().Path);
        Assert.Equal("/api/models/tiny/clip/revision/main", Assert.Single(server.Requests).Path);
    }

    [Fact]
    public void A_new_commit_fetches_what_changed_and_links_the_rest()
    {
        Get();
        server.Requests.Clear();
        repository.Commit = "fedcba9876543210fedcba9876543210fedcba98";
        repository.Files["merges.txt"] = [.. repository.Files["merges.txt"], .. "a b\n"u8];
        Assert.Equal(Cache("snapshots", repository.Commit), Pull().Path);
        Assert.Empty(server.Contents);
        Assert.Equal(["/tiny/clip/resolve/fedcba9876543210fedcba9876543210fedcba98/merges.txt"],
            server.Requests.Where(request => request.Method == "GET").Skip(1).Select(request => request.Path));
        Assert.Equal(repository.Files[Weights], File.ReadAllBytes(Cache("snapshots", repository.Commit, Weights)));
        Assert.Equal(repository.Commit, File.ReadAllText(Cache("refs", "main")));
    }

    [Fact]
    public void A_cache_that_Python_filled_is_used_and_what_it_lacks_is_added()
    {
        // What open_clip leaves that was asked for a name and a tag: the weights alone, since it has the config itself.
        Directory.CreateDirectory(Cache("blobs"));
        Directory.CreateDirectory(Cache("refs"));
        Directory.CreateDirectory(Cache("snapshots", repository.Commit));
        File.WriteAllBytes(Blob, repository.Files[Weights]);
        File.WriteAllText(Cache("refs", "main"), repository.Commit);
        File.CreateSymbolicLink(Cache("snapshots", repository.Commit, Weights), $"../../blobs/{Path.GetFileName(Blob)}");
        Assert.Null(ModelHub.Find(Id, server.Settings(folder)));
        Get();
        Assert.Empty(server.Contents);

        server.Requests.Clear();
        File.Delete(Cache("snapshots", repository.Commit, "merges.txt"));
        Assert.NotNull(ModelHub.Find(Id, server.Settings(folder)));
        // A link to a content that someone cleared away is no file.
        File.Delete(Blob);
        Assert.Null(ModelHub.Find(Id, server.Settings(folder)));
        Get();
        Assert.Equal(repository.Files[Weights], File.ReadAllBytes(Blob));
    }

    [Fact]
    public void The_token_goes_to_the_hub_and_to_nobody_else()
    {
        Get(server.Settings(folder, token: "hf_secret"));
        Assert.All(server.Requests.Except(server.Contents), request => Assert.Equal("Bearer hf_secret", request.Authorization));
        Assert.All(server.Contents, request => Assert.Equal("", request.Authorization));
        Assert.NotEmpty(server.Contents);
        Assert.DoesNotContain("hf_secret", server.Settings(folder, token: "hf_secret").ToString());
    }

    [Fact]
    public void A_renamed_repository_is_followed()
    {
        server.Instead = context =>
        {
            if (!context.Request.Path.Value!.Contains("old/name")) return Task.FromResult(false);
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = context.Request.Path.Value.Replace("old/name", Id);
            return Task.FromResult(true);
        };
        Assert.Equal(repository.Files[Weights], File.ReadAllBytes(Path.Combine(Get(name: "old/name").Path, Weights)));
    }

    [Fact]
    public void A_cut_line_is_mended_where_it_broke()
    {
        int cuts = 0;
        server.Instead = async context =>
        {
            if (context.Request.Host.Value != server.FilesAddress.Authority || ++cuts > 1) return false;
            await HubServer.Cut(context, repository.Files[Weights], 100_000);
            return true;
        };
        Get();
        Assert.Equal(["", "bytes=100000-"], server.Contents.Select(request => request.Range));
        Assert.Equal(repository.Files[Weights], File.ReadAllBytes(Blob));
    }

    [Fact]
    public void A_line_that_stays_cut_leaves_what_came_and_the_next_call_goes_on()
    {
        int asked = 0;
        server.Instead = async context =>
        {
            if (context.Request.Host.Value != server.FilesAddress.Authority) return false;
            if (++asked == 1) await HubServer.Cut(context, repository.Files[Weights], 50_000);
            else context.Abort();
            return true;
        };
        var error = Assert.ThrowsAny<IOException>(() => Get());
        Assert.Contains(" cannot be reached to fetch ", error.Message);
        Assert.EndsWith("; check the connection, and give the same command again: what has come is kept.", error.Message);
        Assert.False(File.Exists(Blob));
        Assert.False(File.Exists(Cache("refs", "main")));
        Assert.False(File.Exists(Cache("snapshots", repository.Commit, Weights)));
        Assert.Equal(50_000, new FileInfo(Blob + ".incomplete").Length);

        server.Instead = _ => Task.FromResult(false);
        server.Requests.Clear();
        var reports = new List<WorkProgress>();
        ModelHub.Get(Id, server.Settings(folder), new Watch(reports.Add), Stop);
        Assert.Equal("bytes=50000-", Assert.Single(server.Contents).Range);
        Assert.Equal(repository.Files[Weights], File.ReadAllBytes(Blob));
        Assert.Equal(new("Fetching tiny/clip", 50, 300) { Unit = "kB" }, reports[0]);
        Assert.Equal((300, 300), (reports[^1].Done, reports[^1].Total));
    }

    [Fact]
    public void A_server_without_ranges_sends_the_whole_again()
    {
        Directory.CreateDirectory(Cache("blobs"));
        File.WriteAllBytes(Blob + ".incomplete", new byte[1234]);
        server.Instead = context =>
        {
            context.Request.Headers.Remove("Range");
            return Task.FromResult(false);
        };
        Get();
        Assert.Equal(repository.Files[Weights], File.ReadAllBytes(Blob));
    }

    [Fact]
    public void What_is_longer_than_the_file_is_thrown_away()
    {
        Directory.CreateDirectory(Cache("blobs"));
        File.WriteAllBytes(Blob + ".incomplete", new byte[400_000]);
        Get();
        Assert.Equal(repository.Files[Weights], File.ReadAllBytes(Blob));
    }

    [Fact]
    public void A_wrong_content_gets_no_name_and_is_told()
    {
        server.Instead = async context =>
        {
            if (context.Request.Host.Value != server.FilesAddress.Authority) return false;
            await context.Response.Body.WriteAsync(new byte[300_000]);
            return true;
        };
        var error = Assert.ThrowsAny<IOException>(() => Get());
        Assert.EndsWith(" sent for open_clip_model.safetensors is not what was announced: its hash differs; it was thrown away, so give "
            + "the same "
            + "command again, and look at proxies on the way if it comes again.", error.Message);
        Assert.DoesNotContain(Directory.GetFiles(Cache("blobs")), file => file.StartsWith(Blob, StringComparison.Ordinal));
    }

    [Fact]
    public void A_small_file_of_a_wrong_content_is_found_too()
    {
        server.Instead = async context =>
        {
            if (context.Request is not { Method: "GET", Path: { Value: var path } } || !path!.EndsWith(Config)) return false;
            await context.Response.Body.WriteAsync(Enumerable.Repeat((byte)' ', repository.Files[Config].Length).ToArray());
            return true;
        };
        Assert.Contains("its hash differs", Assert.ThrowsAny<IOException>(() => Get()).Message);
    }

    [Theory, InlineData("Retry-After", "0"), InlineData("ratelimit", "\"resolvers\";r=0;t=0")]
    public void A_limit_of_rate_and_a_passing_fault_are_waited_for(string header, string value)
    {
        int asked = 0;
        server.Instead = context =>
        {
            if (++asked > 2) return Task.FromResult(false);
            context.Response.StatusCode = asked == 1 ? 429 : 503;
            if (asked == 1) context.Response.Headers[header] = value;
            return Task.FromResult(true);
        };
        Assert.Equal(repository.Files[Weights], File.ReadAllBytes(Path.Combine(Get().Path, Weights)));
    }

    [Fact]
    public void A_long_wait_is_told_while_it_lasts()
    {
        int asked = 0;
        server.Instead = context =>
        {
            if (context.Request.Host.Value != server.FilesAddress.Authority || ++asked > 1) return Task.FromResult(false);
            context.Response.StatusCode = 429;
            context.Response.Headers["Retry-After"] = "2";
            return Task.FromResult(true);
        };
        var reports = new List<WorkProgress>();
        ModelHub.Get(Id, server.Settings(folder), new Watch(reports.Add), Stop);
        Assert.Contains($"Waiting 2 s, as {server.Address.Authority} asks for", reports.Select(report => report.Stage));
        Assert.Equal(repository.Files[Weights], File.ReadAllBytes(Blob));
    }

    [Theory]
    [InlineData(429, " asks to wait, because it was asked too often, 3 times; give the same command again later: what has come is kept.")]
    [InlineData(502, " has a fault (502), 3 times; give the same command again later: what has come is kept.")]
    public void A_limit_or_a_fault_without_an_end_is_told(int status, string end)
    {
        server.Instead = context =>
        {
            context.Response.StatusCode = status;
            return Task.FromResult(true);
        };
        Assert.Equal(server.Address.Authority + end, Assert.ThrowsAny<IOException>(() => Get()).Message);
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task Many_at_once_find_every_file_at_any_time()
    {
        for (int round = 0; round < 5; round++)
        {
            var found = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Get().Path)));
            Assert.Equal(Cache("snapshots", repository.Commit), Assert.Single(found.Distinct()));
            Assert.Equal(["merges.txt", Config, Weights, "vocab.json"],
                Directory.GetFiles(found[0]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
            Directory.Delete(Cache(), recursive: true);
        }
    }

    [Fact]
    public void Refusals_are_sentences()
    {
        string host = server.Address.Authority;
        Assert.Equal($"There is no model tiny/clop at {host}, nor such a file or folder here; correct the name, or, if it is a private "
            + "one, put a "
            + "token into HF_TOKEN.", Refused(name: "tiny/clop").Message);
        Assert.Equal($"There is no model laion/CLIP-ViT-B-32-laion2B-s34B-b79k at {host}, nor such a file or folder here, or the token "
            + "in use may "
            + "not see it; correct the name (perhaps laion/CLIP-ViT-B-32-laion2B-s34B-b79K was meant).",
            Refused(server.Settings(folder, token: "hf_x"),
            "laion/CLIP-ViT-B-32-laion2B-s34B-b79k").Message);
        Assert.Equal($"tiny/clip@v2 has no such branch, tag or commit at {host}.", Refused(name: "tiny/clip@v2").Message);
        Assert.Equal($"tiny/clip is not in the cache {folder.File("hub")}, or not whole, and HF_HUB_OFFLINE forbids to fetch it; unset "
            + "it, or copy "
            + "the model there.", Refused(server.Settings(folder, offline: true)).Message);

        repository.IsGated = true;
        Assert.Equal($"tiny/clip is gated: its owners let in who accepts their terms; accept them at http://{host}/tiny/clip and put a "
            + "token of "
            + "your account into HF_TOKEN.", Refused().Message);
        Assert.Equal($"tiny/clip is gated: its owners let in who accepts their terms; accept them at http://{host}/tiny/clip, with the "
            + "account of "
            + "the token in use.", Refused(server.Settings(folder, token: "hf_x")).Message);
        repository.IsGated = false;

        repository.Files.Remove(Config);
        Assert.Equal("tiny/clip has no config (open_clip_config.json or config.json) beside its weights; take another repository of the "
            + "model.",
            Refused().Message);
        foreach (string file in repository.Files.Keys.Where(HubRepository.IsLarge).ToList()) repository.Files.Remove(file);
        Assert.Equal("tiny/clip holds no weights in a form that is known (safetensors or PyTorch's); take another repository of the model.",
            Refused().Message);
    }

    [Fact]
    public void A_bad_token_and_a_stranger_are_told()
    {
        server.Instead = context =>
        {
            context.Response.StatusCode = 401;
            context.Response.Headers["X-Error-Message"] = "Invalid credentials in Authorization header";
            return Task.FromResult(true);
        };
        Assert.Equal($"{server.Address.Authority} does not know the token in HF_TOKEN or in the file of the last login; log in again.",
            Refused().Message);
        server.Instead = async context =>
        {
            await context.Response.WriteAsync("<html>Sign in to the hotel's network</html>");
            return true;
        };
        Assert.Equal($"{server.Address.Authority} does not answer as Hugging Face's hub does; correct the address in HF_ENDPOINT.",
            Refused().Message);
    }

    [Fact]
    public void A_model_of_another_kind_is_refused_before_its_weights_are_fetched()
    {
        repository.Files[Config] = Encoding.UTF8.GetBytes("""{"model_cfg": {"embed_dim": 8, "vision_cfg": {"timm_model_name": "convnext_base"}, "text_cfg": {}}}""");
        Assert.Contains("convnext_base", Refused().Message);
        Assert.Empty(server.Contents);
    }

    [Fact]
    public void Shards_come_with_their_index()
    {
        foreach (string file in repository.Files.Keys.Where(name => name.StartsWith("open_clip", StringComparison.Ordinal)).ToList())
            repository.Files.Remove(file);
        repository.Files["config.json"] = """{"model_type": "clip", "vision_config": {}, "text_config": {}}"""u8.ToArray();
        repository.Files["model.safetensors.index.json"] = """{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}"""u8.ToArray();
        repository.Files["model-1.safetensors"] = [1];
        repository.Files["model-2.safetensors"] = [2];
        repository.Files["model-3.safetensors"] = [3];
        Assert.Equal(["model-1.safetensors", "model-2.safetensors"],
            Directory.GetFiles(Get().Path, "model-*").Select(Path.GetFileName).Order(StringComparer.Ordinal));
        File.Delete(Cache("snapshots", repository.Commit, "model-2.safetensors"));
        Assert.Null(ModelHub.Find(Id, server.Settings(folder)));
    }

    [Fact]
    public void Where_there_are_no_links_files_are_moved_and_copied()
    {
        var settings = server.Settings(folder, links: false);
        Get(settings);
        Assert.Equal(repository.Files[Weights], File.ReadAllBytes(Cache("snapshots", repository.Commit, Weights)));
        Assert.Null(new FileInfo(Cache("snapshots", repository.Commit, Weights)).LinkTarget);
        Assert.False(File.Exists(Blob));
        Assert.NotNull(ModelHub.Find(Id, settings));

        // A content that another commit may use stays where it is.
        File.WriteAllBytes(Blob, repository.Files[Weights]);
        repository.Commit = "fedcba9876543210fedcba9876543210fedcba98";
        Pull(settings);
        Assert.Equal(repository.Files[Weights], File.ReadAllBytes(Blob));
        Assert.Equal(repository.Files[Weights], File.ReadAllBytes(Cache("snapshots", repository.Commit, Weights)));
    }

    [Fact]
    public async Task Two_at_once_fetch_once()
    {
        server.Instead = async context =>
        {
            if (context.Request.Host.Value == server.FilesAddress.Authority) await Task.Delay(300);
            return false;
        };
        await Task.WhenAll(Task.Run(() => Get(), Stop), Task.Run(() => Get(), Stop));
        Assert.Single(server.Contents);
        Assert.Equal(repository.Files[Weights], File.ReadAllBytes(Cache("snapshots", repository.Commit, Weights)));
    }

    [Fact]
    public void A_full_disk_is_told_and_gives_nothing_a_name()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        Directory.CreateDirectory(Cache("blobs"));
        File.CreateSymbolicLink(Blob + ".incomplete", "/dev/full");
        var error = Assert.ThrowsAny<IOException>(() => Get());
        Assert.Equal($"{Blob}.incomplete could not be written because the disk is full; free some space and give the same command again.",
            error.Message);
        Assert.False(File.Exists(Blob));
        File.Delete(Blob + ".incomplete");
        Get();
    }

    [Fact]
    public void A_cancelled_fetch_keeps_what_came()
    {
        using var stop = new CancellationTokenSource();
        server.Instead = async context =>
        {
            if (context.Request.Host.Value != server.FilesAddress.Authority) return false;
            context.Response.ContentLength = 300_000;
            await context.Response.Body.WriteAsync(repository.Files[Weights].AsMemory(0, 120_000));
            await context.Response.Body.FlushAsync();
            while (!File.Exists(Blob + ".incomplete") || new FileInfo(Blob + ".incomplete").Length < 120_000) await Task.Delay(10);
            await stop.CancelAsync();
            return true;
        };
        Assert.ThrowsAny<OperationCanceledException>(() => ModelHub.Get(Id, server.Settings(folder), null, stop.Token));
        Assert.Equal(120_000, new FileInfo(Blob + ".incomplete").Length);
        Assert.False(File.Exists(Blob));
    }

    [Fact]
    public void Names_from_a_server_lead_nowhere_else()
    {
        repository.Files["../../evil.json"] = [1];
        server.Instead = context =>
        {
            if (context.Request.Method != "HEAD" || !context.Request.Path.Value!.EndsWith(Weights)) return Task.FromResult(false);
            context.Response.Headers["X-Linked-Etag"] = "\"../../../evil\"";
            return Task.FromResult(true);
        };
        Assert.Contains("names no content for open_clip_model.safetensors", Refused().Message);
        Assert.DoesNotContain(Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories), file => file.Contains("evil"));
    }

    [Fact]
    public void The_list_of_what_is_there_has_whole_models_of_a_known_kind_alone()
    {
        Assert.Empty(ModelHub.Cached(server.Settings(folder)));
        Get();
        Directory.CreateDirectory(folder.File("hub", "models--other--thing", "snapshots", "abc"));
        Assert.Equal([new(Id, 300_000)], ModelHub.Cached(server.Settings(folder)));
        File.Delete(Blob);
        Assert.Empty(ModelHub.Cached(server.Settings(folder)));
    }
}
