using System.Text.Json.Nodes;
using ClipLens.Compute;
using ClipLens.Cues.Adversarial;
using ClipLens.Scenes.Drawing;
using ClipLens.Scenes.Language;

namespace ClipLens.Scenes;

/// <summary>
/// Adversarial pictures drawn by the embedded world: the class with the cues, and the same scene without them. Things stand beside the
/// class, a background takes the place of the present one, a colour or a pattern is put on the class itself.
/// </summary>
/// <param name="size">Side of the pictures in pixels.</param>
public sealed class DrawnPictures(int size) : IPictureSource
{
    /// <inheritdoc/>
    public int Parallel => Environment.ProcessorCount;

    /// <inheritdoc/>
    public PreparedPictures Prepare(IReadOnlyList<string> cues, IProgress<WorkProgress>? progress, CancellationToken cancellation) =>
        new($"the embedded world at {size} pixels, scenes and colours exchanged", cues.Where(cue => Understand("ship", cue) is not null)
            .ToHashSet());

    /// <inheritdoc/>
    public Task<PicturePair> Draw(PictureTask task, CancellationToken cancellation)
    {
        string name = task.Asked.True;
        var control = SceneComposer.Compose(name, task.Asked.Seed);
        var all = CaptionParser.Parse(name);
        var shown = new List<string>();
        foreach (string cue in task.Asked.Cues)
        {
            if (Understand(name, cue) is not { } claims || all.Objects.Count + claims.Objects.Count - 1 > Scene.MaxObjects) continue;
            all = Add(all, claims);
            shown.Add(cue);
        }
        var account = new JsonObject { ["caption"] = string.Join(", ", [name, .. shown]), ["control_caption"] = name };
        return Task.FromResult(new PicturePair(Picture(With(control, all, task.Asked.Seed)), Picture(control), account));
    }

    /// <summary>What the class with a cue is; null if the cue is none of the world's, or would change the class's place or size.</summary>
    private static CaptionClaims? Understand(string name, string cue)
    {
        try
        {
            var claims = CaptionParser.Parse($"{name}, {cue}");
            bool changes = claims.Background is not null || claims.Objects.Count > 1 || claims.Objects[0].Colour is not null
                || claims.Objects[0].Pattern is not null;
            return changes && claims.Objects[0].Size is null ? claims : null;
        }
        catch (ClipLensException)
        {
            return null;
        }
    }

    /// <summary>A later background, colour or pattern takes the place of an earlier one.</summary>
    private static CaptionClaims Add(CaptionClaims all, CaptionClaims more)
    {
        ObjectClaim main = all.Objects[0], own = more.Objects[0];
        main = main with { Colour = own.Colour ?? main.Colour, Pattern = own.Pattern ?? main.Pattern };
        return new([main, .. all.Objects.Skip(1), .. more.Objects.Skip(1)], more.Background ?? all.Background);
    }

    /// <summary>The scene of the control with what the cues say; nothing else is different.</summary>
    private static Scene With(Scene control, CaptionClaims claims, ulong seed)
    {
        var (plain, asked) = (control.Objects[0], claims.Objects[0]);
        bool patterned = asked.Pattern is not null && Layout.ShowsPattern(plain.Kind);
        var main = plain with { Colour = asked.Colour ?? plain.Colour, Pattern = patterned ? asked.Pattern!.Value : plain.Pattern };
        var beside = SceneComposer.Compose(claims with { Objects = [new(plain.Kind), .. claims.Objects.Skip(1)] }, seed);
        return control with { Background = claims.Background ?? control.Background, Objects = [main, .. beside.Objects.Skip(1)] };
    }

    private PictureFile Picture(Scene scene) => new(SceneRenderer.EncodePng(SceneRenderer.Render(scene, size)), ".png");
}
