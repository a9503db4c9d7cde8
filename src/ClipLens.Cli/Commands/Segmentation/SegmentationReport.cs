using ClipLens.Cli.Output;
using ClipLens.Runs.Studies.Applications;
using ClipLens.Segmentation;
using ClipLens.Segmentation.Scores;

namespace ClipLens.Cli.Commands.Segmentation;

/// <summary>What <c>segment-eval</c> says and writes at the end.</summary>
internal static class SegmentationReport
{
    private const int MostClasses = 30;

    public static void Write(Terminal terminal, SegmentationStudyResult study)
    {
        var result = study.Scores;
        terminal.WriteLine($"Pixels of classes named in words, found in {Words.Count(study.Photographs, "photograph")}, in percent (* "
            + "the default):");
        var table = new ResultTable("Method", ">Pixel accuracy", ">mIoU", ">mAP", "Threshold");
        foreach (var method in result.Methods)
            table.Add($"{method.Method.Name}{(IsDefault(method) ? " *" : "")}", $"{method.All.PixelAccuracy:0.0}",
                $"{method.All.MeanIou:0.0}", $"{method.All.MeanAp:0.0}",
                $"{study.ThresholdOf(method.Method)}");
        terminal.Write(table);
        WriteClasses(terminal, result);
        WritePresence(terminal, result.Presence);
    }

    private static bool IsDefault(MethodFigures method) => method.Method == SegmentationMethod.Default;

    private static void WriteClasses(Terminal terminal, SegmentationResult result)
    {
        var shown = result.Methods.FirstOrDefault(IsDefault) ?? result.Methods[0];
        if (shown.PerClass.Count is < 2 or > MostClasses) return;
        terminal.WriteLine();
        terminal.WriteLine($"By class, with {shown.Method.Name}:");
        var table = new ResultTable(["Class", ">Photographs", ">Pixel accuracy", ">mIoU", ">mAP", .. result.Presence is null
            ? Array.Empty<string>() : [">AUROC"]])
        { Name = "classes" };
        foreach (var (name, figures) in shown.PerClass)
            table.Add([name, $"{figures.Images}", $"{figures.PixelAccuracy:0.0}", $"{figures.MeanIou:0.0}", $"{figures.MeanAp:0.0}",
                .. result.Presence is { } presence ? [$"{presence.PerClass[name]:0.000}"] : Array.Empty<string>()]);
        terminal.Write(table);
    }

    private static void WritePresence(Terminal terminal, PresenceFigures? presence)
    {
        if (presence is null || double.IsNaN(presence.Auroc)) return;
        terminal.WriteLine();
        terminal.WriteLine("Classes that are in a photograph against classes that are in others only: area under the ROC curve "
            + $"{presence.Auroc:0.000}; of those that are there "
            + $"{presence.FoundPercent:0.0} % seem to be there, of those that are not {presence.MissedPercent:0.0} % seem not to be.");
    }
}
