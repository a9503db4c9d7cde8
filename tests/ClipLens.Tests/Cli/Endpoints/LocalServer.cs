using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ClipLens.Tests.Cli.Endpoints;

/// <summary>What a server in this process was asked.</summary>
internal sealed record Asked(string Path, JsonObject Body, string Authorization);

/// <summary>What it answers.</summary>
internal sealed record Reply(int Status, string Body, string? RetryAfter = null, TimeSpan Delay = default, bool Breaks = false,
    byte[]? Bytes = null)
{
    /// <summary>What the answer says it is; by what it has if null.</summary>
    public string? ContentType { get; init; }

    /// <summary>The body goes on until the client has enough.</summary>
    public bool IsEndless { get; init; }

    public static Reply Json(object body) => new(200, JsonSerializer.Serialize(body));

    /// <summary>An answer as OpenAI's chat gives it.</summary>
    public static Reply Chat(string text) => Json(new
    {
        id = "x",
        @object = "chat.completion",
        created = 1,
        model = "m",
        choices = new[] { new { index = 0, message = new { role = "assistant", content = text }, finish_reason = "stop" } },
        usage = new { prompt_tokens = 1, completion_tokens = 1, total_tokens = 2 },
    });

    /// <summary>An answer as Ollama gives it.</summary>
    public static Reply Ollama(string text) =>
        Json(new
        {
            model = "m",
            created_at = "2025-01-01T00:00:00Z",
            message = new { role = "assistant", content = text },
            done = true,
            done_reason = "stop"
        });

    /// <summary>A description that keeps the rules.</summary>
    public static string Description(string name = "ship", string cue = "crane") =>
        JsonSerializer.Serialize(new { description = $"A {name} lies beside a {cue}.", without = $"A {name} lies there." });
}

/// <summary>A server on the loopback that answers as a test says, and keeps what it was asked.</summary>
internal sealed class LocalServer : IDisposable
{
    private readonly HttpListener listener = new();
    private readonly Func<int, Asked, Reply> answer;
    private readonly CancellationTokenSource stop = new();
    private int count = -1;

    /// <param name="answer">From the number of the request, from 0, and the request to the answer.</param>
    public LocalServer(Func<int, Asked, Reply> answer)
    {
        this.answer = answer;
        Address = new Uri($"http://127.0.0.1:{FreePort()}/");
        listener.Prefixes.Add(Address.ToString());
        listener.Start();
        _ = Task.Run(Serve);
    }

    public Uri Address { get; }

    public ConcurrentQueue<Asked> Requests { get; } = new();

    /// <summary>An address where nobody listens.</summary>
    public static Uri Nowhere() => new($"http://127.0.0.1:{FreePort()}/");

    public void Dispose()
    {
        stop.Cancel();
        listener.Close();
        stop.Dispose();
    }

    private static int FreePort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }

    private async Task Serve()
    {
        while (!stop.IsCancellationRequested)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
            _ = Task.Run(() => Answer(context));
        }
    }

    private async Task Answer(HttpListenerContext context)
    {
        try
        {
            using var reader = new StreamReader(context.Request.InputStream);
            string body = await reader.ReadToEndAsync(stop.Token);
            var asked = new Asked(context.Request.Url!.AbsolutePath, body.Length > 0 ? JsonNode.Parse(body)!.AsObject()
                : [], context.Request.Headers["Authorization"] ?? "");
            Requests.Enqueue(asked);
            var reply = answer(Interlocked.Increment(ref count), asked);
            await Task.Delay(reply.Delay, stop.Token);
            if (reply.Breaks)
            {
                // In the middle of what was announced.
                context.Response.ContentLength64 = 1000;
                await context.Response.OutputStream.WriteAsync("{"u8.ToArray(), stop.Token);
                await context.Response.OutputStream.FlushAsync(stop.Token);
                context.Response.Abort();
                return;
            }
            context.Response.StatusCode = reply.Status;
            if (reply.RetryAfter is not null) context.Response.Headers["Retry-After"] = reply.RetryAfter;
            context.Response.ContentType = reply.ContentType ?? (reply.Bytes is null ? "application/json" : "image/png");
            if (reply.IsEndless) context.Response.SendChunked = true;
            for (byte[] block = new byte[1 << 20]; reply.IsEndless;) await context.Response.OutputStream.WriteAsync(block, stop.Token);
            await context.Response.OutputStream.WriteAsync(reply.Bytes ?? Encoding.UTF8.GetBytes(reply.Body), stop.Token);
            context.Response.Close();
        }
        catch (Exception error) when (error is HttpListenerException or ObjectDisposedException or OperationCanceledException
            or IOException)
        {
            // The client went away or the test is over.
        }
    }
}
