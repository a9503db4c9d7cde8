using ClipLens.Compute;
using ClipLens.Drawing;
using ClipLens.Models.Images;
using ClipLens.Scenes.Language;
using ClipLens.Segmentation;
using ClipLens.Segmentation.Scores;

namespace ClipLens.Scenes.Demo;

/// <summary>The figures of a segmentation method.</summary>
internal sealed record MethodScore(string Method, SegmentationFigures Figures);

/// <summary>Segmentation of the main objects of held-out pictures against their exact masks.</summary>
internal static class DemoSegmentation
{
    /// <summary>The default and the paper's rule, and what they are to beat.</summary>
    private static readonly string[] Methods = [SegmentationMethod.Default.Name, SegmentationMethod.Paper.Name, "second_order",
        "first_order", "raw_attention"];

    public static IReadOnlyList<MethodScore> Measure(DemoWork work, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        using var pool = work.Run.PoolEmbeddings(DemoWork.Pool);
        var methods = Methods.Distinct().Select(SegmentationMethod.Named).ToList();
        int count = Math.Min(work.HeldOut.Scenes.Count, MostPictures);
        var samples = work.HeldOut.Scenes.Take(count).Select((scene, i) => Sample(work.HeldOut, i)).ToList();
        var result = SegmentationEvaluation.Run(work.Model, samples, methods, neurons: [.. work.Run.Layers.Select(work.Run.Neurons)],
            pool: pool,
            templates: WorldModel.Templates, progress: new StageProgress(progress, "Segmenting", count), cancellation: cancellation);
        return [.. result.Methods.Select(own => new MethodScore(own.Method.Name, own.All))];
    }

    /// <summary>Exact masks beside found ones.</summary>
    public static RgbImage Sheet(DemoWork work, int count)
    {
        using var pool = work.Run.PoolEmbeddings(DemoWork.Pool);
        using var segmenter = new Segmenter(work.Model, pool: pool);
        var tiles = Enumerable.Range(0, Math.Min(count, work.HeldOut.Scenes.Count)).SelectMany(i =>
        {
            var sample = Sample(work.HeldOut, i);
            var picture = sample.Picture();
            var found = segmenter.Segment(picture, [sample.Class], WorldModel.Templates)[0].Mask(picture.Width, picture.Height);
            byte[] inside = Array.ConvertAll(found, value => value > 0 ? (byte)1 : (byte)0);
            return new[]
            {
                new ContactTile(MaskOverlay.Draw(picture, sample.Mask(), 0x2060FF), $"{sample.Class}: exact"),
                new ContactTile(MaskOverlay.Draw(picture, new LabelMask(picture.Width, picture.Height, inside)), $"{sample.Class}: found"),
            };
        }).ToList();
        return new ContactSheet([], tiles, Columns: 4, TileSize: DemoSettings.PictureSize).Draw();
    }

    private const int MostPictures = 300;

    private static SegmentationSample Sample(DrawnSet set, int index)
    {
        var scene = set.Scenes[index];
        var drawn = new Lazy<RenderedScene>(() => SceneRenderer.Render(scene, set.Size));
        return new($"{index}", Lexicon.NameOf(scene.Objects[0].Kind),
            () => new RgbImage(set.Size, set.Size, drawn.Value.Rgb.ToArray()),
            () => new LabelMask(set.Size, set.Size, Array.ConvertAll(drawn.Value.Masks[0].ToArray(), inside => inside ? (byte)1
                : (byte)0)));
    }
}
