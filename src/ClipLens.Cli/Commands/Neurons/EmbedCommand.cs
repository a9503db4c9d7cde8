using System.CommandLine;
using ClipLens.Cli.Output;
using ClipLens.Compute;
using ClipLens.Files;
using ClipLens.Models;
using ClipLens.Models.Hub;
using ClipLens.Models.Images;
using ClipLens.Texts;

namespace ClipLens.Cli.Commands.Neurons;

/// <summary>Embeddings of images or texts, to a file.</summary>
internal sealed class EmbedCommand : CliCommand
{
    private readonly Option<string> model, texts, output;
    private readonly Option<string[]> images;
    private readonly Option<int> batch;
    private readonly Option<int?> workers;
    private readonly Option<bool> exifOrientation;

    public EmbedCommand() : base("embed", "Embeds images or texts with a model: 'embeddings' [items, d] in a safetensors file, not "
        + "normalised.")
    {
        model = Has(CommonOptions.Model());
        images = Has(CommonOptions.Images(required: false));
        texts = Has(CommonOptions.Text("--texts", "T.txt", "Text file with a text a line, or a name such as words-30k; its token ids "
            + "are written too ('tokens')."));
        output = Has(CommonOptions.Output("OUT.safetensors", "File to write."));
        batch = Has(CommonOptions.Batch());
        workers = Has(CommonOptions.Workers());
        HasPlacement();
        exifOrientation = Has(CommonOptions.ExifOrientation());
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("Embed every image of a folder", "cliplens embed --model ViT-B-32 --images photos --output photos.safetensors"),
        new("Embed two images", "cliplens embed --model ViT-B-32 --images cat.jpg dog.jpg --output two.safetensors"),
        new("Embed a list of words", "cliplens embed --model ViT-B-32 --texts words.txt --output words.safetensors"),
    ];

    public override void Run(Invocation call)
    {
        var (pictures, list) = (call.Find(images), call.Find(texts));
        bool hasPictures = pictures is { Length: > 0 };
        if (hasPictures == list is not null) throw new ClipLensException("'cliplens embed' takes either --images or --texts; give one of "
            + "them.");
        string path = OutputFile.Prepare(call.Get(output));
        int items = hasPictures ? OfImages(call, Inputs.Images(call, pictures!), path) : OfTexts(call, list!, path);
        call.Terminal.WriteLine($"{Words.Count(items, hasPictures ? "image" : "text")} embedded in {path}.");
    }

    private int OfImages(Invocation call, ImageSet entries, string path)
    {
        using var clip = Inputs.Model(call, call.Get(model));
        using var reader = new ImageBatchReader(clip.Preprocessor, entries, call.Get(exifOrientation));
        call.Terminal.ShowProgress(progress => EmbeddingFile.WriteImages(clip, reader, path, call.Get(batch), How(call, progress)));
        return entries.Count;
    }

    private int OfTexts(Invocation call, string list, string path)
    {
        var lines = TextPool.FromFile(PublishedTexts.Find(list, null, call.Stop)).Texts;
        using var clip = Inputs.Model(call, call.Get(model));
        call.Terminal.ShowProgress(progress => EmbeddingFile.WriteTexts(clip, lines, path, How(call, progress)));
        return lines.Count;
    }

    private WorkOptions How(Invocation call, IProgress<WorkProgress> progress) =>
        new() { Workers = call.Find(workers), Progress = progress, Cancellation = call.Stop };
}
