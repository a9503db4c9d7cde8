using ClipLens.Runs.Settings;

namespace ClipLens.Runs.Studies.Ablation;

/// <summary>What <see cref="ComparisonStudy.Run"/> is to do.</summary>
public sealed record ComparisonSettings
{
    /// <summary>Layers of the run; all that it has for <see cref="LayerSelection.All"/>.</summary>
    public required LayerSelection Layers { get; init; }

    /// <summary>Neurons of a layer, drawn at random, whose effects are measured one by one.</summary>
    public int Neurons { get; init; } = 64;

    /// <summary>Images of the run's dataset, drawn at random, to measure them on. Indirect effects cost a part of a forward pass for every
    /// neuron and image.</summary>
    public int Sample { get; init; } = 300;

    /// <summary>Top images of a neuron among these; as large a share as in the run, but at least 20, if null.</summary>
    public int? Top { get; init; }

    /// <summary>Draws of the bootstrap for the confidence intervals.</summary>
    public int Resamples { get; init; } = 2000;

    /// <summary>Seed of everything that is drawn.</summary>
    public ulong Seed { get; init; }

    /// <summary>Refuses settings that make no sense whatever the run.</summary>
    /// <exception cref="SettingException">More top images are asked for than images are looked at.</exception>
    public void Check() => CheckTop(Top, Sample);

    internal static void CheckTop(int? top, int images)
    {
        if (top > images)
            throw new SettingException(nameof(Top),
                $"{top} top images of a neuron were asked for, but effects are measured on {images} images; ask for fewer, or for a "
                + "larger sample.");
    }
}
