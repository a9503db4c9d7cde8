using System.CommandLine;
using ClipLens.Segmentation.Scores;

namespace ClipLens.Cli.Commands.Segmentation;

/// <summary>The options that say where photographs with masks are, and their samples.</summary>
internal sealed class SegmentationSources
{
    private const string Ways = "give --images, --masks and --labels, or --voc, or --mat and --labels";
    private readonly Option<string> images, masks, labels, voc, set, mat;

    private SegmentationSources(Command command)
    {
        images = Has(CommonOptions.Text("--images", "DIR", "Folder of the photographs, id.jpg or the like."));
        masks = Has(CommonOptions.Text("--masks", "DIR", "Folder of their masks, id.png: 0 background, 255 ignored, the rest object."));
        labels = Has(CommonOptions.Text("--labels", "L.csv",
            "Columns id,class: which class to find in which photograph; with --mat ids or synsets (n02084071)."));
        voc = Has(CommonOptions.Text("--voc", "DIR",
            "Instead: a folder in Pascal VOC's layout (JPEGImages, SegmentationClass, ImageSets/Segmentation)."));
        set = Has(CommonOptions.Text("--set", "val|train|trainval", "Pascal VOC's image set.", "val"));
        mat = Has(CommonOptions.Text("--mat", "gtsegs_ijcv.mat", "Instead: ImageNet-Segmentation's file, with --labels."));

        Option<string> Has(Option<string> option)
        {
            command.Add(option);
            return option;
        }
    }

    /// <summary>Adds the options to a command.</summary>
    public static SegmentationSources AddTo(Command command) => new(command);

    /// <summary>The samples that the options name.</summary>
    /// <param name="call">The call.</param>
    /// <param name="open">The file that must stay open while samples are read; null if there is none.</param>
    public IReadOnlyList<SegmentationSample> Read(Invocation call, out IDisposable? open)
    {
        open = null;
        var (pictures, objects, names, layout, file) = (call.Find(images), call.Find(masks), call.Find(labels), call.Find(voc),
            call.Find(mat));
        switch (pictures, objects, names, layout, file)
        {
            case ({ }, { }, { }, null, null):
                return SegmentationFolder.Read(pictures, objects, names);
            case (null, null, null, { }, null):
                return SegmentationFolder.Voc(layout, call.Get(set));
            case (null, null, { }, null, { }):
                var opened = SegmentationMatFile.Open(file);
                open = opened;
                return opened.Samples(names);
            default:
                throw new ClipLensException($"'cliplens segment-eval' needs images with masks; {Ways}.");
        }
    }
}
