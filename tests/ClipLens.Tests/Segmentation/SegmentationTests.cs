using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Segmentation;
using ClipLens.Segmentation.Scores;
using ClipLens.Tests.Support;
using PureHDF;
using static TorchSharp.torch;

namespace ClipLens.Tests.Segmentation;

public sealed class SegmentationTests : IDisposable
{
    private readonly ScratchFolder folder = new();

    [Fact]
    public void Figures_are_those_counted_by_hand()
    {
        var score = new SegmentationScore();
        // Pixels: right object, missed object, wrongly found, right background, ignored.
        score.Add([0.9f, 0.2f, 0.7f, 0.1f, 1f], 0.5f, [1, 15, 0, 0, 255]);
        var figures = score.Figures();
        Assert.Equal(50, figures.PixelAccuracy, 6);
        Assert.Equal(100.0 / 3, figures.MeanIou, 6);
        // Both channels by score: .9 hit (object), .9 hit (background), .8 miss, .7 miss, .3 hit, .2 hit, .1 and .1 miss.
        Assert.Equal(100 * (2 / 4.0 + 1 / 4.0 * (3 / 5.0) + 1 / 4.0 * (4 / 6.0)), figures.MeanAp, 4);
    }

    [Fact]
    public void Equal_scores_are_one_step_of_the_precision()
    {
        // Four scores of one half: half of them hits.
        Assert.Equal(0.5, SegmentationAveragePrecision.Compute([0.5f, 0.5f], [0, 1]), 6);
        Assert.Equal(1, SegmentationAveragePrecision.Compute([0, 1], [0, 1]), 6);
    }

    [Fact]
    public void Thresholds_are_read_and_found()
    {
        float[] heat = [0.1f, 0.12f, 0.14f, 0.8f, 0.84f];
        Assert.Equal(0.4f, MaskThreshold.Parse("mean").ValueFor(heat), 5);
        Assert.InRange(MaskThreshold.Parse("otsu").ValueFor(heat), 0.14f, 0.8f);
        Assert.Equal(0.3f, MaskThreshold.Parse("0.3").ValueFor(heat));
        Assert.Contains("a number from 0 to 1, mean or otsu", Assert.Throws<ClipLensException>(() => MaskThreshold.Parse("high")).Message);
        Assert.Contains("outside", Assert.Throws<ClipLensException>(() => MaskThreshold.Parse("1.5")).Message);
    }

    [Theory]
    [InlineData(90, 30)]
    [InlineData(31, 100)]
    [InlineData(40, 40)]
    [InlineData(1200, 700)]
    public void Windows_cover_a_picture_and_their_maps_join_without_seams(int width, int height)
    {
        var windows = new PictureWindows(width, height);
        var pixels = new byte[3 * width * height];
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) pixels[3 * (y * width + x)] = (byte)(Math.Max(x, y) * 255 / Math.Max(width, height));
        var cut = windows.Cut(new RgbImage(width, height, pixels), windows.Starts.Count - 1);
        Assert.Equal(Math.Min(width, height), cut.Width);
        Assert.Equal(pixels[^3], cut.Pixels[^3]);

