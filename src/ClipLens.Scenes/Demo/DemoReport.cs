using System.Globalization;
using System.Net;
using System.Text;
using ClipLens.Ablation;
using ClipLens.Cues;
using ClipLens.Drawing;
using ClipLens.Files;
using ClipLens.Models.Images;
using ClipLens.Runs;
using ClipLens.Scenes.Language;
using ClipLens.Scenes.Truth;

namespace ClipLens.Scenes.Demo;

/// <summary>The story as a page with its pictures beside it; it needs nothing from elsewhere.</summary>
internal static class DemoReport
{
    private const int ScenesShown = 20, ImagesOfNeuron = 10, SegmentsShown = 8, CuesShown = 6;

    private const string Style = """
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
        h1, h2 { line-height: 1.2; } h2 { margin-top: 2.5rem; border-top: 1px solid #ddd; padding-top: 1rem; }
        img { max-width: 100%; } table { border-collapse: collapse; margin: 1rem 0; } td, th { padding: .25rem .75rem; border-bottom: 1px solid #ddd; text-align: right; }
        td:first-child, th:first-child { text-align: left; } code { background: #f4f4f4; padding: .1rem .3rem; } .best, .planted { font-weight: 700; }
        .wide { overflow-x: auto; } .planted { background: #fff1b8; padding: 0 .2rem; }
        @media (max-width: 40rem) { body { font-size: 15px; margin: 1rem auto; } td, th { padding: .2rem .4rem; } h1 { font-size: 1.5rem; } code { overflow-wrap: anywhere; } }
        """;

