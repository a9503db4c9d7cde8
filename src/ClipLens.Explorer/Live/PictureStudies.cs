using ClipLens.Discovery;
using ClipLens.Explorer.Data;
using ClipLens.Explorer.Meaning;
using ClipLens.Labels;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Explorer.Live;

/// <summary>What the pages tell of a picture. Every method is one request.</summary>
internal sealed class PictureStudies(RunSources sources, LiveModel live)
{
    /// <summary>Classes that may be typed at once, and letters of a name.</summary>
    public const int MostClasses = 64, LongestName = 200;

    private const int Predicted = 10, AccountedNeurons = 24, NeuronsBehind = 5, Found = 48, SearchFound = 4 * Found;

    /// <summary>The classes that the model takes a picture for.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="classes">Class names; the given ones if empty.</param>
    public object Predict(ShelvedPicture picture, IReadOnlyList<string> classes)
    {
        using var _ = inference_mode();
        using var scope = NewDisposeScope();
        if (classes.Count == 0 && live.Classes is null) return new { waiting = false, classes = Array.Empty<object>(), total = 0 };
        if (classes.Count == 0 && live.Classifier is null)
            return new { waiting = true, done = live.ClassTexts.Done, all = live.ClassTexts.All };
        using var own = classes.Count > 0 ? ZeroShotClassifier.Create(live.Model, classes, live.Templates) : null;
        var classifier = own ?? live.Classifier!;
        var image = live.Model.Image.Encode(live.Input(picture.Pixels));
        float[] values = [.. classifier.Logits(image).data<float>()], shares = [.. classifier.Probabilities(image).data<float>()];
        return new
        {
            waiting = false,
            total = values.Length,
            // Whether each stands for itself; else they add up to 1.
            alone = classifier.IsSigmoid,
            classes = values.Index().OrderByDescending(own => own.Item).Take(Predicted).Select(own => new
            {
                name = classifier.Classes[own.Index],
                logit = DataScript.Number(own.Item, 2),
                share = DataScript.Number(shares[own.Index], 6),
            }),
        };
    }

    /// <summary>What the model sees in a picture, with the neurons behind.</summary>
    public object Concepts(ShelvedPicture picture)
    {
        if (sources.Texts.Pool is null) return new { concepts = Array.Empty<object>(), significant = 0, grid = 1 };
        var found = live.Discovery.Discover([new ImageEntry(picture.Name, picture.Path)])[0];
        if (found.Error is { } error) throw new ClipLensException(error);
        return new
        {
            significant = found.Significant,
            grid = live.Model.Config.Vision.Grid,
            concepts = found.Concepts.Select(concept => new
            {
                text = concept.Text,
                same = concept.Same.Take(4),
                place = concept.Place,
                patches = Numbers(concept.Patches.Values),
                neurons = concept.Neurons.Take(NeuronsBehind).Select(own => new
                {
                    layer = own.Neuron.Layer,
                    neuron = own.Neuron.Index,
                    share = DataScript.Number(own.Share, 3),
                }),
            }),
        };
    }

    /// <summary>An exact account of a class's logit, or of its lead over another's.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="name">The class.</param>
    /// <param name="against">The other class; none if empty, the mean of the given classes for "*".</param>
    public object Account(ShelvedPicture picture, string name, string against)
    {
        using var _ = inference_mode();
        using var scope = NewDisposeScope();
        var direction = live.DirectionOf(name);
        if (against == "*") direction = direction - live.WaitForClassifier().Weights.mean([1]);
        else if (against.Length > 0) direction = direction - live.DirectionOf(against);
        var trace = live.Lens.Trace(live.Input(picture.Pixels), OutputAccount.Request(live.Lens));
        var account = OutputAccount.Explain(live.Lens, trace, direction, AccountedNeurons);
        return AccountData.From(account, sources.Run.Layers);
    }

