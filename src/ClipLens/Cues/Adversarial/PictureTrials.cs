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
        var made = new List<(KeyedFile Picture, KeyedFile Control)>();
        OrderedWork.Run(0, count, number => Make(cues, number).GetAwaiter().GetResult() is { } pair
            ? ((KeyedFile Picture, KeyedFile Control)?)(Keyed(pair.Picture), Keyed(pair.Control)) : null, (_, pair) =>
        {
            if (pair is { } files) made.Add(files);
        }, Math.Min(pictures.Parallel, options.Workers ?? Environment.ProcessorCount), options.Cancellation);
        // Each picture once: many share their control.
        Judge([.. made.SelectMany(pair => new[] { pair.Picture, pair.Control }).DistinctBy(file => file.Key)
            .Where(file => !known.ContainsKey(file.Key))]);
        return [.. made.Select(pair => new Verdict(known[pair.Picture.Key], known[pair.Control.Key]))];
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

    private void Judge(IReadOnlyList<KeyedFile> wanted)
    {
        const int batch = 16;
        OrderedWork.Run(0, (wanted.Count + batch - 1) / batch, number =>
        {
            using var scope = NewDisposeScope();
            using var _ = inference_mode();
            var part = wanted.Skip(number * batch).Take(batch).ToList();
            var (side, length) = (model.Preprocessor.Size, model.Preprocessor.InputLength);
            var pixels = new float[part.Count * length];
            for (int i = 0; i < part.Count; i++)
            {
                var picture = ImageDecoder.Decode(part[i].File.Bytes.Span, "a trial picture");
                model.Preprocessor.ToInput(picture, pixels.AsSpan(i * length, length));
            }
            return judge.Margins(model.Image.Encode(tensor(pixels, [part.Count, 3, side, side])));
        }, (number, margins) =>
        {
            for (int i = 0; i < margins.Length; i++) known[wanted[number * batch + i].Key] = margins[i];
        }, options.Workers, options.Cancellation);
    }

    private static KeyedFile Keyed(PictureFile file) => new(Convert.ToHexString(SHA256.HashData(file.Bytes.Span)), file);

    /// <summary>A picture and the hash of its bytes, by which it is known again.</summary>
    private sealed record KeyedFile(string Key, PictureFile File);
}
