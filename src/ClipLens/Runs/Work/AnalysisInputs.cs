using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Models.Configuration;
using ClipLens.Models.Hub;
using ClipLens.Models.Images;
using ClipLens.Runs.Settings;
using ClipLens.Texts;

namespace ClipLens.Runs.Work;

/// <summary>What the settings of an analysis stand for: found, opened and checked before anything is written.</summary>
internal sealed class AnalysisInputs : IDisposable
{
    private AnalysisInputs(AnalysisSettings settings, ImageSet images, IReadOnlyList<PoolTexts> pools, LocalModel place, ClipModel model)
    {
        (Settings, Images, Pools, Place, Model) = (settings, images, pools, place, model);
        Notes = images.LeftOutSentence is { } leftOut ? [.. model.Notes, leftOut] : model.Notes;
        Shape = TowerShape.From(model.Config, settings.Tower);
        Layers = settings.Layers.Resolve(Shape.Layers, Shape.WritingLayers);
    }

    public AnalysisSettings Settings { get; }

    public IReadOnlyList<ImageEntry> Images { get; }

    public IReadOnlyList<PoolTexts> Pools { get; }

    /// <summary>Where the model is, and what it is called.</summary>
    public LocalModel Place { get; }

    public ClipModel Model { get; }

    /// <summary>The shape of the tower that is analyzed.</summary>
    public TowerShape Shape { get; }

    /// <summary>What a person should know about the inputs, in sentences.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>The blocks asked for, ascending.</summary>
    public IReadOnlyList<int> Layers { get; }

    /// <exception cref="ClipLensException">An input is missing or broken, or a setting does not fit the others.</exception>
    public static AnalysisInputs Open(AnalysisSettings settings, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        settings.Check();
        var images = settings.Tower == TowerKind.Text ? Texts(settings.Images) : ImageList.Find(settings.Images);
        _ = settings.Top.Resolve(images.Count);
        var pools = PoolTexts.Load(settings.TextFiles);
        var place = ModelHub.Get(settings.Model, null, progress, cancellation);
        var model = ClipModel.Load(place.Path, settings.Placement);
        try
        {
            return new(settings, images, pools, place, model);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    public void Dispose() => Model.Dispose();

    /// <summary>Texts as a dataset: each is its own name.</summary>
    private static ImageSet Texts(string file) => new([.. TextPool.FromFile(file).Texts.Select(text => new ImageEntry(text, file))]);
}
