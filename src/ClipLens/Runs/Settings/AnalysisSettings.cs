using ClipLens.Compute;
using ClipLens.Models.Configuration;
using ClipLens.Neurons;
using ClipLens.Texts;

namespace ClipLens.Runs.Settings;

/// <summary>What <see cref="Analysis.Run"/> is to do.</summary>
public sealed record AnalysisSettings
{
    /// <summary>The checkpoint: a folder, a file, or a name as <see cref="Models.Hub.ModelHub"/> takes it, fetched if need be.</summary>
    public required string Model { get; init; }

    /// <summary>The tower whose neurons are analyzed.</summary>
    public TowerKind Tower { get; init; }

    /// <summary>The images: a folder, searched recursively, or a text file with one path a line. Of the text tower the texts that are its
    /// dataset: a text file with a text a line.</summary>
    public required string Images { get; init; }

    /// <summary>The run directory to write, or of the run to continue.</summary>
    public required string Output { get; init; }

    /// <summary>Text pools, one a file with a text a line, or names of <see cref="Models.Hub.PublishedTexts"/>; none for the pool that
    /// comes with the library.</summary>
    public IReadOnlyList<string> TextFiles { get; init; } = [];

    /// <summary>The blocks to analyze.</summary>
    public required LayerSelection Layers { get; init; }

    /// <summary>Top images of a neuron.</summary>
    public TopCount Top { get; init; } = TopCount.Default;

    /// <summary>Which way along its line a neuron's direction points.</summary>
    public DirectionSign Sign { get; init; } = DirectionSign.Strongest;

    /// <summary>Texts a neuron is described by; a table for each size.</summary>
    public IReadOnlyList<int> Sizes { get; init; } = [64];

    /// <summary>Images in a forward pass; fewer are taken where their activations would need too much memory.</summary>
    public int Batch { get; init; } = 16;

    /// <summary>Threads; the number of cores if null. The results do not depend on it.</summary>
    public int? Workers { get; init; }

    /// <summary>Where the model computes; the processor, in float32, if null.</summary>
    public Placement? Placement { get; init; }

    /// <summary>
    /// Bytes of what is kept of the images with the largest effects that are held in memory; more are read and written on disk, which is
    /// slower.
    /// </summary>
    public long MemoryBudget { get; init; } = 2L << 30;

    /// <summary>Images of the sample whose mean effects are the first centre; what suits the model if null.</summary>
    internal int? Sample { get; init; }

    /// <summary>Whether a run that is already in <see cref="Output"/> is thrown away first. Only files that a run consists of are
    /// removed.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Whether images are turned as their EXIF data says; torchvision's loader, with which CLIP was trained, does not.</summary>
    public bool ApplyOrientation { get; init; }

    /// <summary>How text embeddings become the atoms of the dictionary.</summary>
    public DictionaryScaling Scaling { get; init; } = DictionaryScaling.Unit;

    /// <summary>Time between two saves of a running pass, by which a killed run falls back.</summary>
    internal TimeSpan SaveInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Refuses settings that make no sense whatever the model and the images.</summary>
    internal void Check()
    {
        if (string.IsNullOrWhiteSpace(Model)) throw new SettingException(nameof(Model),
            "No checkpoint was given; name its folder or file.");
        if (string.IsNullOrWhiteSpace(Images)) throw new SettingException(nameof(Images), "No images were given; name a folder or a list.");
        if (ApplyOrientation && Tower == TowerKind.Text) throw new SettingException(nameof(ApplyOrientation),
            "Texts have no EXIF data that could turn them; leave the orientation out for the text tower.");
        if (string.IsNullOrWhiteSpace(Output)) throw new SettingException(nameof(Output), "No run directory was given; name one.");
        if (Sizes.Count == 0 || Sizes.Min() < 1) throw new SettingException(nameof(Sizes),
            "The number of texts a neuron must be at least 1.");
        if (Batch < 1) throw new SettingException(nameof(Batch), $"A batch of {Batch} images is not possible; give at least 1.");
        if (Workers < 1) throw new SettingException(nameof(Workers), $"{Workers} threads cannot work; give at least 1, or leave the "
            + "number out.");
        if (MemoryBudget < 1)
            throw new SettingException(nameof(MemoryBudget), $"A memory budget of {MemoryBudget} bytes is not possible; give some "
            + "hundred megabytes.");
    }
}
