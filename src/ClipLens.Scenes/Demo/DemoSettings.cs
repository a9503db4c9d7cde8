using ClipLens.Runs.Settings;

namespace ClipLens.Scenes.Demo;

/// <summary>How much the demo draws and measures.</summary>
/// <param name="Output">The folder.</param>
/// <param name="Seed">Seed of the pictures.</param>
/// <param name="Pictures">Pictures that the neurons are described on, with the planted correlations.</param>
/// <param name="HeldOut">Pictures that accuracy, segmentation and concepts are measured on, without them.</param>
/// <param name="Top">Top images of a neuron.</param>
/// <param name="Layers">Layers to analyze.</param>
/// <param name="Sizes">Texts a neuron.</param>
/// <param name="Sheets">Neurons with a contact sheet in the report.</param>
/// <param name="Pairs">Pairs of classes to look for spurious cues between.</param>
/// <param name="Attacks">Of these, pairs to make adversarial pictures for.</param>
/// <param name="AttackCount">Adversarial pictures of a source of cues in a repeat.</param>
/// <param name="AttackRepeats">Repeats of them.</param>
/// <param name="ConfirmingPictures">Pictures that each cue is tried on.</param>
public sealed record DemoSettings(string Output, ulong Seed, int Pictures, int HeldOut, int Top, LayerSelection Layers,
    IReadOnlyList<int> Sizes, int Sheets,
    int Pairs, int Attacks, int AttackCount, int AttackRepeats, int ConfirmingPictures)
{
    /// <summary>Bytes of a picture, of what a layer has in the run for a picture and for itself, and of the rest, roughly.</summary>
    private const double PictureBytes = 28e3, LayerPictureBytes = 2e3, LayerBytes = 0.6e6, RestBytes = 4e6;

    /// <summary>Whether to begin anew where a demo was made before; what it left is deleted.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Says what to try next, a line each, in the words of whoever runs the demo; the report has none if null.</summary>
    public Func<DemoOutlook, IReadOnlyList<string>>? Next { get; init; }

    /// <summary>Side of the pictures, twice that of the model's input: they are to be looked at.</summary>
    public const int PictureSize = 128;

    /// <summary>Side of the pictures that cues are tried with: that of the model's input, as they are many.</summary>
    public const int TrialSize = 64;

    /// <summary>The usual sizes.</summary>
    /// <param name="output">The folder.</param>
    /// <param name="seed">Seed of the pictures.</param>
    /// <param name="fast">Whether fewer pictures and layers are to do, which takes some seconds instead of minutes.</param>
    public static DemoSettings Create(string output, ulong seed, bool fast) => fast
        ? new(output, seed, 400, 120, 12, LayerSelection.Parse("0-2"), [4], 4, 4, 2, 20, 1, 6)
        : new(output, seed, 2000, 600, 40, LayerSelection.All, [4, 16], 12, 8, 8, 50, 2, 12);

    /// <summary>What the demo leaves on the disk, in megabytes, roughly.</summary>
    public int Megabytes => (int)Math.Ceiling((RestBytes + PictureBytes * (Pictures + HeldOut + 2 * Attacks * AttackCount)
        + (LayerBytes + LayerPictureBytes * Pictures) * Layers.ResolveAny(WorldModel.Blocks - 1).Count) / 1e6);

    /// <summary>The path of something in the folder.</summary>
    public string File(params string[] parts) => Path.Combine([Output, .. parts]);
}
