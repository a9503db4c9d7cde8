using System.Text.RegularExpressions;
using ClipLens.Explorer;
using ClipLens.Runs;
using ClipLens.Tests.Cli;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Explorer;

public sealed partial class ReportTests(ExplorerRun explorer) : IClassFixture<ExplorerRun>
{
    [Fact]
    public void The_folder_holds_every_file_of_the_site_byte_for_byte()
    {
        using var folder = new ScratchFolder();
        using var site = new ExplorerSite(explorer.Run);
        var report = ExplorerReport.Write(site, folder.Path, cancellation: TestContext.Current.CancellationToken);
        string[] files = [.. Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder.Path, file).Replace('\\', '/')).Order(StringComparer.Ordinal)];
        Assert.Equal(site.DataAddresses.Concat(site.PictureAddresses).Order(StringComparer.Ordinal), files);
        Assert.All(files, file => Assert.Equal(site.Find(file)!.Bytes, File.ReadAllBytes(folder.File(file))));
        Assert.Equal((files.Length, 0), (report.Files, report.MissingPictures));
        Assert.Equal(files.Sum(file => new FileInfo(folder.File(file)).Length), report.Bytes);
        Assert.Contains("data/neurons/2-7.js", files);
        Assert.False(ExplorerRun.Data(site, "data/overview").GetProperty("live").GetBoolean());
    }

    [Fact]
    public void The_pages_load_nothing_from_elsewhere_and_nothing_that_is_not_there()
    {
        string[] pages = [.. explorer.Site.DataAddresses.Where(address => !address.StartsWith("data/"))];
        Assert.Contains("index.html", pages);
        foreach (string page in pages)
        {
            string text = System.Text.Encoding.UTF8.GetString(explorer.Site.Find(page)!.Bytes);
            Assert.Empty(Elsewhere().Matches(text));
            Assert.DoesNotContain("innerHTML", text);
            if (page.EndsWith(".html")) Assert.All(Link().Matches(text), link => Assert.Contains(link.Groups[1].Value, pages));
        }
    }

    [Fact]
    public void An_image_that_has_gone_leaves_its_place_empty_and_is_counted()
    {
        using var tiny = new TinyRun();
        tiny.Run();
        var shown = RunDirectory.Open(tiny.Output).Neurons(1).TopImagesOf(0)[0];
        File.Delete(tiny.File("images", $"{shown:000}.png"));
        CliCall.Refused($"{tiny.Output} is a run, among whose files the pages would lie; give another folder (--output).", "report",
            "--run",
            tiny.Output, "--output", tiny.Output);
        var call = CliCall.Run("report", "--run", tiny.Output, "--output", tiny.File("pages"));
        Assert.Equal(0, call.Code);
        Assert.Contains("1 image of the run is not there any more or has changed; its place in the pages is empty.", call.Error);
        Assert.Matches(@"\A\d+ files, \d+\.\d MB; open .*index\.html in a browser\.\n\z", call.Output);
        Assert.False(File.Exists(tiny.File("pages", "images", $"{shown}.jpg")));
        Assert.True(File.Exists(tiny.File("pages", "data", "layers", "2.js")));
    }

    /// <summary>An address of another host, but for the names of XML's vocabularies.</summary>
    [GeneratedRegex(@"(?<!\w)(https?:)?//(?!www\.w3\.org/2000/svg)[\w.-]+\.\w+")]
    private static partial Regex Elsewhere();

    [GeneratedRegex("(?:src|href|action)=\"([^\"#]+)\"")]
    private static partial Regex Link();
}
