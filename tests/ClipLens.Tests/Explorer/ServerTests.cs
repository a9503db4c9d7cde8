using System.Net;
using System.Net.Sockets;
using System.Text;
using ClipLens.Explorer;
using ClipLens.Runs;
using ClipLens.Tests.Cli;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Explorer;

public sealed class ServerTests(ExplorerRun explorer) : IClassFixture<ExplorerRun>
{
    [Theory]
    [InlineData("", "text/html")]
    [InlineData("neuron.html", "text/html")]
    [InlineData("search.html?q=red", "text/html")]
    [InlineData("style.css", "text/css")]
    [InlineData("app.js", "text/javascript")]
    [InlineData("data/overview.js", "text/javascript")]
    [InlineData("data/neurons/2-0.js", "text/javascript")]
    [InlineData("images/7.jpg", "image/jpeg")]
    public async Task A_file_comes_with_its_type_and_the_policy(string address, string type)
    {
        await using var server = await ExplorerServer.StartAsync(explorer.Site, 0);
        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri(server.Address, address), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType!.MediaType);
        string policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';", policy);
        Assert.DoesNotContain("unsafe", policy);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.NotEmpty(await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_address_of_a_neuron_leads_to_its_page()
    {
        await using var server = await ExplorerServer.StartAsync(explorer.Site, 0);
        Assert.Contains("\r\nLocation: /neuron.html#1:7\r\n", Ask(server, "GET /layer/1/neuron/7 HTTP/1.1"));
        Assert.StartsWith("HTTP/1.1 404", Ask(server, "GET /layer/1/neuron/128 HTTP/1.1"));
        Assert.StartsWith("HTTP/1.1 404", Ask(server, "GET /layer/9/neuron/7 HTTP/1.1"));
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("evil.example:{port}")]
    [InlineData("127.0.0.1:1")]
    [InlineData("127.0.0.1.evil.example:{port}")]
    [InlineData("localhost.:{port}")]
    public async Task A_server_of_another_name_is_not_this_one(string host)
    {
        await using var server = await ExplorerServer.StartAsync(explorer.Site, 0);
        string answer = Ask(server, "GET /data/overview.js HTTP/1.1", host.Replace("{port}", $"{server.Address.Port}"));
        Assert.StartsWith("HTTP/1.1 421", answer);
        Assert.DoesNotContain("ClipLens.put", answer);
    }

    [Fact]
    public async Task Localhost_is_a_name_of_this_machine()
    {
        await using var server = await ExplorerServer.StartAsync(explorer.Site, 0);
        Assert.StartsWith("HTTP/1.1 200", Ask(server, "GET / HTTP/1.1", $"LOCALHOST:{server.Address.Port}"));
        Assert.True(IPAddress.IsLoopback(IPAddress.Parse(server.Address.Host)));
    }

    [Theory]
    [InlineData("/../run/run.json")]
    [InlineData("/images/../../run.json")]
    [InlineData("/images/%2e%2e/%2e%2e/run.json")]
    [InlineData("/images/..%2f..%2frun.json")]
    [InlineData("/images/..%5c..%5crun.json")]
    [InlineData("/images/%252e%252e/run.json")]
    [InlineData("//etc/passwd")]
    [InlineData("/data/layers/../overview.js%00.html")]
    [InlineData("/images/000.png")]
    [InlineData("/run.json")]
    [InlineData("/.lock")]
    public async Task Nothing_else_of_the_disk_is_served(string path)
    {
        await using var server = await ExplorerServer.StartAsync(explorer.Site, 0);
        string answer = Ask(server, $"GET {path} HTTP/1.1");
        Assert.Matches(@"\AHTTP/1\.1 40[04] ", answer);
        Assert.DoesNotContain("root:", answer);
        Assert.DoesNotContain("\"form\"", answer);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task Nothing_can_be_sent_without_the_pages_token(string method)
    {
        await using var server = await ExplorerServer.StartAsync(explorer.Site, 0);
        Assert.StartsWith("HTTP/1.1 403", Ask(server, $"{method} / HTTP/1.1"));
        Assert.StartsWith("HTTP/1.1 403", Ask(server, $"{method} /api/labels HTTP/1.1\r\nX-ClipLens: guess"));
    }

    [Fact]
    public async Task A_damaged_file_of_the_run_is_told_to_the_page()
    {
        using var tiny = new TinyRun();
        tiny.Run();
        File.WriteAllText(Path.Combine(tiny.Output, "layer-01", "neurons.safetensors"), "nothing");
        using var site = new ExplorerSite(RunDirectory.Open(tiny.Output));
        await using var server = await ExplorerServer.StartAsync(site, 0);
        Assert.Contains("ClipLens.fail(\"data/layers/1\",", Ask(server, "GET /data/layers/1.js HTTP/1.1"));
        Assert.Contains("ClipLens.put(\"data/layers/2\",", Ask(server, "GET /data/layers/2.js HTTP/1.1"));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_refused_in_a_sentence()
    {
        await using var server = await ExplorerServer.StartAsync(explorer.Site, 0);
        CliCall.Refused($"Port {server.Address.Port} is taken by another program; choose another, or 0 for any that is free (--port).",
            "explore", "--run", explorer.Run.Path, "--port", $"{server.Address.Port}");
        CliCall.Refused("There is no port 65536; give a number up to 65535 (--port).", "explore", "--run", explorer.Run.Path, "--port",
            "65536");
    }

    [Fact]
    public async Task The_command_serves_until_it_is_stopped()
    {
        using var stop = new CancellationTokenSource();
        var call = Task.Run(() => CliCall.Run(stop.Token, "explore", "--run", explorer.Run.Path, "--port", "0"),
            TestContext.Current.CancellationToken);
        await Task.Delay(500, TestContext.Current.CancellationToken);
        Assert.False(call.IsCompleted);
        await stop.CancelAsync();
        var (code, output, error) = await call;
        Assert.Equal((0, ""), (code, error));
        Assert.Matches(@"\AThe run is shown at http://127\.0\.0\.1:\d+/ until Ctrl-C is pressed\.\n\z", output);
    }

    /// <summary>The whole answer to a request that no client would send.</summary>
    private static string Ask(ExplorerServer server, string request, string? host = null)
    {
        using var client = new TcpClient(server.Address.Host, server.Address.Port);
        using var stream = client.GetStream();
        stream.Write(Encoding.ASCII.GetBytes($"{request}\r\nHost: {host ?? server.Address.Authority}\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
