using ClipLens.Compute;
using ClipLens.Runs.Settings;
using ClipLens.Runs.Studies.Applications;

namespace ClipLens.Runs.Studies.Reproduction;

/// <summary>What <see cref="ReproductionStudy.Run"/> is to do; the defaults are the paper's.</summary>
public sealed record ReproductionSettings
{
    /// <summary>The checkpoint: a folder, a file, or a name as <see cref="Models.Hub.ModelHub"/> takes it, fetched if need be.</summary>
    public required string Model { get; init; }

    /// <summary>Training images: a folder, searched recursively, or a text file with one path a line.</summary>
    public required string Train { get; init; }

    /// <summary>Labelled images: a folder with a folder a class, or any with <see cref="Labels"/>.</summary>
    public required string Validation { get; init; }

    /// <summary>ImageNet-R, a folder a class, whose names are among those of <see cref="Validation"/>; left out if null.</summary>
    public string? Rendition { get; init; }

    /// <summary>The classes of the validation images: a file with the columns <c>file,label</c>; their folders are their classes if
    /// null.</summary>
    public string? Labels { get; init; }

    /// <summary>A file with the names of the classes, in the order of their folders; the folders' names if null.</summary>
    public string? Classes { get; init; }

    /// <summary>A file with sentences around a class name, one a line, {} for the name; a short set of our own if null.</summary>
    public string? Templates { get; init; }

    /// <summary>Text pools, one a file with a text a line; none for the pool that comes with the library.</summary>
    public IReadOnlyList<string> TextFiles { get; init; } = [];

    /// <summary>Of the training images, in order of their names, one of so many.</summary>
    public int Every { get; init; } = 250;

    /// <summary>Share of these training images and of the validation images to use, evenly spread: above 0, up to 1.</summary>
    public double Share { get; init; } = 1;

    /// <summary>Layers to analyze and ablate.</summary>
    public LayerSelection Layers { get; init; } = LayerSelection.All;

    /// <summary>Layer to compare the kinds of effect in.</summary>
    public int Layer { get; init; } = 9;

    /// <summary>Top images of a neuron.</summary>
    public TopCount Top { get; init; } = TopCount.Parse("2%");

    /// <summary>Texts a neuron.</summary>
    public IReadOnlyList<int> Sizes { get; init; } = [8, 16, 32, 64, 128];

    /// <summary>Neurons whose first-order and indirect effects are measured one by one.</summary>
    public int Neurons { get; init; } = 64;

    /// <summary>Images to measure them on.</summary>
    public int Sample { get; init; } = 300;

    /// <summary>Threads; the number of cores if null.</summary>
    public int? Workers { get; init; }

    /// <summary>Where the model computes; the processor, in float32, if null.</summary>
    public Placement? Placement { get; init; }

    /// <summary>Folder for the run, the figures and the report; made where it is missing.</summary>
    public required string Output { get; init; }

    /// <summary>What the report has in place of measured figures of segmentation: how they are measured, in words that its reader
    /// knows.</summary>
    public string Segmentation { get; init; } = nameof(SegmentationStudy);

    /// <summary>The same for adversarial images.</summary>
    public string AdversarialImages { get; init; } = nameof(AdversarialStudy);

    internal string File(string name) => Path.Combine(Output, name);

    internal void Check()
    {
        if (!(Share > 0 && Share <= 1)) throw new SettingException(nameof(Share),
            $"A share of {Share} of the images is not possible; give a number above 0 and up to 1.");
        if (Every < 1) throw new SettingException(nameof(Every), $"One of {Every} training images is not possible; give a whole number "
            + "of at least 1.");
    }
}
