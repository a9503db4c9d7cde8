namespace ClipLens.Segmentation;

/// <summary>What a heat map is made of.</summary>
public enum HeatKind
{
    /// <summary>Mean activation of the neurons whose directions are closest to the class (paper, Section 5.2).</summary>
    NeuronMean,

    /// <summary>What the neurons add through later heads (second-order attribution).</summary>
    SecondOrder,

    /// <summary>What the late heads carry from each patch (first-order attribution).</summary>
    FirstOrder,

    /// <summary>The same without what every patch carries alike, the biases.</summary>
    FirstOrderContent,

    /// <summary>Attention of the class token in the last block.</summary>
    RawAttention,

    /// <summary>Attention rollout.</summary>
    Rollout,

    /// <summary>GradCAM on the last block's attention.</summary>
    GradCam,
}

/// <summary>A named way to find a class's pixels in an image.</summary>
/// <param name="Name">Its name on the command line and in results.</param>
/// <param name="Kind">What the map is made of.</param>
/// <param name="Threshold">Where the map is cut into a mask.</param>
/// <param name="Detail">Patches along a side, as a multiple of the model's own; above 1 the positions are interpolated.</param>
/// <param name="SpreadSteps">How often the heat is spread over patches that attend to each other.</param>
/// <param name="ColourSteps">How often every pixel takes over the heat of pixels around it that have its colour.</param>
public sealed record SegmentationMethod(string Name, HeatKind Kind, MaskThreshold Threshold, double Detail = 1, int SpreadSteps = 0,
    int ColourSteps = 0)
{
    private const double Fine = 1.5;
    private const int Edges = 10;

    /// <summary>The best of all on images that it was not chosen on.</summary>
    public static SegmentationMethod Default { get; } = new("first_order_spread", HeatKind.FirstOrderContent, MaskThreshold.Otsu, Fine, 2,
        Edges);

    /// <summary>The paper's rule.</summary>
    public static SegmentationMethod Paper { get; } = new("paper", HeatKind.NeuronMean, MaskThreshold.Fixed(0.5f));

    /// <summary>All methods, the default first.</summary>
    public static IReadOnlyList<SegmentationMethod> All { get; } =
    [
        Default,
        new("second_order_spread", HeatKind.SecondOrder, MaskThreshold.Otsu, Fine, 2, Edges),
        new("first_order", HeatKind.FirstOrder, MaskThreshold.Mean),
        new("second_order", HeatKind.SecondOrder, MaskThreshold.Mean),
        Paper,
        new("raw_attention", HeatKind.RawAttention, MaskThreshold.Mean),
        new("rollout", HeatKind.Rollout, MaskThreshold.Mean),
        new("grad_cam", HeatKind.GradCam, MaskThreshold.Mean),
    ];

    /// <summary>The method of a name.</summary>
    /// <exception cref="ClipLensException">There is none.</exception>
    public static SegmentationMethod Named(string name) => All.FirstOrDefault(method => method.Name == name)
        ?? throw new ClipLensException($"There is no method '{name}'; give one of {string.Join(", ", All.Select(method => method.Name))}.");
}

/// <summary>What a segmentation can be told beside its method.</summary>
public sealed record SegmentationSettings
{
    /// <summary>How many neurons the paper's rule takes, where there are as many.</summary>
    public const int PaperNeurons = 200;

    /// <summary>Blocks: those whose neurons count (second order, paper), or those that read (first order, raw attention); each method's own
    /// if null.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>How many neurons the paper's rule takes; 200, or all where there are fewer, if null.</summary>
    public int? Neurons { get; init; }

    /// <summary>Where maps are cut; each method's own rule if null.</summary>
    public MaskThreshold? Threshold { get; init; }

    /// <summary>Threads that work at once, where there are several images or texts; the number of cores if null.</summary>
    public int? Workers { get; init; }
}
