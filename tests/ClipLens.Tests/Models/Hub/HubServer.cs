using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using ClipLens.Models.Hub;
using ClipLens.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace ClipLens.Tests.Models.Hub;

/// <summary>A request that a server was sent.</summary>
internal sealed record HubRequest(string Host, string Method, string Path, string Range, string Authorization);

/// <summary>A repository of the hub: a commit and its files.</summary>
internal sealed class HubRepository(string commit)
{
    public string Commit { get; set; } = commit;

    public Dictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    public bool IsGated { get; set; }

    /// <summary>The name of a content: SHA-256 of a weight file, git's hash of a small one.</summary>
    [SuppressMessage("Security", "CA5350", Justification = "Git names contents so; nothing is kept secret by it.")]
    public static string ETag(string name, byte[] bytes) => IsLarge(name) ? Convert.ToHexStringLower(SHA256.HashData(bytes))
        : Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {bytes.Length}\0"), .. bytes]));

    public static bool IsLarge(string name) => Path.GetExtension(name) is ".safetensors" or ".bin";
}

/// <summary>
/// A server on the loopback that speaks the hub's protocol, with a second one at another port that has the large files, as the hub's have
/// another host; both keep what they were asked, and do what a test wants instead of answering.
/// </summary>
internal sealed class HubServer : IDisposable
{
    private readonly WebApplication hub, files;

    public HubServer()
    {
        files = Start(Content);
        hub = Start(Answer);
    }

    public Uri Address => new(hub.Urls.Single());

    public Uri FilesAddress => new(files.Urls.Single());

    public ConcurrentDictionary<string, HubRepository> Repositories { get; } = new(StringComparer.Ordinal);

    public ConcurrentQueue<HubRequest> Requests { get; } = new();

    /// <summary>Does something else than answer, if it returns true.</summary>
    public Func<HttpContext, Task<bool>> Instead { get; set; } = _ => Task.FromResult(false);

    /// <summary>Requests for the content of files, at the second server.</summary>
    public IEnumerable<HubRequest> Contents => Requests.Where(request => request.Host == FilesAddress.Authority);

    /// <summary>Offers a checkpoint's folder as a repository.</summary>
    public HubRepository Add(string id, string folder, string commit = "0123456789abcdef0123456789abcdef01234567")
    {
        var repository = Repositories[id] = new(commit);
        foreach (string file in Directory.GetFiles(folder)) repository.Files[Path.GetFileName(file)] = File.ReadAllBytes(file);
        return repository;
    }

    /// <summary>Settings for this server with caches in a folder, impatient.</summary>
    public HubSettings Settings(ScratchFolder folder, bool offline = false, string? token = null, bool links = true) => new()
    {
        Endpoint = Address,
        Cache = folder.File("hub"),
        Assets = folder.File("assets"),
        OpenAiCache = folder.File("clip"),
        Mirror = new(FilesAddress, "mirror"),
        IsOffline = offline,
        Token = token,
        UseLinks = links,
        Attempts = 3,
        FirstWait = TimeSpan.FromMilliseconds(10),
        Silence = TimeSpan.FromSeconds(5),
    };

    public void Dispose()
    {
        hub.StopAsync(new CancellationToken(canceled: true)).Wait();
        files.StopAsync(new CancellationToken(canceled: true)).Wait();
        ((IDisposable)hub).Dispose();
        ((IDisposable)files).Dispose();
    }

    /// <summary>Sends so many bytes of an answer and cuts the line.</summary>
    public static async Task Cut(HttpContext context, byte[] content, int bytes)
    {
        context.Response.ContentLength = content.Length;
        await context.Response.Body.WriteAsync(content.AsMemory(0, bytes));
        await context.Response.Body.FlushAsync();
        // What was sent must arrive before the end of the line does.
        await Task.Delay(100);
        context.Abort();
    }

    private WebApplication Start(RequestDelegate answer)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0));
        var server = builder.Build();
        server.Run(async context =>
        {
            var request = context.Request;
            Requests.Enqueue(new(request.Host.Value!, request.Method, request.Path, request.Headers.Range.ToString(),
                request.Headers.Authorization.ToString()));
            if (!await Instead(context)) await answer(context);
        });
        server.StartAsync().Wait();
        return server;
    }

    private async Task Answer(HttpContext context)
    {
        string[] parts = context.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts is ["api", "models", var owner, var name, "revision", var revision])
        {
            if (Find(context, $"{owner}/{name}", revision) is { } listed)
                await context.Response.WriteAsJsonAsync(new
                {
                    sha = listed.Commit,
                    siblings = listed.Files.Keys.Select(file => new { rfilename = file })
                });
        }
        else if (parts is [var own, var called, "resolve", var at, var wanted] && Find(context, $"{own}/{called}", at) is { } repository)
        {
            if (repository.IsGated && context.Request.Headers.Authorization.Count == 0) Refuse(context, 401, "GatedRepo");
            else if (repository.IsGated) Refuse(context, 403, "GatedRepo");
            else if (!repository.Files.TryGetValue(wanted, out byte[]? bytes)) Refuse(context, 404, "EntryNotFound");
            else await Offer(context, repository, wanted, bytes);
        }
    }

    private async Task Offer(HttpContext context, HubRepository repository, string name, byte[] bytes)
    {
        string etag = HubRepository.ETag(name, bytes);
        context.Response.Headers["X-Repo-Commit"] = repository.Commit;
        if (HubRepository.IsLarge(name))
        {
            context.Response.StatusCode = 302;
            context.Response.Headers["X-Linked-Etag"] = $"\"{etag}\"";
            context.Response.Headers["X-Linked-Size"] = bytes.Length.ToString(CultureInfo.InvariantCulture);
            context.Response.Headers.Location = new Uri(FilesAddress, etag).ToString();
            return;
        }
        context.Response.Headers.ETag = $"\"{etag}\"";
        context.Response.ContentLength = bytes.Length;
        if (context.Request.Method != "HEAD") await context.Response.Body.WriteAsync(bytes);
    }

    /// <summary>The second server: contents by their hash, whole or from a byte on.</summary>
    private async Task Content(HttpContext context)
    {
        string hash = context.Request.Path.Value!.TrimStart('/');
        byte[]? bytes = Repositories.Values.SelectMany(repository => repository.Files)
            .FirstOrDefault(file => HubRepository.ETag(file.Key, file.Value) == hash).Value;
        if (bytes is null)
        {
            context.Response.StatusCode = 404;
            return;
        }
        int from = 0;
        if (context.Request.GetTypedHeaders().Range?.Ranges.Single().From is { } start)
        {
            from = (int)start;
            context.Response.StatusCode = from < bytes.Length ? 206 : 416;
            context.Response.Headers.ContentRange = from < bytes.Length ? $"bytes {from}-{bytes.Length - 1}/{bytes.Length}"
                : $"bytes */{bytes.Length}";
            if (from >= bytes.Length) return;
        }
        context.Response.ContentLength = bytes.Length - from;
        await context.Response.Body.WriteAsync(bytes.AsMemory(from));
    }

    private HubRepository? Find(HttpContext context, string id, string revision)
    {
        if (!Repositories.TryGetValue(id, out var repository)) Refuse(context, 401, "RepoNotFound");
        else if (revision != "main" && revision != repository.Commit) Refuse(context, 404, "RevisionNotFound");
        else return repository;
        return null;
    }

    private static void Refuse(HttpContext context, int status, string code)
    {
        context.Response.StatusCode = status;
        context.Response.Headers["X-Error-Code"] = code;
    }
}
