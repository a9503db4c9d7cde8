using ClipLens.Cli.Output;
using ClipLens.Effects;
using ClipLens.Runs.Studies.Ablation;

namespace ClipLens.Cli.Commands.Evaluation;

/// <summary>What <c>compare</c> says at the end.</summary>
internal static class ComparisonReport
{
    public static void Write(Terminal terminal, ComparisonResult result, string path)
    {
        foreach (var layer in result.Layers) WriteLayer(terminal, layer, result.Images);
        terminal.WriteLine("Accuracy without: top-1 in percent with the mean in place of every effect of the layer. On top images: share "
            + "of the squared");
        terminal.WriteLine("effects, less their mean, on the top images. Mean size: of the effects less their mean, in percent of the "
            + "representation's length.");
        terminal.WriteLine($"All figures are in {path}.");
    }

    private static void WriteLayer(Terminal terminal, LayerComparison layer, int labelled)
    {
        terminal.WriteLine($"Layer {layer.Layer}: {Words.Count(labelled, "labelled image")}; effects of "
            + $"{Words.Count(layer.Neurons.Count, "neuron")} one by one on "
            + $"{Words.Count(layer.Images, "image")} of the run, top {layer.Top}");
        var table = new ResultTable("Effect", ">Accuracy without", ">Difference", ">95 % interval", ">Explained by first component",
            ">On top images", ">Mean size");
        table.Add("none replaced", $"{layer.Baseline.Top1:0.0}", "", "", "", "", "");
        foreach (var (kind, own, measured) in layer.Kinds)
            table.Add(NameOf(kind), $"{own.Top1:0.0}", $"{own.Difference:+0.0;-0.0;0.0}",
            $"{own.DifferenceInterval.Low:0.0} to {own.DifferenceInterval.High:0.0}",
                Words.Percent(measured.Explained.Average()), Words.Percent(measured.TopShare.Average()),
                $"{measured.MeanNorm.Average():0.000}");
        terminal.Write(table);
    }

    private static string NameOf(EffectKind kind) => kind switch
    {
        EffectKind.FirstOrder => "first-order",
        EffectKind.SecondOrder => "second-order",
        _ => "indirect",
    };
}
