using ClipLens.Compute;
using ClipLens.Editing.AgainstCues;
using ClipLens.Editing.Measuring;
using ClipLens.Editing.Units;
using ClipLens.Editing.Weights;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Segmentation;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Editing.AgainstCues;

/// <summary>Factors fitted by gradient, and the images that they are fitted on.</summary>
public sealed class FactorFitTests : IDisposable
{
    private const int Pictures = 24;
    private readonly TinyInputs inputs = new(Pictures);
    private readonly int[] labels = [.. Enumerable.Range(0, Pictures).Select(i => i % 3)];

    private static WorkOptions How => new() { Cancellation = TestContext.Current.CancellationToken };

    [Fact]
    public void Images_are_taken_more_for_what_they_are_with_every_edit_written_into_weights()
    {
        using var model = ClipModel.Load(inputs.Model);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        using var classifier = ZeroShotClassifier.Create(model, ["red", "blue", "green"],
            cancellation: TestContext.Current.CancellationToken);
        var images = Read(model);
        using var reader = new ImageBatchReader(model.Preprocessor, ImageList.Find(inputs.Images));
        var means = UnitMeans.Measure(model, reader, [0, 1, 2, 3]);
        using var edited = new EditedTower(inputs.Model, means);
        double before = Loss(model.Image);
        using var fit = new FactorFit(model.Image, means, EditMean.AllTokens, classifier);
        var all = fit.Run([images], labels, 3, 20, null, 1, How).ToList();
        double[] losses = [before, .. all.Select(LossOf)];
        var last = all[^1];
        Assert.Equal(losses.OrderDescending(), losses);
        Assert.True(losses[^1] < 0.8 * before, $"{losses[^1]} of {before}");
        Assert.Contains(last, change => change.Unit.IsHead);
        Assert.DoesNotContain(last, change => change.Unit.Layer < TinyModel.Blocks - 3);
        // The pull leaves units at 1.
        Assert.True(last.Count < 3 * (TinyModel.Neurons + 2));

        // Few units: those that move most, and more is won by them than when their factors are taken from all.
        using var few = new FactorFit(model.Image, means, EditMean.AllTokens, classifier);
        UnitChange[] most = [.. last.OrderByDescending(change => Math.Abs(change.Factor - 1)).Take(9)];
        var edits = few.Run([images], labels, 3, 20, 9, 1, How).ToList();
        Assert.All(edits, edit => Assert.InRange(edit.Count, 1, 9));
        Assert.Empty(edits[^1].Select(change => change.Unit).Except(most.Select(change => change.Unit)));
        Assert.InRange(LossOf(edits[^1]), 0, LossOf(most) - 0.001);

        double LossOf(IReadOnlyList<UnitChange> edit)
        {
            edited.Set(new(edit, EditMean.AllTokens));
            return Loss(edited.Tower);
        }

        double Loss(ImageTower tower)
        {
            using var inner = NewDisposeScope();
            var logits = images.Encode(tower, How).matmul(classifier.Weights) * 100;
            return nn.functional.cross_entropy(logits, tensor(labels.Select(label => (long)label).ToArray())).item<float>();
        }
    }

    [Fact]
    public void An_object_stays_where_it_is_before_the_scene_of_another_class()
    {
        using var model = ClipModel.Load(inputs.Model);
        using var classifier = ZeroShotClassifier.Create(model, ["red", "blue", "green"],
            cancellation: TestContext.Current.CancellationToken);
        var images = Read(model);
        var scenes = SceneExchange.Make(model, images, labels, classifier, 2, 5, How);
        var made = scenes.Images;
        Assert.Equal([.. Enumerable.Range(0, Pictures), .. Enumerable.Range(0, Pictures)], made.Indices);
        using var segmenter = new Segmenter(model);
        int side = model.Preprocessor.Size, changed = 0;
        for (int place = 0; place < made.Indices.Count; place++)
        {
            int i = made.Indices[place];
            using var direction = classifier.Weights.t().narrow(0, labels[i], 1).contiguous();
            byte[] own = images.Crop(i), now = made.Crop(place), mask = segmenter.Mask(new(side, side, own), direction);
            for (int pixel = 0; pixel < mask.Length; pixel++)
            {
                bool isSame = own.AsSpan(3 * pixel, 3).SequenceEqual(now.AsSpan(3 * pixel, 3));
                if (mask[pixel] != 0) Assert.True(isSame);
                else if (!isSame) changed++;
            }
        }
        Assert.True(changed > made.Indices.Count * side * side / 4);

        // An object in two scenes is one draw, and counts by the share of its scenes in which it is seen.
        using var edited = new EditedTower(inputs.Model, UnitMeans.Zero(model));
        edited.Set(new([.. Enumerable.Range(0, 60).Select(n => new UnitChange(new(TinyModel.Blocks - 1, n), 3))], EditMean.None));
        var share = scenes.Compare(model.Image, edited.Tower, new(100, 1), How);
        Assert.Equal(Pictures, share.Images);
        Assert.Equal(scenes.Accuracy(model.Image, How), share.Before, 4);
        Assert.Equal(scenes.Accuracy(edited.Tower, How), share.After, 4);
        Assert.NotEqual(share.Before, share.After);
        Assert.InRange(share.Before, share.BeforeInterval.Low, share.BeforeInterval.High);
    }

    public void Dispose() => inputs.Dispose();

    private SearchImages Read(ClipModel model) =>
        SearchImages.Read(model.Preprocessor, ImageList.Find(inputs.Images), false, "", How);
}
