using System.Globalization;
using ClipLens.Runs.Settings;
using ClipLens.Runs.Studies.Reproduction;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Runs.Studies;

/// <summary>What the command reproduce does, from C# with what is public.</summary>
public sealed class ReproductionTests : IDisposable
{
    private readonly ScratchFolder folder = new();
    private readonly ReproductionSettings settings;

    public ReproductionTests()
    {
        TinyModel.Write(folder.File("model"));
        TinyModel.WriteTexts(folder.File("pool.txt"), 30);
        foreach (var (name, seed) in new[] { ("n01_red", 1), ("n02_blue_sky", 2) })
        {
            TinyModel.WritePictures(folder.File("train", name), 10, seed);
            TinyModel.WritePictures(folder.File("val", name), 4, seed + 10);
        }
        settings = new()
        {
            Model = folder.File("model"),
            Train = folder.File("train"),
            Validation = folder.File("val"),
            TextFiles = [folder.File("pool.txt")],
            Every = 1,
            Layer = 1,
            Top = TopCount.Parse("20%"),
            Sizes = [2],
            Neurons = 3,
            Sample = 20,
            Output = folder.File("paper"),
        };
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_paper_s_figures_come_back_beside_the_measured_ones()
    {
        var result = ReproductionStudy.Run(settings, null, TestContext.Current.CancellationToken);
        Assert.Equal([0, 1, 2], result.Run.Layers);
        Assert.Equal(20, result.Run.Images.Count);
        Assert.Contains("accuracies on 8 validation images", result.Measured, StringComparison.Ordinal);
        var accuracy = result.Figures.Single(figure => figure.What == "Zero-shot accuracy (%)");
        Assert.Equal("63.3", accuracy.Published);
        // Of 8 images.
        Assert.Contains(double.Parse(accuracy.Measured, CultureInfo.InvariantCulture), Enumerable.Range(0, 9)
            .Select(right => 12.5 * right));
        Assert.Contains($"| {accuracy.What} | 63.3 | {accuracy.Measured} |", File.ReadAllText(result.ReportPath), StringComparison.Ordinal);
        Assert.Contains(result.Figures, figure => figure.What == "Accuracy with 2 texts, layer 1 (%)");

        // A second call reads what the first one measured.
        var stages = new HashSet<string>();
        var again = ReproductionStudy.Run(settings, new Watch(report => stages.Add(report.Stage)), TestContext.Current.CancellationToken);
        Assert.Equal(result.Figures, again.Figures);
        Assert.Equal(["Checking the weights"], stages.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Settings_that_make_no_sense_are_refused_by_name()
    {
        Assert.Equal(nameof(settings.Share), Refused(settings with { Share = 1.5 }));
        Assert.Equal(nameof(settings.Every), Refused(settings with { Every = 0 }));
        Assert.Equal(nameof(settings.Labels), Refused(settings with { Validation = folder.File("val", "n01_red") }));
        Assert.False(Directory.Exists(folder.File("paper", "run")));

        static string Refused(ReproductionSettings settings) =>
            Assert.Throws<SettingException>(() => ReproductionStudy.Run(settings, null, TestContext.Current.CancellationToken)).Setting;
    }
}
