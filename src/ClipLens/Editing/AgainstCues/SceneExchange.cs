using ClipLens.Compute;
using ClipLens.Cues.Adversarial.Photographs;
using ClipLens.Editing.Measuring;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Segmentation;
using static TorchSharp.torch;

namespace ClipLens.Editing.AgainstCues;

/// <summary>
/// Images with another image's scene: what the model takes for the object of an image's class stays where it is, all else comes from an
/// image of another class out of which its own object was taken (as in the backgrounds challenge of Xiao and others, 2021). What an image
/// shows is the same, what goes with it is not.
/// </summary>
internal static class SceneExchange
{
    /// <summary>Exchanges scenes.</summary>
    /// <param name="model">The model that looks where objects are.</param>
    /// <param name="images">The images as the model sees them, n of them.</param>
    /// <param name="labels">Their classes: n.</param>
    /// <param name="classifier">The classes.</param>
    /// <param name="times">Scenes for each image.</param>
    /// <param name="seed">Seed of which scenes.</param>
    /// <param name="how">How it is run.</param>
    /// <exception cref="ClipLensException">No image leaves a scene of another class.</exception>
    public static ExchangedScenes Make(ClipModel model, SearchImages images, IReadOnlyList<int> labels, ZeroShotClassifier classifier,
        int times, ulong seed, WorkOptions how)
    {
        using var scope = NewDisposeScope();
        using var segmenter = new Segmenter(model);
        var directions = classifier.Weights.t().contiguous();
        int side = model.Preprocessor.Size;
        var (masks, scenes) = (new byte[labels.Count][], new List<(int Label, RgbImage Picture)>());
        OrderedWork.Run(0, labels.Count, i =>
        {
            var picture = new RgbImage(side, side, images.Crop(i));
            byte[] mask = segmenter.Mask(picture, directions.narrow(0, labels[i], 1));
            return (Mask: mask, Scene: ObjectEraser.Erase(picture, mask));
        }, (i, found) =>
        {
            masks[i] = found.Mask;
            if (found.Scene is { } own) scenes.Add((labels[i], own));
            how.Progress?.Report(new("Taking objects out of their scenes", i + 1, labels.Count, 0));
        }, how.Workers, how.Cancellation);
        var random = new SeededRandom(seed);
        var otherScenes = labels.Distinct().ToDictionary(label => label, label => scenes.Where(scene => scene.Label != label).ToList());
        var made = new List<(int, byte[])>();
        for (int time = 0; time < times; time++)
            for (int i = 0; i < labels.Count; i++)
            {
                var others = otherScenes[labels[i]];
                if (others.Count > 0) made.Add((i, On(others[random.Below(others.Count)].Picture, images.Crop(i), masks[i])));
            }
        return made.Count > 0 ? new(images.Others(made), labels, classifier)
            : throw new ClipLensException("Of no image a scene is left when its own object is taken "
            + "out, so scenes cannot be exchanged; give more images of several classes.");
    }

    private static byte[] On(RgbImage scene, byte[] picture, byte[] mask)
    {
        byte[] result = scene.Pixels.ToArray();
        for (int pixel = 0; pixel < mask.Length; pixel++)
            if (mask[pixel] != 0) picture.AsSpan(3 * pixel, 3).CopyTo(result.AsSpan(3 * pixel));
        return result;
    }
}
