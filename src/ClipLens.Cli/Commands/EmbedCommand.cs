using System.CommandLine;
using ClipLens.Cli.Output;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Texts;

namespace ClipLens.Cli.Commands;

/// <summary>Embeddings of images or texts, to a file.</summary>
internal sealed class EmbedCommand : CliCommand
{
    private readonly Option<string> model, texts, output;
    private readonly Option<string[]> images;
    private readonly Option<int> batch;
    private readonly Option<int?> workers;
    private readonly Option<bool> exifOrientation;

    public EmbedCommand() : base("embed", "Embeds images or texts with a model: 'embeddings' [items, d] in a safetensors file, not normalised.")
    {
        model = Has(CommonOptions.Model());
        images = Has(CommonOptions.Images(required: false));
        texts = Has(CommonOptions.Text("--texts", "T.txt", "Text file with a text a line; its token ids are written too ('tokens')."));
        output = Has(CommonOptions.Output("OUT.safetensors", "File to write."));
        batch = Has(CommonOptions.Batch());
        workers = Has(CommonOptions.Workers());
        exifOrientation = Has(CommonOptions.ExifOrientation());
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("Embed every picture of a folder", "cliplens embed --model ViT-B-32 --images photos --output photos.safetensors"),
        new("Embed two pictures", "cliplens embed --model ViT-B-32 --images cat.jpg dog.jpg --output two.safetensors"),
        new("Embed a list of words", "cliplens embed --model ViT-B-32 --texts words.txt --output words.safetensors"),
    ];

    public override void Run(Invocation call)
    {
        var (pictures, list) = (call.Find(images), call.Find(texts));
        bool hasPictures = pictures is { Length: > 0 };
        if (hasPictures == list is not null) throw new ClipLensException("'cliplens embed' takes either --images or --texts; give one of them.");
        string path = Inputs.OutputFile(call.Get(output));
        int items = hasPictures ? OfImages(call, Inputs.Images(call, pictures!), path) : OfTexts(call, list!, path);
        call.Terminal.WriteLine($"{items} {(hasPictures ? "images" : "texts")} embedded in {path}.");
    }

    private int OfImages(Invocation call, ImageSet entries, string path)
    {
        using var clip = Inputs.Model(call, call.Get(model));
        var settings = new ImagePassSettings
        {
            Batch = call.Get(batch),
            Workers = call.Find(workers),
            ApplyOrientation = call.Get(exifOrientation),
        };
        call.Terminal.ShowProgress(progress =>
            EmbeddingFile.OfImages(clip, entries, path, settings, new Stage(progress, "Embedding images", entries.Count), call.Stop));
        return entries.Count;
    }

    private int OfTexts(Invocation call, string list, string path)
    {
        var lines = TextPool.FromFile(list).Texts;
        using var clip = Inputs.Model(call, call.Get(model));
        call.Terminal.ShowProgress(progress =>
            EmbeddingFile.OfTexts(clip, lines, path, new Stage(progress, "Embedding texts", lines.Count), call.Stop));
        return lines.Count;
    }
}