        float[] canvas = [.. Enumerable.Range(0, windows.CanvasWidth * windows.CanvasHeight).Select(i => (float)Math.Sin(i))];
        var parts = windows.Starts.Select((_, window) => windows.PartOf(canvas, window)).ToList();
        float[] joined = windows.Join(parts);
        for (int i = 0; i < canvas.Length; i++) Assert.Equal(canvas[i], joined[i], 1e-5f);
    }

    [Fact]
    public void Every_method_finds_a_map_of_the_right_size_with_a_tiny_model()
    {
        using var scope = NewDisposeScope();
        using var model = ClipModel.Load(TinyModel.Write(folder.File("model")));
        var neurons = RandomNeurons.Layer(2, TinyModel.Neurons, model.Config.EmbedDim);
        var picture = new RgbImage(50, 33, [.. Enumerable.Range(0, 50 * 33 * 3).Select(i => (byte)(i * 7))]);
        foreach (var method in SegmentationMethod.All)
        {
            using var segmenter = new Segmenter(model, method, new() { Neurons = 20 }, [neurons], rand(9, model.Config.EmbedDim));
            var segments = segmenter.Segment(picture, ["red box", "sea"]);
            Assert.Equal(["red box", "sea"], segments.Select(segment => segment.Class));
            Assert.All(segments, segment =>
            {
                Assert.Equal((33, 50), (segment.Heat.Rows, segment.Heat.Columns));
                // GradCAM drops negative values; here that may be all.
                float hottest = method.Kind == HeatKind.GradCam ? segment.Heat.Values.Max() : 1;
                Assert.Equal((0f, hottest), (segment.Heat.Values.Min(), segment.Heat.Values.Max()));
                Assert.Equal(hottest > 0, segment.Mask(50, 33).Contains((byte)255));
                Assert.NotNull(segment.Presence);
                Assert.Equal(20, segment.Neurons.Count);
            });
        }
    }

    [Fact]
    public void The_class_names_are_embedded_once_for_all_pictures()
    {
        using var scope = NewDisposeScope();
        using var model = ClipModel.Load(TinyModel.Write(folder.File("model")));
        using var segmenter = new Segmenter(model);
        RgbImage[] pictures = [.. new[] { 7, 11 }.Select(step =>
            new RgbImage(40, 40, [.. Enumerable.Range(0, 4800).Select(i => (byte)(i * step))]))];
        var first = segmenter.Segment(pictures[0], ["red box", "sea"], ["a {}"])[1].Heat.Values;
        // What has no text tower any more can find the same classes again and no others.
        model.Text.Dispose();
        Assert.Equal(first, segmenter.Segment(pictures[0], ["red box", "sea"], ["a {}"])[1].Heat.Values);
        Assert.NotEqual(first, segmenter.Segment(pictures[1], ["red box", "sea"], ["a {}"])[1].Heat.Values);
        Assert.ThrowsAny<Exception>(() => segmenter.Segment(pictures[0], ["red box", "sea"], ["the {}"]));
        Assert.ThrowsAny<Exception>(() => segmenter.Segment(pictures[0], ["sea", "red box"], ["a {}"]));
    }

    [Fact]
    public void What_cannot_be_done_is_said()
    {
        using var scope = NewDisposeScope();
        using var model = ClipModel.Load(TinyModel.Write(folder.File("model")));
        var picture = new RgbImage(2, 2, new byte[12]);
        using var segmenter = new Segmenter(model);
        Assert.Contains("class name is empty", Assert.Throws<ClipLensException>(() => segmenter.Segment(picture, ["dog", " "])).Message);
        Assert.Contains("paper needs analyzed neurons", Assert.Throws<ClipLensException>(() =>
            new Segmenter(model, SegmentationMethod.Paper)).Message);
        Assert.Contains("no layer 9", Assert.Throws<ClipLensException>(() => new Segmenter(model, settings: new() { Layers = [9] }))
            .Message);
        Assert.Contains("from 1 to 128", Assert.Throws<ClipLensException>(() =>
            new Segmenter(model, SegmentationMethod.Paper, new() { Neurons = 129 },
            [RandomNeurons.Layer(2, TinyModel.Neurons, model.Config.EmbedDim)])).Message);
        Assert.Contains("one of first_order_spread", Assert.Throws<ClipLensException>(() => SegmentationMethod.Named("magic")).Message);
    }

    [Fact]
    public void Folders_of_photographs_and_masks_are_read_and_what_is_missing_is_named()
    {
        string images = folder.File("images"), masks = folder.File("masks"), labels = folder.File("labels.csv");
        Directory.CreateDirectory(images);
        Directory.CreateDirectory(masks);
        MaskFiles.WritePng(Path.Combine(images, "a.png"), 6, 4, 200);
        MaskFiles.WritePng(Path.Combine(masks, "a.png"), 6, 4, 1);
        MaskFiles.WritePng(Path.Combine(images, "b.png"), 6, 4, 200);
        MaskFiles.WritePng(Path.Combine(masks, "b.png"), 5, 4, 1);
        File.WriteAllText(labels, "id,class\na,dog\n");
        var sample = SegmentationFolder.Read(images, masks, labels).Single();
        Assert.Equal(("a", "dog", 6), (sample.Id, sample.Class, sample.Picture().Width));
        Assert.Equal(24, sample.Mask().Labels.ToArray().Count(label => label == 1));

        Assert.Contains("line 3 names c, but", Refused("id,class\na,dog\nc,cat\n"));
        Assert.Contains("header id,class", Refused("file,label\na,1\n"));
        Assert.Contains("line 2 lacks an id or a class", Refused("id,class\na,\n"));
        File.Delete(Path.Combine(masks, "a.png"));
        Assert.Contains("a.png is not there", Refused("id,class\na,dog\n"));

        File.WriteAllText(labels, "id,class\nb,dog\n");
        using var model = ClipModel.Load(TinyModel.Write(folder.File("model")));
        Assert.Contains("5 x 4 pixels, its image 6 x 4", Assert.Throws<ClipLensException>(() =>
            SegmentationEvaluation.Run(model, SegmentationFolder.Read(images, masks, labels), [SegmentationMethod.Default],
                cancellation: TestContext.Current.CancellationToken)).Message);

        string Refused(string csv)
        {
            File.WriteAllText(labels, csv);
            return Assert.Throws<ClipLensException>(() => SegmentationFolder.Read(images, masks, labels)).Message;
        }
    }

    [Fact]
    public void Pascal_Vocs_layout_counts_a_photograph_for_each_of_its_classes()
    {
        string root = folder.File("voc");
        foreach (string part in new[] { "JPEGImages", "SegmentationClass", "ImageSets/Segmentation" }) Directory.CreateDirectory(
            Path.Combine(root, part));
        File.WriteAllText(Path.Combine(root, "ImageSets/Segmentation/val.txt"), "2007_1\n");
        MaskFiles.WritePng(Path.Combine(root, "JPEGImages/2007_1.jpg"), 4, 2, 9);
        MaskFiles.WritePng(Path.Combine(root, "SegmentationClass/2007_1.png"), 4, 2, 12, 8, 255, 0);
        var samples = SegmentationFolder.Voc(root);
        Assert.Equal(["cat", "dog"], samples.Select(sample => sample.Class));
        Assert.Equal([0, 8, 255, 0, 0, 8, 255, 0], samples[0].Mask().Labels.ToArray());
        Assert.Equal([12, 0, 255, 0, 12, 0, 255, 0], samples[1].Mask().Labels.ToArray());
        Assert.Contains("train.txt is not there", Assert.Throws<ClipLensException>(() => SegmentationFolder.Voc(root, "train")).Message);
    }

    [Fact]
    public void ImageNet_Segmentations_mat_file_is_read_and_others_are_refused()
    {
        string path = folder.File("gtsegs.mat");
        var picture = new byte[3, 4, 2];
        var mask = new byte[4, 2];
        for (int x = 0; x < 4; x++)
            for (int y = 0; y < 2; y++)
            {
                for (int c = 0; c < 3; c++) picture[c, x, y] = (byte)(100 * c + 10 * x + y);
                mask[x, y] = (byte)(x > 1 ? 1 : 0);
            }
        MaskFiles.WriteMat(path, picture, mask, "n02084071_12");
        using (var mat = SegmentationMatFile.Open(path))
        {
            var sample = mat.Samples(new Dictionary<string, string> { ["n02084071"] = "dog" }).Single();
            Assert.Equal(("n02084071_12", "dog"), (sample.Id, sample.Class));
            var image = sample.Picture();
            Assert.Equal((4, 2), (image.Width, image.Height));
            Assert.Equal([31, 131, 231], image.Pixels[^3..].ToArray());
            Assert.Equal([0, 0, 1, 1, 0, 0, 1, 1], sample.Mask().Labels.ToArray());
            Assert.Contains("its synset n02084071", Assert.Throws<ClipLensException>(() => mat.Samples(new Dictionary<string, string>()))
                .Message);
        }

        File.WriteAllText(folder.File("text.mat"), "MATLAB 5.0 MAT-file");
        Assert.Contains("no HDF5 file", Assert.Throws<ClipLensException>(() => SegmentationMatFile.Open(folder.File("text.mat"))).Message);
        new H5File { ["x"] = new[] { 1 } }.Write(folder.File("other.mat"));
        using var other = SegmentationMatFile.Open(folder.File("other.mat"));
        Assert.Contains("is not ImageNet-Segmentation's", Assert.Throws<ClipLensException>(() =>
            other.Samples(new Dictionary<string, string>())).Message);
    }

    public void Dispose() => folder.Dispose();
}
