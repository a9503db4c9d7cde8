using System.CommandLine;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Neurons;
using ClipLens.Runs;
using ClipLens.Segmentation;
using static TorchSharp.torch;

namespace ClipLens.Cli.Commands.Segmentation;

/// <summary>The options of the commands that segment, and what they stand for.</summary>
internal sealed class SegmentationOptions
{
    private readonly Option<string> run, layers, threshold, templates, pool, model;
    private readonly Option<int?> neurons;

    private SegmentationOptions(Command command)
    {
        run = Has(CommonOptions.Run());
        layers = Has(CommonOptions.Text("--layers", "9,10|8-10|all", "Layers: of the neurons (second order, paper) or of the heads that read (first order, raw attention); each method's own if left out."));
        neurons = Has(CommonOptions.Number("--neurons", $"Neurons that the method paper takes; {SegmentationSettings.PaperNeurons} if left out."));
        threshold = Has(CommonOptions.Text("--threshold", "otsu|mean|0.5", "Where the heat, from 0 to 1, is cut into a mask; each method's own rule if left out."));
        templates = Has(CommonOptions.Text("--templates", "F.txt", "Sentences around a class name, one a line, {} for the name; a short set of our own if left out."));
        pool = Has(CommonOptions.Text("--pool", "NAME", "Text pool of the run, by which it is judged whether a class is there; its first if left out."));
        model = Has(CommonOptions.Text("--model", "M", "Where the run's checkpoint is now, if it was moved."));

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

    /// <summary>Reads and checks what the options name, the small things first.</summary>
    public Opened Open(Invocation call)
    {
        var rule = call.Find(threshold) is { } text ? MaskThreshold.Parse(text) : (MaskThreshold?)null;
        var selection = call.Find(layers) is { } list ? LayerSelection.Parse(list) : null;
        var sentences = call.Find(templates) is { } file ? PromptTemplates.Read(file) : null;
        var directory = RunDirectory.Open(call.Get(run));
        var settings = new SegmentationSettings
        {
            Layers = selection?.ResolveAny(directory.Manifest.Model.Blocks),
            Neurons = call.Find(neurons),
            Threshold = rule,
        };
        string? name = call.Find(pool) ?? (directory.Pools.Count > 0 ? directory.Pools[0].Name : null);
        var embeddings = name is null ? null : directory.PoolEmbeddings(name);
        return new(directory, directory.LoadModel(call.Find(model)), settings, [.. directory.Layers.Select(directory.Neurons)], sentences, name, embeddings);
    }

    /// <summary>What the options stand for.</summary>
    /// <param name="Run">The run.</param>
    /// <param name="Model">Its model.</param>
    /// <param name="Settings">Settings of the methods.</param>
    /// <param name="Neurons">The neurons of all its layers.</param>
    /// <param name="Templates">Sentences; null for our own.</param>
    /// <param name="Pool">Name of the text pool; null if the run has none.</param>
    /// <param name="PoolEmbeddings">Its embeddings [M, d].</param>
    internal sealed record Opened(RunDirectory Run, ClipModel Model, SegmentationSettings Settings, IReadOnlyList<LayerNeurons> Neurons,
        IReadOnlyList<string>? Templates, string? Pool, Tensor? PoolEmbeddings) : IDisposable
    {
        public void Dispose()
        {
            PoolEmbeddings?.Dispose();
            Model.Dispose();
        }
    }
}
