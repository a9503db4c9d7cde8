using ClipLens.Cli.Output;
using ClipLens.Compute;
using ClipLens.Drawing;
using ClipLens.Models.Images;
using ClipLens.Scenes;
using ClipLens.Scenes.Language;
using ClipLens.Segmentation;
using ClipLens.Segmentation.Scores;

namespace ClipLens.Cli.Commands.Demo;

/// <summary>The figures of a segmentation method.</summary>
internal sealed record MethodScore(string Method, SegmentationFigures Figures);

/// <summary>Segmentation of the main objects of held-out pictures against their exact masks.</summary>
internal static class DemoSegmentation
{
    /// <summary>The default and the paper's rule, and what they are to beat.</summary>
    private static readonly string[] Methods = [SegmentationMethod.Default.Name, SegmentationMethod.Paper.Name, "second_order", "first_order", "raw_attention"];

    public static IReadOnlyList<MethodScore> Measure(DemoJob job, IProgress<WorkProgress> progress, CancellationToken stop)
    {
        using var pool = job.Run.PoolEmbeddings(DemoJob.Pool);
        var methods = Methods.Distinct().Select(SegmentationMethod.Named).ToList();
        int count = Math.Min(job.HeldOut.Scenes.Count, MostPictures);
        var samples = job.HeldOut.Scenes.Take(count).Select((scene, i) => Sample(job.HeldOut, i)).ToList();
        var result = SegmentationEvaluation.Run(job.Model, samples, methods, neurons: [.. job.Run.Layers.Select(job.Run.Neurons)], pool: pool,
            templates: WorldModel.Templates, progress: new StageProgress(progress, "Segmenting", count), cancellation: stop);
        return [.. result.Methods.Select(own => new MethodScore(own.Method.Name, own.All))];
    }

    /// <summary>Exact masks beside found ones.</summary>
    public static RgbImage Sheet(DemoJob job, int count)
    {
        using var pool = job.Run.PoolEmbeddings(DemoJob.Pool);
        using var segmenter = new Segmenter(job.Model, pool: pool);
        var tiles = Enumerable.Range(0, Math.Min(count, job.HeldOut.Scenes.Count)).SelectMany(i =>
        {
            var sample = Sample(job.HeldOut, i);
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
            () => new RgbImage(set.Size, set.Size, drawn.Value.Rgb),
            () => new LabelMask(set.Size, set.Size, Array.ConvertAll(drawn.Value.Masks[0], inside => inside ? (byte)1 : (byte)0)));
    }
}
