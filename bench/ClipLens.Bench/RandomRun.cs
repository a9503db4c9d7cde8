using ClipLens.Neurons;
using ClipLens.Runs.Storage;
using ClipLens.Texts;
using static TorchSharp.torch;

namespace ClipLens.Bench;

/// <summary>A run of random directions, texts and images, as large as one of a real model: for times that do not depend on what it
/// says.</summary>
internal static class RandomRun
{
    private const int Layers = 12, Neurons = 3072, Width = 512, Texts = 20_000, Top = 100, Size = 8, Sample = 256, Heads = 12;

    /// <summary>Neurons of the run.</summary>
    public const int Count = Layers * Neurons;

    /// <summary>Writes the run.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="pictures">The folder with its images, which are few files under many names.</param>
    /// <param name="names">Their names, one an image.</param>
    /// <param name="hashes">Their fingerprints.</param>
    public static void Write(string folder, string pictures, IReadOnlyList<string> names, IReadOnlyList<string> hashes)
    {
        Directory.CreateDirectory(folder);
        var random = new Random(0);
        string[] texts = [.. Enumerable.Range(0, Texts).Select(i => $"word{i % 7000} thing{i}")];
        ImageTable.Write(RunFiles.Images(folder), [.. names.Select((name, i) => new ImageRow(i, name, hashes[i], null))]);
        PoolFiles.WriteTexts(RunFiles.PoolTexts(folder, "words"), texts);
        using (var embeddings = randn(Texts, Width)) PoolFiles.WriteEmbeddings(RunFiles.PoolEmbeddings(folder, "words"), embeddings);
        for (int layer = 0; layer < Layers; layer++) WriteLayer(folder, layer, texts, names.Count, random);
        using (var all = nn.functional.normalize(randn(names.Count, Width), 2, 1))
            PortraitFile.WriteImages(RunFiles.ImageRepresentations(folder), all.data<float>().ToArray(), names.Count);
        File.WriteAllBytes(RunFiles.Manifest(folder), Manifest(pictures, names.Count).ToJson());
    }

    private static void WriteLayer(string folder, int layer, string[] texts, int images, Random random)
    {
        using var scope = NewDisposeScope();
        float[] directions = nn.functional.normalize(randn(Neurons, Width), 2, 1).data<float>().ToArray();
        float[] norms = [.. Enumerable.Range(0, Neurons).SelectMany(_ => Enumerable.Range(0, Top).Select(i => 5 - (i * 0.03f)))];
        var neurons = new LayerNeurons
        {
            Layer = layer,
            Count = Neurons,
            Width = Width,
            Top = Top,
            Mean = new float[Neurons * Width],
            Direction = directions,
            VarianceExplained = [.. Enumerable.Range(0, Neurons).Select(_ => random.NextSingle())],
            TopImages = Enumerable.Range(0, Neurons * Top).Select(_ => random.Next(images)).ToArray(),
            TopNorms = norms,
            Threshold = [.. Enumerable.Repeat(norms[Top - 1], Neurons)],
        };
        NeuronFile.Write(RunFiles.Neurons(folder, layer), neurons);
        TextTable.Write(RunFiles.Texts(folder, layer, "words", Size), Codes(random, signed: true), texts);
        TextTable.Write(RunFiles.ActsOn(folder, layer, "words"), Codes(random, signed: false), texts);
        int[] sample = [.. Enumerable.Range(0, Sample)];
        PortraitFile.Write(RunFiles.Portraits(folder, layer), new()
        {
            Layer = layer,
            Count = Neurons,
            Sample = sample,
            SampleNorms = rand(Neurons, Sample).data<float>().ToArray(),
            Histogram = new int[Neurons * LayerPortraits.Bins],
            BelowImages = Enumerable.Range(0, Neurons * LayerPortraits.Below).Select(_ => random.Next(images)).ToArray(),
            BelowNorms = new float[Neurons * LayerPortraits.Below],
            Routes = rand(Neurons, Math.Max(1, Layers - layer) * Heads).data<float>().ToArray(),
            ImageMean = randn(Neurons, Width).data<float>().ToArray(),
            Polysemanticity = [.. Enumerable.Range(0, Neurons).Select(_ => random.NextSingle())],
        });
    }

    private static SparseCodes Codes(Random random, bool signed) => new(Size,
        [.. Enumerable.Range(0, Neurons).SelectMany(_ => Enumerable.Range(0, Size)
            .Select(k => (k * (Texts / Size)) + random.Next(Texts / Size)))],
        [.. Enumerable.Range(0, Neurons * Size).Select(_ => random.NextSingle() - (signed ? 0.3f : 0))], new float[Neurons]);

    private static RunManifest Manifest(string pictures, int images) => new()
    {
        Form = RunManifest.CurrentForm,
        Cliplens = "bench",
        // One block more than the layers: the last has no second-order effects.
        Model = new("ViT-B-32-like", "open_clip", "", Layers + 1, Neurons, Width),
        Images = new(pictures, pictures, images, 0, "", ""),
        Settings = new($"{Top}", false, DictionaryScaling.Unit, 16),
        Layers = [.. Enumerable.Range(0, Layers)],
        Pools = [new("words", "words.txt", Texts, "", [.. Enumerable.Range(0, Layers).Select(layer => new RunTables(layer, [Size]))])],
        Versions = new Dictionary<string, string>(),
        Timings = new Dictionary<string, double>(),
    };
}