    /// <summary>Where a class is in a picture.</summary>
    public object Segment(ShelvedPicture picture, string name)
    {
        var segment = live.Segmenter.Segment(picture.Pixels, [name], live.Templates)[0];
        const int side = 112;
        int most = Math.Max(picture.Pixels.Width, picture.Pixels.Height);
        int width = Math.Max(1, side * picture.Pixels.Width / most), height = Math.Max(1, side * picture.Pixels.Height / most);
        return new
        {
            width,
            height,
            heat = segment.Heat.Upsample(height, width).Select(value => (int)Math.Round(255 * Math.Clamp(value, 0, 1))),
            threshold = (int)Math.Round(255 * segment.Threshold),
            presence = segment.Presence is { } presence ? DataScript.Number(presence, 2) : null,
            present = segment.SeemsPresent,
            neurons = segment.Neurons.Take(NeuronsBehind + 3).Select(own => new
            {
                layer = own.Neuron.Layer,
                neuron = own.Neuron.Index,
                share = DataScript.Number(own.Share, 3),
            }),
        };
    }

    /// <summary>The neurons whose top images are most like a picture, or like a region of it.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="region">Left, top, width and height in thousandths of the picture's; all of it if null.</param>
    public object Like(ShelvedPicture picture, (int X, int Y, int Width, int Height)? region)
    {
        using var _ = inference_mode();
        using var scope = NewDisposeScope();
        var pixels = region is { } own ? Cut(picture.Pixels, own) : picture.Pixels;
        float[] representation = Unit(live.Model.Image.Encode(live.Input(pixels))[0]);
        return sources.Vectors.Images is { } images && sources.MeanImage is { } mean
            ? Cards(Near(images, Less(representation, mean), Found)) : Cards(Near(sources.Vectors.Writes, representation, Found));
    }

    /// <summary>The neurons nearest to words, by what they act on, what they write and what their top images show.</summary>
    public object Search(string words)
    {
        using var _ = inference_mode();
        using var scope = NewDisposeScope();
        var vectors = sources.Vectors;
        float[] unit = Unit(live.Model.EmbedTexts([words])[0]), own = vectors.Pool is { } pool ? Less(unit, pool.Mean) : unit;
        return new
        {
            acts = vectors.ActsCosines(own) is { } acts ? Nearest.Best(vectors, acts, SearchFound) : null,
            writes = Near(vectors.Writes, own, SearchFound),
            images = vectors.Images is { } images ? Near(images, own, SearchFound) : null,
        };
    }

    private IReadOnlyList<Neighbour> Near(VectorTable table, float[] direction, int most) =>
        table.Compare([direction], (_, cosines) => Nearest.Best(sources.Vectors, cosines, most))[0];

    private static float[] Unit(Tensor vector) => nn.functional.normalize(vector, 2, 0).contiguous().data<float>().ToArray();

    /// <summary>What is left of a direction without what all have in common, of unit length.</summary>
    private static float[] Less(float[] unit, ReadOnlySpan<float> mean)
    {
        float[] left = [.. unit];
        Rows.Centre(left, mean);
        return left;
    }

    private object Cards(IReadOnlyList<Neighbour> found) => new
    {
        neurons = found.Select(own => new
        {
            cosine = own.Cosine,
            card = NeuronCard.Read(sources, new NeuronId(own.Layer, own.Neuron)),
        }),
    };

    private static RgbImage Cut(RgbImage picture, (int X, int Y, int Width, int Height) region)
    {
        int left = picture.Width * region.X / 1000, top = picture.Height * region.Y / 1000;
        int width = Math.Clamp(picture.Width * region.Width / 1000, 1, picture.Width - left);
        int height = Math.Clamp(picture.Height * region.Height / 1000, 1, picture.Height - top);
        byte[] pixels = new byte[3 * width * height];
        for (int row = 0; row < height; row++)
            picture.Pixels.Slice(3 * ((top + row) * picture.Width + left), 3 * width).CopyTo(pixels.AsSpan(3 * width * row));
        return new(width, height, pixels);
    }

    private static IEnumerable<double?> Numbers(IEnumerable<float> values) => values.Select(value => DataScript.Number(value));
}
