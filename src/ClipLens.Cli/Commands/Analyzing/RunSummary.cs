using ClipLens.Cli.Commands.Evaluation;
using ClipLens.Cli.Output;
using ClipLens.Models.Configuration;
using ClipLens.Neurons;
using ClipLens.Runs;
using ClipLens.Runs.Studies.Truth;

namespace ClipLens.Cli.Commands.Analyzing;

/// <summary>What <c>show</c> says of a whole run: what it is of, and layer by layer how concentrated its neurons are and how true their
/// texts.</summary>
internal static class RunSummary
{
    private const int TextsShown = 5, FewTexts = 3;

    /// <summary>What the dataset of a run consists of.</summary>
    public static string ItemOf(RunDirectory run) => run.Manifest.Settings.Tower == TowerKind.Text ? "text" : "image";

    public static void Write(Terminal terminal, RunDirectory run, string? pool, int? size)
    {
        var facts = run.Manifest;
        var texts = new NeuronTexts(run, pool, size);
        int readable = run.Images.Count(image => image.Error is null), top = run.Neurons(run.Layers[0]).Top;
        terminal.WriteLine($"Model   {facts.Model.Name ?? facts.Model.Path} ({facts.Model.Format}, {facts.Model.Blocks} blocks of "
            + $"{facts.Model.Neurons} "
            + "neurons)");
        string item = ItemOf(run);
        terminal.WriteLine($"{(item == "text" ? "Dataset" : "Images ")} {readable} of {facts.Images.Source}; top {item}s of a "
            + $"neuron: {top} ({Words.Percent((double)top / readable)})");
        foreach (string note in run.Notes) terminal.WriteLine($"Note    {note}");
        foreach (var own in run.Pools) terminal.WriteLine($"Texts   {own.Count} of {own.Source}, called {own.Name}");
        terminal.WriteLine();
        WriteLayers(terminal, run, texts);
        terminal.WriteLine($"Explained: share of the squared effects on a neuron's top {item}s that its one direction holds; median of the "
            + "layer, and of its most selective neuron.");
        WriteTruths(terminal, run, texts, size);
    }

    private static void WriteLayers(Terminal terminal, RunDirectory run, NeuronTexts texts)
    {
        bool act = run.Layers.Any(layer => texts.ActsOn(layer) is not null);
        var table = new ResultTable([">Layer", ">Neurons", ">Explained", "Most selective", ">Explained", .. act
            ? (string[])["Acts on", "Writes"]
            : ["Texts"]]);
        foreach (var layer in run.Layers.Select(run.Neurons))
        {
            var best = Selectivity.Rank([layer])[0];
            string[] own = [texts.Line(best, act ? FewTexts : TextsShown)];
            table.Add([$"{layer.Layer}", $"{layer.Count}", Words.Percent(layer.VarianceExplained.Order().ElementAt(layer.Count / 2)),
                $"{best}", Words.Percent(layer.VarianceExplained[best.Index]),
                .. act ? [texts.ActsLine(best, FewTexts) ?? "-", .. own] : own]);
        }
        terminal.Write(table);
    }

    private static void WriteTruths(Terminal terminal, RunDirectory run, NeuronTexts texts, int? size)
    {
        if (texts.Pool is not { } pool) return;
        var truths = (from layer in run.Layers
                      from scored in LayerTruth.Sizes(run, layer, pool)
                      where size is null || scored == size
                      select LayerTruth.Read(run, layer, pool, scored)).ToList();
        terminal.WriteLine();
        if (truths.Count == 0)
        {
            terminal.WriteLine("Whether the descriptions are true has not been measured; the command ablate does, on labelled images.");
            return;
        }
        terminal.WriteLine($"How well the texts of a neuron from {pool} tell on which held-out images it is significant (area under the "
            + "ROC curve, 0.5 for nothing; median [10 %, 90 %] of neurons):");
        var table = new ResultTable([">Layer", ">Texts", .. TruthCells.Columns]) { Name = "descriptions" };
        foreach (var truth in truths) table.Add([$"{truth.Layer}", $"{truth.Size}", .. TruthCells.Fill(truth)]);
        terminal.Write(table);
        terminal.WriteLine(TruthCells.Legend);
    }
}
