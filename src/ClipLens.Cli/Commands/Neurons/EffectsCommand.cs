using System.CommandLine;
using ClipLens.Cli.Output;
using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Files;
using ClipLens.Models.Configuration;
using ClipLens.Models.Images;
using ClipLens.Runs.Settings;

namespace ClipLens.Cli.Commands.Neurons;

/// <summary>The raw second-order effects of a few images, to a file.</summary>
internal sealed class EffectsCommand : CliCommand
{
    private readonly Option<string> model, layers, output, tower;
    private readonly Option<string[]> images;
    private readonly Option<int> batch;
    private readonly Option<int?> workers;
    private readonly Option<bool> exifOrientation;

    public EffectsCommand() : base("effects",
        "Writes the second-order effects of every neuron on a few images: 'effects' [images, N, d] in percent of the length of the image's "
        + "representation (several layers: 'effects.9', 'effects.10', ...), and 'representation' [images, d], not normalised.")
    {
        model = Has(CommonOptions.Model());
        images = Has(CommonOptions.Images());
        tower = Has(CommonOptions.Tower());
        layers = Has(CommonOptions.Layers("Layers, counted from 0; the last one has no second-order effects."));
        output = Has(CommonOptions.Output("OUT.safetensors",
            "File to write; it takes 4 N d bytes an image and layer (6 MB for ViT-B/32)."));
        batch = Has(CommonOptions.Batch());
        workers = Has(CommonOptions.Workers());
        HasPlacement();
        exifOrientation = Has(CommonOptions.ExifOrientation());
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("The effects of layer 9 on two images", "cliplens effects --model ViT-B-32 --images cat.jpg dog.jpg --layers 9 --output "
            + "effects.safetensors"),
        new("Of three layers on the images of a list", "cliplens effects --model ViT-B-32 --images list.txt --layers 8-10 --output "
        + "effects.safetensors"),
        new("Of the text tower on two texts", "cliplens effects --model ViT-B-32 --tower text --images \"a dog\" \"a red car\" --layers 8 "
            + "--output effects.safetensors"),
    ];

    public override void Run(Invocation call)
    {
        var selection = LayerSelection.Parse(call.Get(layers));
        bool isText = Inputs.Tower(call.Get(tower)) == TowerKind.Text;
        if (isText && call.Get(exifOrientation)) throw new SettingException(nameof(AnalysisSettings.ApplyOrientation),
            "Texts have no EXIF data that could turn them; leave the orientation out for the text tower.");
        var texts = isText ? Inputs.Texts(call, call.Get(images)) : [];
        ImageEntry[] entries = isText ? [] : [.. Inputs.Images(call, call.Get(images))];
        string path = OutputFile.Prepare(call.Get(output));
        using var clip = Inputs.Model(call, call.Get(model));
        int count = isText ? clip.Config.Text.Layers : clip.Config.Vision.Layers;
        var blocks = selection.Resolve(count, isText ? null : clip.Config.Vision.WritingLayers);
        WorkOptions Options(IProgress<WorkProgress> progress) =>
            new() { Workers = call.Find(workers), Progress = progress, Cancellation = call.Stop };
        call.Terminal.ShowProgress(progress =>
        {
            if (isText)
            {
                EffectsFile.Write(clip, texts, blocks, path, call.Get(batch), Options(progress));
                return;
            }
            using var reader = new ImageBatchReader(clip.Preprocessor, entries, call.Get(exifOrientation));
            EffectsFile.Write(clip, reader, blocks, path, call.Get(batch), Options(progress));
        });
        string inputs = isText ? Words.Count(texts.Count, "text") : Words.Count(entries.Length, "image");
        call.Terminal.WriteLine($"Effects of {Words.Count(blocks.Count, "layer")} on {inputs} written to {path}.");
    }
}
