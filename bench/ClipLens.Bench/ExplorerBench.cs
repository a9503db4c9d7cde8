using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using ClipLens.Explorer;
using ClipLens.Models;
using ClipLens.Models.Configuration;
using ClipLens.Runs;

namespace ClipLens.Bench;

/// <summary>
/// How long the explorer's pages take on a run of 36,864 neurons and 5,000 images, asked for as a browser does: without a model, and with
/// one of ViT-B/32's size.
/// </summary>
internal sealed class ExplorerBench(string folder, TextWriter output)
{
    private const int Images = 5000, Files = 64, Asked = 40;

    // One block more than the run has layers: the last has no second-order effects.
    private static readonly ClipConfig Model = Towers.B32 with
    {
        Vision = Towers.B32.Vision with { Layers = 13 },
        Text = new(77, 49408, 512, 12, 8, 2048, Activation.Gelu),
    };

    private Func<string, Task> ask = _ => Task.CompletedTask;

    private string RunFolder => Path.Combine(folder, "run");

    private string Checkpoint => Path.Combine(folder, "model");

    /// <summary>Writes the run and the model, unless they are there already, and measures.</summary>
    /// <param name="isServed">Whether the pages are served until a key is pressed, instead of being measured: for a browser.</param>
    /// <param name="part">One part alone, whose memory is not mixed with that of others; all if null.</param>
    public async Task Run(bool isServed, string? part)
    {
        if (!File.Exists(Path.Combine(RunFolder, "run.json"))) WriteRun();
        if (!Directory.Exists(Checkpoint)) RandomCheckpoint.Write(Checkpoint, Model);
        if (isServed)
        {
            using var site = new ExplorerSite(RunDirectory.Open(RunFolder));
            await using var server = await ExplorerServer.StartAsync(site, 5197);
            output.WriteLine($"Served at {server.Address} until Enter is pressed.");
            Console.ReadLine();
            return;
        }
        if (part is null or "pages") await Serve("without a model", null, Pages);
        if (part is null or "search") await Serve("with the text tower of ViT-B/32's size", () => ClipModel.Load(Checkpoint), Searches);
        if (part is null or "pictures") await Serve("with a model of ViT-B/32's size", () => ClipModel.Load(Checkpoint), OfPictures);
    }

    private async Task Serve(string what, Func<ClipModel>? load, Func<RunDirectory, Task> measure)
    {
        output.WriteLine();
        output.WriteLine($"Explorer, {RandomRun.Count} neurons, {Images} images, served over HTTP, {what}");
        var run = RunDirectory.Open(RunFolder);
        using var site = new ExplorerSite(run, load, new() { OnFault = error => output.WriteLine(error) });
        await using var server = await ExplorerServer.StartAsync(site, 0, IPAddress.Loopback, prepare: true);
        using var client = new HttpClient { BaseAddress = server.Address };
        ask = address => client.GetByteArrayAsync(new Uri(address, UriKind.Relative));
        await measure(run);
        SayMemory();
    }

    private async Task Pages(RunDirectory run)
    {
        string[] first = ["index.html", "data/overview.js", "data/labels.js"];
        string[] layers = [.. run.Layers.Select(layer => $"data/layers/{layer}.js")];
        await Time("first page, just started", first);
        await Time("first page again", first);
        await Time("what the search looks through, first time", layers);
        await Time("what the search looks through, again", layers);
        await Time("a neuron's page, first of all", ["neuron.html", "data/neurons/0-0.js"]);
        var random = new Random(1);
        var neurons = new List<double>();
        for (int i = 0; i < Asked; i++)
            neurons.Add(await Seconds([$"data/neurons/{random.Next(run.Layers.Count)}-{random.Next(48)}.js"]));
        Say("other neurons' pages, median", Rounds.Median(neurons));
        Say("other neurons' pages, slowest", neurons.Max());
        await Time("a small picture, first time", ["images/7.jpg"]);
        await Time("the map, laid out", ["data/plane.js"]);
        await Time("the map, again", ["data/plane.js"]);
    }

    private async Task Searches(RunDirectory run)
    {
        await Time("a search, just started", ["api/search?q=wheel"]);
        var searches = new List<double>();
        for (int i = 0; i < Asked; i++) searches.Add(await Seconds([$"api/search?q=word{i}"]));
        Say("other searches, median", Rounds.Median(searches));
        Say("other searches, slowest", searches.Max());
    }

    private async Task OfPictures(RunDirectory run)
    {
        foreach (string round in new[] { "first", "second" })
            foreach (string asked in (string[])["predict?classes=dog,cat,car&", "concepts?", "account?class=dog&", "segment?class=dog&",
                "like?"])
                await Time($"a picture: {Regex.Match(asked, "[a-z]+").Value}, {round}", [$"api/{asked}picture={round.Length}"]);
    }

    private void WriteRun()
    {
        string pictures = Path.Combine(folder, "pictures");
        Pictures.Write(pictures, Files);
        string[] files = [.. Directory.EnumerateFiles(pictures).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];
        string[] hashes = [.. files.Select(file => File.ReadAllBytes(Path.Combine(pictures, file)))
            .Select(bytes => Convert.ToHexStringLower(SHA256.HashData(bytes)))];
        RandomRun.Write(RunFolder, pictures, [.. Enumerable.Range(0, Images).Select(i => files[i % Files])],
            [.. Enumerable.Range(0, Images).Select(i => hashes[i % Files])]);
    }

    private async Task Time(string what, string[] addresses) => Say(what, await Seconds(addresses));

    private async Task<double> Seconds(string[] addresses)
    {
        var clock = Stopwatch.StartNew();
        foreach (string address in addresses) await ask(address);
        return clock.Elapsed.TotalSeconds;
    }

    private void Say(string what, double seconds) => output.WriteLine($"  {what,-44} {1000 * seconds:0} ms");

    private void SayMemory()
    {
        output.WriteLine($"  {"memory of the process now",-44} {Environment.WorkingSet >> 20} MB");
        output.WriteLine($"  {"largest memory of the process so far",-44} {Machine.PeakMemory() >> 20} MB");
    }
}
