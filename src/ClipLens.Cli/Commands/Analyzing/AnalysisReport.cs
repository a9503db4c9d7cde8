using ClipLens.Cli.Output;
using ClipLens.Neurons;
using ClipLens.Runs;

namespace ClipLens.Cli.Commands.Analyzing;

/// <summary>What is said at the end of an analysis: the most selective neurons, what was left out, what to do next.</summary>
internal static class AnalysisReport
{
    private const int Neurons = 10, TextsShown = 5, FewTexts = 3, FiguresShown = 4;

    public static void Write(Terminal terminal, AnalysisResult result, IReadOnlyList<int> blocks)
    {
        var run = result.Run;
        LayerNeurons[] layers = [.. blocks.Select(run.Neurons)];
        var ranking = Selectivity.Rank(layers);
        var texts = new NeuronTexts(run, result.NewTexts.Count > 0 ? result.NewTexts[0].Pool : null);

        terminal.WriteLine($"The most selective of {ranking.Count} neurons:");
        var table = new ResultTable(["Neuron", ">Explained", ">Strongest", ">Threshold", .. Headings(layers, texts)]);
        foreach (var neuron in ranking.Take(Neurons)) table.Add(Row(neuron, layers, texts));
        terminal.Write(table);
        if (blocks.Count > 1) WriteLayers(terminal, layers, ranking, texts);
        WriteFacts(terminal, result, ranking[0], texts);
    }

    private static void WriteLayers(Terminal terminal, LayerNeurons[] layers, IReadOnlyList<NeuronId> ranking, NeuronTexts texts)
    {
        terminal.WriteLine();
        terminal.WriteLine("Layer by layer, with the most selective neuron of each:");
        var table = new ResultTable([">Layer", ">Explained (median)", "Neuron", ">Explained",
            .. Headings(layers, texts)])
        { Name = "layers" };
        foreach (var layer in layers)
        {
            var best = ranking.First(neuron => neuron.Layer == layer.Layer);
            string[] row = Row(best, layers, texts);
            table.Add([$"{layer.Layer}", Words.Percent(layer.VarianceExplained.Order().ElementAt(layer.Count / 2)), row[0], row[1],
                .. row[FiguresShown..]]);
        }
        terminal.Write(table);
    }

    private static void WriteFacts(Terminal terminal, AnalysisResult result, NeuronId best, NeuronTexts texts)
    {
        terminal.WriteLine();
        string item = RunSummary.ItemOf(result.Run);
        terminal.WriteLine($"Explained: share of the squared effects on the top {item}s that the neuron's one direction holds.");
        terminal.WriteLine($"Strongest, threshold: largest and smallest effect on its top {item}s, less its mean over all {item}s, in "
            + "percent");
        terminal.WriteLine($"of the length of the {item}'s "
            + $"representation.{(texts.Pool is null ? "" : " A text with \u2212 is one that the neuron speaks against.")}");
        terminal.WriteLine();
        foreach (string note in result.Notes) terminal.WriteLine(note);
        if (result.Unreadable > 0)
        {
            var first = result.Run.Images.First(image => image.Error is not null);
            terminal.WriteLine($"{result.Unreadable} of {result.Images} images could not be read and were left out; the first: "
                + $"{first.Error}");
        }
        foreach (string note in result.Run.Notes) terminal.WriteLine($"Note: {note}");
        int analyzed = result.Images - result.Unreadable;
        if (texts.Pool is not null && analyzed < RunDirectory.LeastImagesToActOn)
            terminal.WriteLine($"Note: What neurons act on is checked on a third of the {item}s, for which "
                + $"{Words.Count(analyzed, item)} {(analyzed == 1 ? "is" : "are")} too few; analyze at least "
                + $"{RunDirectory.LeastImagesToActOn}.");
        terminal.WriteLine(result.WasComplete ? $"The run in {result.Run.Path} had everything already "
            + $"({Words.Count(result.Images, item)})."
            : $"{Words.Count(result.Images - result.Unreadable, item)} analyzed in {StageMeter.Duration(result.Elapsed)}; the run is "
            + $"in {result.Run.Path}.");
        terminal.WriteCommand("Look at a neuron:", $"{Words.Program} show --run {Words.Quoted(result.Run.Path)} --neuron {best}"
            + (item == "text" ? "" : " --output neuron.png"));
    }

    private static string[] Row(NeuronId neuron, LayerNeurons[] layers, NeuronTexts texts)
    {
        var layer = layers.First(layer => layer.Layer == neuron.Layer);
        return
        [
            $"{neuron}", Words.Percent(layer.VarianceExplained[neuron.Index]), $"{layer.TopNormsOf(neuron.Index)[0]:0.00}",
            $"{layer.Threshold[neuron.Index]:0.00}", .. Act(layers, texts) ? [texts.ActsLine(neuron, FewTexts) ?? "-",
                texts.Line(neuron, FewTexts)] : (string[])[texts.Line(neuron, TextsShown)],
        ];
    }

    private static string[] Headings(LayerNeurons[] layers, NeuronTexts texts) => Act(layers, texts) ? ["Acts on", "Writes"] : ["Texts"];

    /// <summary>Whether the run knows what neurons act on.</summary>
    private static bool Act(LayerNeurons[] layers, NeuronTexts texts) => layers.Any(layer => texts.ActsOn(layer.Layer) is not null);
}
