using System.Security.Cryptography;
using ClipLens.Compute;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Models.Images;
using static TorchSharp.torch;

namespace ClipLens.Cues.Adversarial;

/// <summary>Zero-shot classification of pictures between two classes.</summary>
internal sealed class PairJudge : IDisposable
{
    private readonly ClipModel model;
    private readonly ZeroShotClassifier classifier;

    /// <summary>Margins by the content of the file: all sources of cues share their controls.</summary>
    private readonly Dictionary<string, float> known = [];

    public PairJudge(ClipModel model, string trueClass, string fooled, IReadOnlyList<string>? templates, int? workers)
    {
        this.model = model;
        classifier = ZeroShotClassifier.Create(model, [trueClass, fooled], templates, workers: workers);
    }

    /// <summary>Logit of the wrong class less that of the true one, of representations [B, d].</summary>
    public float[] Margins(Tensor representations)
    {
        using var scope = NewDisposeScope();
        var logits = classifier.Logits(representations);
        return [.. (logits.select(1, 1) - logits.select(1, 0)).contiguous().data<float>()];
    }

    /// <summary>Judges pictures with their controls, read from their files.</summary>
    /// <param name="files">Paths of the picture and its control.</param>
    /// <param name="batch">Pictures in a forward pass.</param>
    /// <param name="stage">What the progress calls it; its items are the different pictures.</param>
    /// <param name="options">How it is run.</param>
    /// <exception cref="ClipLensException">A file is no picture.</exception>
    public Verdict[] Judge(IReadOnlyList<(string Picture, string Control)> files, int batch, string stage, WorkOptions options)
    {
        // Collages of one photograph share their control: each file's content is looked at once.
        string[] paths = [.. files.SelectMany(pair => new[] { pair.Picture, pair.Control })];
        string[] contents = [.. paths.Select(path => Convert.ToHexString(SHA256.HashData(ImageDecoder.ReadFile(path))))];
        var different = paths.Zip(contents).Where(file => !known.ContainsKey(file.Second)).DistinctBy(file => file.Second).ToList();
        if (different.Count > 0)
        {
            var margins = new List<float>();
            using var reader = new ImageBatchReader(model.Preprocessor, ImageList.Files([.. different.Select(file => file.First)]));
            new DatasetPass(reader, batch, stage, options).RunAll(pixels => Margins(model.Image.Encode(pixels)), margins.AddRange);
            foreach (var ((_, content), margin) in different.Zip(margins)) known[content] = margin;
        }
        return [.. files.Select((_, i) => new Verdict(known[contents[2 * i]], known[contents[2 * i + 1]]))];
    }

    public void Dispose() => classifier.Dispose();
}
