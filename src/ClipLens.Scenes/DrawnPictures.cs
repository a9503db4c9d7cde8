using System.Text.Json.Nodes;
using ClipLens.Compute;
using ClipLens.Cues.Adversarial;
using ClipLens.Scenes.Language;

namespace ClipLens.Scenes;

/// <summary>Adversarial pictures drawn by the embedded world: the class with the cues as its companions, and the same scene without
/// them.</summary>
/// <param name="size">Side of the pictures in pixels.</param>
public sealed class DrawnPictures(int size) : IPictureSource
{
    /// <inheritdoc/>
    public int Parallel => Environment.ProcessorCount;

    /// <inheritdoc/>
    public PreparedPictures Prepare(IReadOnlyList<string> cues, IProgress<WorkProgress>? progress, CancellationToken cancellation) =>
        new($"the embedded world at {size} pixels", cues.Where(cue => Understands(cue)).ToHashSet());

    /// <inheritdoc/>
    public Task<PicturePair> Draw(PictureTask task, CancellationToken cancellation)
    {
        string control = task.Asked.True, caption = control;
        // Two backgrounds, say, cannot be in one scene: the later is left out.
        foreach (string cue in task.Asked.Cues)
            if (Understands($"{caption}, {cue}")) caption += $", {cue}";
        var account = new JsonObject { ["caption"] = caption, ["control_caption"] = control };
        return Task.FromResult(new PicturePair(Picture(caption, task.Asked.Seed), Picture(control, task.Asked.Seed), account));
    }

    private static bool Understands(string caption)
    {
        try
        {
            CaptionParser.Parse(caption);
            return true;
        }
        catch (ClipLensException)
        {
            return false;
        }
    }

    private PictureFile Picture(string caption, ulong seed) =>
        new(SceneRenderer.EncodePng(SceneRenderer.Render(SceneComposer.Compose(caption, seed), size)), ".png");
}
