using ClipLens.Models;
using ClipLens.Models.Images;

namespace ClipLens.Runs;

/// <summary>What the settings of an analysis stand for: found, opened and checked before anything is written.</summary>
internal sealed class AnalysisInputs : IDisposable
{
    private AnalysisInputs(AnalysisSettings settings, ImageSet images, IReadOnlyList<PoolTexts> pools, ClipModel model)
    {
        (Settings, Images, Pools, Model) = (settings, images, pools, model);
        Notes = images.LeftOutSentence is { } leftOut ? [.. model.Notes, leftOut] : model.Notes;
        Layers = settings.Layers.Resolve(model.Config.Vision.Layers, model.Config.Vision.WritingLayers);
    }

    public AnalysisSettings Settings { get; }

    public IReadOnlyList<ImageEntry> Images { get; }

    public IReadOnlyList<PoolTexts> Pools { get; }

    public ClipModel Model { get; }

    /// <summary>What a person should know about the inputs, in sentences.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>The blocks asked for, ascending.</summary>
    public IReadOnlyList<int> Layers { get; }

    /// <exception cref="ClipLensException">An input is missing or broken, or a setting does not fit the others.</exception>
    public static AnalysisInputs Open(AnalysisSettings settings)
    {
        settings.Check();
        var images = ImageList.Find(settings.Images);
        _ = settings.Top.Resolve(images.Count);
        var pools = PoolTexts.Load(settings.TextFiles);
        var model = ClipModel.Load(settings.Model);
        try
        {
            return new(settings, images, pools, model);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    public void Dispose() => Model.Dispose();
}