    public static void Write(string path, DemoWork work)
    {
        var page = new StringBuilder();
        page.Append("<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" "
            + "content=\"width=device-width, initial-scale=1\"><title>ClipLens: a world whose truth is "
            + "known</title>\n<style>\n")
            .Append(Style).Append("\n</style></head>\n<body>\n<h1>A world whose truth is known</h1>\n");
        Paragraph(page, $"{work.Pictures.Scenes.Count} drawn pictures, a small CLIP that was trained on such pictures "
            + $"({work.Run.Manifest.Model.Blocks} blocks of {work.Run.Manifest.Model.Neurons} neurons), "
            + "and what ClipLens found out about its neurons, beside what is true.");
        Heading(page, "The pictures");
        Picture(page, work, "scenes.png", ScenesSheet(work), "Some of the pictures, with what they show");
        Scores(page, work);
        Neurons(page, work);
        AblationPart(page, work);
        SegmentationPart(page, work);
        AdversarialPart(page, work);
        Next(page, work);
        page.Append("</body>\n</html>\n");
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(page.ToString()));
    }

    private static RgbImage ScenesSheet(DemoWork work) => new ContactSheet([],
        [.. Enumerable.Range(0, Math.Min(ScenesShown, work.Pictures.Scenes.Count)).Select(i =>
            new ContactTile(Drawn(work.Pictures.Scenes[i]), CaptionWriter.WriteInFull(work.Pictures.Scenes[i])))],
        TileSize: DemoSettings.PictureSize).Draw();

    private static RgbImage Drawn(Scene scene) => new(DemoSettings.PictureSize, DemoSettings.PictureSize, SceneRenderer.Render(scene,
        DemoSettings.PictureSize).Rgb.ToArray());

    private static void Scores(StringBuilder page, DemoWork work)
    {
        Heading(page, "Scores against the truth");
        page.Append("<div class=\"wide\"><table><tr><th>Score (%)</th><th>ClipLens</th><th>baselines</th></tr>\n");
        foreach (var row in DemoScores.All(work))
        {
            double best = row.Baselines.Select(baseline => baseline.Percent).Append(row.Percent).Max(score => Math.Round(score, 1));
            page.Append($"<tr><td>{Text(row.Name)}</td><td>{Figure(row.Percent, best)}</td><td>").AppendJoin(", ",
                row.Baselines.Select(baseline => $"{Text(baseline.Name)} {Figure(baseline.Percent, best)}")).Append("</td></tr>\n");
        }
        page.Append("</table></div>\n");
        Paragraph(page, "The best of each row is bold. A text counts as true of a neuron's top images if what it says is there more "
            + "often than drawing as many images "
            + "blindly would give in 99 of 100 cases. "
            + "Strong: among the stronger half of a layer's neurons by the mean length of their effects on their top images; "
            + $"{work.ActsOn.Neurons} "
            + $"of these {work.Strong} have texts that they act on, {work.Writes.Neurons} speak for the first text that they write.");
        Paragraph(page, "Cues of every source were confirmed on the same pictures before the first ten were taken, and every source had "
            + "the same number of trial pictures to choose from its ten what its adversarial pictures show.");
    }

    /// <summary>A score; bold if it is the best of its row.</summary>
    private static string Figure(double percent, double best)
    {
        string figure = percent.ToString("0.0", CultureInfo.InvariantCulture);
        return Math.Round(percent, 1) == best ? $"<span class=\"best\">{figure}</span>" : figure;
    }

    private static void Neurons(StringBuilder page, DemoWork work)
    {
        Heading(page, "Neurons");
        var texts = new NeuronTexts(work.Run, DemoWork.Pool);
        foreach (var neuron in DemoNeurons.Shown(work))
        {
            var sheet = NeuronSheet.Draw(work.Run, work.Model, neuron.Neuron, ImagesOfNeuron, texts.Lines(neuron.Neuron, 4)) with
            {
                TileSize = DemoSettings.PictureSize
            };
            string truth = string.Create(CultureInfo.InvariantCulture,
                $"\"{neuron.Text}\" is true of {100 * neuron.Rate:0} % of its top images and of {100 * neuron.BaseRate:0.0} % of all.");
            Picture(page, work, $"neuron-{neuron.Neuron.Layer}-{neuron.Neuron.Index}.png", sheet.Draw(), truth);
        }
    }

    private static void AblationPart(StringBuilder page, DemoWork work)
    {
        Heading(page, "What the model loses without second-order effects");
        var figures = work.Ablation.Figures;
        string[] names = [AblationNames.Baseline, .. AblationNames.Fixed, AblationNames.FirstComponent,
            .. work.Ablation.Sizes.Select(AblationNames.SparseText)];
        page.Append("<div class=\"wide\"><table><tr><th>Layer</th>")
            .AppendJoin("", names.Select(name => $"<th>{Text(name.Replace('_', ' '))}</th>"))
            .Append("</tr>\n");
        foreach (var subject in figures)
            page.Append($"<tr><td>{(subject.Layer is int layer ? layer.ToString(CultureInfo.InvariantCulture) : "all together")}</td>")
                .AppendJoin("", names.Select(name => string.Create(CultureInfo.InvariantCulture, $"<td>{subject[name].Top1:0.0}</td>")))
                .Append("</tr>\n");
        page.Append("</table></div>\n");
        Paragraph(page, $"Accuracy in naming the main object of {work.HeldOut.Scenes.Count} held-out pictures, in percent.");
        page.Append("<p><img src=\"../ablation-layers.png\" alt=\"Accuracy against layer\"></p>\n");
    }

    private static void SegmentationPart(StringBuilder page, DemoWork work)
    {
        Heading(page, "Where an object is");
        Picture(page, work, "segments.png", DemoSegmentation.Sheet(work, SegmentsShown),
            "Left the exact mask of the main object, right the one that was found by its name");
    }

    private static void AdversarialPart(StringBuilder page, DemoWork work)
    {
        Heading(page, "What leads the model astray");
        page.Append("<div class=\"wide\"><table><tr><th>from</th><th>to</th><th>first cues</th></tr>\n");
        foreach (var pair in work.Pairs)
            page.Append($"<tr><td>{Text(Lexicon.NameOf(pair.True))}</td><td>{Text(Lexicon.NameOf(pair.Fooled))}</td><td>")
                .AppendJoin(", ", pair.Reports[DemoCues.Sources[0]].Cues.Take(CuesShown).Select(cue => CueOf(pair, cue)))
                .Append("</td></tr>\n");
        page.Append("</table></div>\n");
        Paragraph(page, "Marked: cues that were planted in the pictures, so that they lead astray indeed.");
        Picture(page, work, "adversarial.png", DemoAdversarial.Sheet(work),
            "Left a picture that is classified right, right the same with cues, taken for the other class");
    }

    private static string CueOf(DemoPair pair, SpuriousCue cue)
    {
        bool isPlanted = PlantedSigns.Between(pair.True, pair.Fooled).Any(sign => PlantedSigns.Names(WorldPool.Texts[cue.TextIndex].Claims,
            sign));
        return isPlanted ? $"<span class=\"planted\">{Text(cue.Text)}</span>" : Text(cue.Text);
    }

    private static void Next(StringBuilder page, DemoWork work)
    {
        var lines = DemoOutlook.Describe(work);
        if (lines.Count == 0) return;
        Heading(page, "What to try next");
        page.Append("<ul>\n");
        foreach (string command in lines)
            page.Append("<li><code>").Append(Text(command)).Append("</code></li>\n");
        page.Append("</ul>\n");
    }

    private static void Picture(StringBuilder page, DemoWork work, string name, RgbImage picture, string caption)
    {
        PngFile.Write(work.Settings.File("report", name), picture);
        page.Append("<p><img src=\"").Append(name).Append("\" alt=\"").Append(Text(caption)).Append("\"><br>").Append(Text(caption))
            .Append("</p>\n");
    }

    private static void Heading(StringBuilder page, string text) => page.Append("<h2>").Append(Text(text)).Append("</h2>\n");

    private static void Paragraph(StringBuilder page, string text) => page.Append("<p>").Append(Text(text)).Append("</p>\n");

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
