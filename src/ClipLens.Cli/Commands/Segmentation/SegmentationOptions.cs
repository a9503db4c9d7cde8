using System.CommandLine;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Runs;
using ClipLens.Runs.Settings;
using ClipLens.Runs.Studies.Applications;
using ClipLens.Segmentation;

namespace ClipLens.Cli.Commands.Segmentation;

/// <summary>The options of the commands that segment, and what they stand for.</summary>
internal sealed class SegmentationOptions
{
    private readonly Option<string> run, layers, threshold, templates, pool, model;
    private readonly Option<int?> neurons, workers;

    private SegmentationOptions(Command command)
    {
        run = Has(CommonOptions.Run());
        layers = Has(CommonOptions.Text("--layers", "9,10|8-10|all",
            "Layers: of the neurons (second order, paper) or of the heads that read (first order, raw attention); each method's own if "
            + "left out."));
        neurons = Has(CommonOptions.Number("--neurons",
            $"Neurons that the method paper takes; {SegmentationSettings.PaperNeurons} if left out."));
        threshold = Has(CommonOptions.Text("--threshold", "otsu|mean|0.5",
            "Where the heat, from 0 to 1, is cut into a mask; each method's own rule if left out."));
        templates = Has(CommonOptions.Templates());
        pool = Has(CommonOptions.Pool("Text pool of the run, by which it is judged whether a class is there; its first if left out."));
        model = Has(CommonOptions.RunModel());
        workers = Has(CommonOptions.Workers());

        Option<T> Has<T>(Option<T> option)
        {
            command.Add(option);
            return option;
        }
    }

    /// <summary>The methods' names for the help.</summary>
    public static string MethodNames => string.Join('|', SegmentationMethod.All.Select(method => method.Name));

    /// <summary>Adds the options to a command.</summary>
    public static SegmentationOptions AddTo(Command command) => new(command);

    /// <summary>Reads and checks what the options name, the small things first. The model is the caller's.</summary>
    public (RunDirectory Run, ClipModel Model, SegmentationStudySettings Settings) Open(Invocation call)
    {
        var rule = call.Find(threshold) is { } text ? MaskThreshold.Parse(text) : (MaskThreshold?)null;
        var selection = call.Find(layers) is { } list ? LayerSelection.Parse(list) : null;
        var sentences = call.Find(templates) is { } file ? PromptTemplates.Read(file) : null;
        var directory = RunDirectory.Open(call.Get(run));
        var methods = new SegmentationSettings
        {
            Layers = selection?.ResolveAny(directory.Manifest.Model.Blocks),
            Neurons = call.Find(neurons),
            Threshold = rule,
            Workers = call.Find(workers),
        };
        return (directory, Inputs.RunModel(call, directory, call.Find(model)), new()
        {
            Methods = methods,
            Pool = call.Find(pool),
            Templates = sentences
        });
    }
}
