using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using ClipLens.Explorer;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Explorer;

/// <summary>What a visitor is told of a fault that nobody has foreseen.</summary>
public sealed class FaultTests(PreparedRun prepared) : IClassFixture<PreparedRun>
{
    [Theory]
    [InlineData("search?q=red")]
    [InlineData("predict?picture=3&classes=red")]
    [InlineData("concepts?picture=3")]
    [InlineData("account?picture=3&class=red")]
    [InlineData("segment?picture=3&class=red")]
    [InlineData("like?picture=3")]
    public async Task A_fault_is_a_sentence_and_what_failed_is_told_to_who_serves(string what)
    {
        var told = new ConcurrentBag<Exception>();
        using var site = new ExplorerSite(prepared.Run, () => throw new InvalidOperationException("a secret at /home"),
            new() { OnFault = told.Add });
        await using var server = await ExplorerServer.StartAsync(site, 0);
        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri(server.Address, "api/" + what), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        string body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal("This failed unexpectedly; the program that serves the pages says more.",
            JsonDocument.Parse(body).RootElement.GetProperty("error").GetString());
        Assert.Equal("a secret at /home", Assert.Single(told).Message);
    }

    [Fact]
    public async Task A_file_of_data_that_cannot_be_made_tells_it_to_its_page()
    {
        using var site = new ExplorerSite(prepared.Run, () => throw new InvalidOperationException("a secret at /home"));
        await using var server = await ExplorerServer.StartAsync(site, 0);
        using var client = new HttpClient();
        string script = await client.GetStringAsync(new Uri(server.Address, "data/maps/1-5.js"), TestContext.Current.CancellationToken);
        Assert.StartsWith("ClipLens.fail(\"data/maps/1-5\",\"This failed unexpectedly", script);
        Assert.DoesNotContain("secret", script);
    }

    [Fact]
    public async Task Labels_that_cannot_be_written_are_a_sentence()
    {
        using var tiny = new TinyRun();
        tiny.Run();
        Directory.CreateDirectory(Path.Combine(tiny.Output, "labels.json"));
        using var site = new ExplorerSite(ClipLens.Runs.RunDirectory.Open(tiny.Output));
        await using var server = await ExplorerServer.StartAsync(site, 0);
        using var client = new HttpClient();
        string page = await client.GetStringAsync(server.Address, TestContext.Current.CancellationToken);
        string token = System.Text.RegularExpressions.Regex.Match(page, "cliplens-token\" content=\"([0-9a-f]{32})\"").Groups[1].Value;
        foreach (string route in new[] { "api/labels", "api/labels/merge" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, route))
            {
                Content = new ByteArrayContent(Encoding.UTF8.GetBytes(
                    """{"layer": 1, "neuron": 3, "name": "x", "note": "", "star": false, "version": 0, "neurons": {"1:3": {"name": "x"}}}""")),
            };
            request.Headers.Add("X-ClipLens", token);
            using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.InRange((int)answer.StatusCode, 400, 599);
            string body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.EndsWith(".", JsonDocument.Parse(body).RootElement.GetProperty("error").GetString());
            Assert.DoesNotContain("   at ", body);
        }
    }
}
