using ClipLens.Compute;
using ClipLens.Texts;
using static TorchSharp.torch;

namespace ClipLens.Runs;

/// <summary>Makes the text tables that a run lacks, from the directions of its neurons; the images are not needed.</summary>
internal sealed class TextWork(AnalysisInputs inputs, RunWriter run, IProgress<WorkProgress>? progress, CancellationToken cancellation)
{
    /// <summary>Makes them, and returns which.</summary>
    public IReadOnlyList<TextTableId> Do() => [.. inputs.Pools.SelectMany(Describe)];

    private List<TextTableId> Describe(PoolTexts pool)
    {
        var missing = inputs.Layers.SelectMany(layer => inputs.Settings.Sizes.Distinct().Order().Select(size => new TextTableId(layer, pool.Name, size)))
            .Where(table => !File.Exists(RunFiles.Texts(run.Path, table.Layer, table.Pool, table.Size))).ToList();
        if (missing.Count == 0) return missing;
        using var dictionary = run.Time("embedding texts", () =>
        {
            using var embeddings = Embeddings(pool);
            return TextDictionary.Create(embeddings, inputs.Settings.Scaling);
        });
        foreach (var tables in missing.GroupBy(table => table.Layer))
        {
            run.Time("texts of neurons", () => Decompose([.. tables], pool, dictionary));
            run.Save();
        }
        return missing;
    }

    private Tensor Embeddings(PoolTexts pool)
    {
        string path = RunFiles.PoolEmbeddings(run.Path, pool.Name);
        if (File.Exists(path)) return PoolFiles.ReadEmbeddings(path, pool.Texts.Count, inputs.Model.Config.EmbedDim);
        var stage = new StageProgress(progress, $"Embedding the texts of {pool.Name}", pool.Texts.Count);
        var embeddings = inputs.Model.EmbedTexts(pool.Texts, stage, inputs.Settings.Workers, cancellation);
        PoolFiles.WriteEmbeddings(path, embeddings);
        return embeddings;
    }

    private void Decompose(IReadOnlyList<TextTableId> tables, PoolTexts pool, TextDictionary dictionary)
    {
        int layer = tables[0].Layer;
        var neurons = NeuronFile.Read(RunFiles.Neurons(run.Path, layer), layer, run.Manifest);
        using var directions = neurons.DirectionTensor();
        var stage = new StageProgress(progress, $"Texts of layer {layer}", neurons.Count);
        var codes = MatchingPursuit.Decompose(directions, dictionary, [.. tables.Select(table => table.Size)], stage, inputs.Settings.Workers, cancellation);
        foreach (var (table, code) in tables.Zip(codes))
            TextTable.Write(RunFiles.Texts(run.Path, layer, table.Pool, table.Size), code, pool.Texts);
    }
}
