using System.Diagnostics;
using System.Security.Cryptography;
using ClipLens.Explorer;
using ClipLens.Runs;
using static TorchSharp.torch;

namespace ClipLens.Bench;

/// <summary>How long the explorer's pages take on a run of 36,864 neurons and 5,000 images.</summary>
internal static class ExplorerBench
{
    private const int Images = 5000, Files = 64, Asked = 40;

    /// <summary>Writes the run, serves it, and asks for its pages as a browser would.</summary>
    /// <param name="folder">Where the run goes; it stays there.</param>
    /// <param name="output">Where the figures go.</param>
    public static async Task Run(string folder, TextWriter output)
    {
        string path = Path.Combine(folder, "run"), pictures = Path.Combine(folder, "pictures");
        if (!File.Exists(Path.Combine(path, "run.json"))) Write(path, pictures);
        var run = RunDirectory.Open(path);
        using var site = new ExplorerSite(run);
        await using var server = await ExplorerServer.StartAsync(site, 0);
        using var client = new HttpClient { BaseAddress = server.Address };
        output.WriteLine();
        output.WriteLine($"Explorer, {RandomRun.Count} neurons, {Images} images, served over HTTP");
        await Time(output, client, "first page, just started", ["index.html", "data/overview.js", "data/labels.js"]);
        await Time(output, client, "first page again", ["index.html", "data/overview.js", "data/labels.js"]);
        await Time(output, client, "data of the search, all layers, first time", [.. run.Layers.Select(layer => $"data/layers/{layer}.js")]);
        await Time(output, client, "data of the search, again", [.. run.Layers.Select(layer => $"data/layers/{layer}.js")]);
        await Time(output, client, "a neuron's page, first of all", ["neuron.html", "data/neurons/0-0.js"]);
        var random = new Random(1);
        var neurons = new List<double>();
        for (int i = 0; i < Asked; i++)
            neurons.Add(await Seconds(client, [$"data/neurons/{random.Next(run.Layers.Count)}-{random.Next(48)}.js"]));
        Say(output, "other neurons' pages, median", Rounds.Median(neurons));
        Say(output, "other neurons' pages, slowest", neurons.Max());
        Say(output, "search by meaning, without the text tower", Rounds.Median(Rounds.Time(5, () => site.NearestByMeaning(randn(512)))[0]));
        await Time(output, client, "the map, laid out", ["data/plane.js"]);
        await Time(output, client, "the map, again", ["data/plane.js"]);
        output.WriteLine($"  {"largest memory of the process",-44} {Machine.PeakMemory() >> 20} MB");
    }

    private static void Write(string run, string pictures)
    {
        Pictures.Write(pictures, Files);
        string[] files = [.. Directory.EnumerateFiles(pictures).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];
        string[] hashes = [.. files.Select(file => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(pictures, file)))))];
        RandomRun.Write(run, pictures, [.. Enumerable.Range(0, Images).Select(i => files[i % Files])],
            [.. Enumerable.Range(0, Images).Select(i => hashes[i % Files])]);
    }

    private static async Task Time(TextWriter output, HttpClient client, string what, string[] addresses) =>
        Say(output, what, await Seconds(client, addresses));

    private static async Task<double> Seconds(HttpClient client, string[] addresses)
    {
        var clock = Stopwatch.StartNew();
        foreach (string address in addresses) await client.GetByteArrayAsync(new Uri(address, UriKind.Relative));
        return clock.Elapsed.TotalSeconds;
    }

    private static void Say(TextWriter output, string what, double seconds) => output.WriteLine($"  {what,-44} {1000 * seconds:0} ms");
}
