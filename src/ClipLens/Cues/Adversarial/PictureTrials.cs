using System.Security.Cryptography;
using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Models.Images;
using static TorchSharp.torch;

namespace ClipLens.Cues.Adversarial;

/// <summary>
/// Pictures that are made to learn from and not kept: the same scenes with and without cues, and what the model takes them for. Their seeds
/// are never those of pictures that count.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="judge">Tells the two classes apart.</param>
/// <param name="pair">The class that the pictures show and the one that they are to be taken for.</param>
/// <param name="describer">Writes the descriptions.</param>
/// <param name="pictures">Makes the pictures; it has been prepared for the cues.</param>
/// <param name="seed">Decides what is left to chance.</param>
/// <param name="options">How it is run.</param>
internal sealed class PictureTrials(ClipModel model, PairJudge judge, (string True, string Fooled) pair, IDescriber describer,
    IPictureSource pictures, ulong seed, WorkOptions options)
{
    private const ulong NotCounted = 1UL << 40;
    private readonly Dictionary<string, float> known = [];

    /// <summary>Makes pictures with all of some cues and judges them; the first ones have the same seeds whatever the cues.</summary>
    /// <param name="cues">The cues.</param>
    /// <param name="count">Pictures; those that a model refuses are left out.</param>
    public IReadOnlyList<Verdict> Try(IReadOnlyList<string> cues, int count)
    {
        var made = new List<PicturePair>();
        OrderedWork.Run(0, count, number => Make(cues, number).GetAwaiter().GetResult(), (_, picture) =>
        {
            if (picture is not null) made.Add(picture);
        }, Math.Min(pictures.Parallel, options.Workers ?? Environment.ProcessorCount), options.Cancellation);
        Judge([.. made.SelectMany(picture => new[] { picture.Picture, picture.Control })]);
        return [.. made.Select(picture => new Verdict(known[KeyOf(picture.Picture)], known[KeyOf(picture.Control)]))];
    }

    private async Task<PicturePair?> Make(IReadOnlyList<string> cues, int number)
    {
        ulong own = new SeededRandom(seed ^ (NotCounted + (ulong)number + 1) * 0xD1342543DE82EF95).Next();
        var task = new DescriptionTask(pair.True, pair.Fooled, cues, own);
        try
        {
            var description = await describer.Describe(task, options.Cancellation).ConfigureAwait(false);
            return await pictures.Draw(new(task, description, number), options.Cancellation).ConfigureAwait(false);
        }
        catch (ModelRefusedException)
        {
            return null;
        }
    }

    /// <summary>Each picture once: many share their control.</summary>
    private void Judge(PictureFile[] files)
    {
        const int batch = 16;
        var wanted = files.DistinctBy(KeyOf).Where(file => !known.ContainsKey(KeyOf(file))).ToList();
        OrderedWork.Run(0, (wanted.Count + batch - 1) / batch, number =>
        {
            using var scope = NewDisposeScope();
            using var _ = inference_mode();
            var part = wanted.Skip(number * batch).Take(batch).ToList();
            var (side, length) = (model.Preprocessor.Size, model.Preprocessor.InputLength);
            var pixels = new float[part.Count * length];
            for (int i = 0; i < part.Count; i++)
                model.Preprocessor.ToInput(ImageDecoder.Decode(part[i].Bytes.Span, "a trial picture"), pixels.AsSpan(i * length, length));
            return judge.Margins(model.Image.Encode(tensor(pixels, [part.Count, 3, side, side])));
        }, (number, margins) =>
        {
            for (int i = 0; i < margins.Length; i++) known[KeyOf(wanted[number * batch + i])] = margins[i];
        }, options.Workers, options.Cancellation);
    }

    private static string KeyOf(PictureFile file) => Convert.ToHexString(SHA256.HashData(file.Bytes.Span));
}
