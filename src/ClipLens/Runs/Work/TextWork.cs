using ClipLens.Compute;
using ClipLens.Runs.Storage;
using ClipLens.Texts;
using ClipLens.Texts.ActsOn;
using static TorchSharp.torch;

namespace ClipLens.Runs.Work;

/// <summary>Makes the text tables that a run lacks, from the directions of its neurons; the images are not needed.</summary>
internal sealed class TextWork(AnalysisInputs inputs, RunWriter run, IProgress<WorkProgress>? progress, CancellationToken cancellation)
{
    /// <summary>Makes them, and returns which.</summary>
    public IReadOnlyList<TextTableId> Do()
    {
        var made = inputs.Pools.SelectMany(Describe).ToList();
        foreach (var pool in inputs.Pools) FindActing(pool);
        return made;
    }

    /// <summary>Makes the tables of what neurons act on that are missing. Of too few images there is none: nothing could be
    /// checked.</summary>
    private void FindActing(PoolTexts pool)
    {
        var missing = inputs.Layers.Where(layer => !File.Exists(RunFiles.ActsOn(run.Path, layer, pool.Name))).ToList();
        if (missing.Count == 0 || !BehaviourFile.CanBeSplit(RunFiles.Representations(run.Path))) return;
        using var dictionary = run.Time("embedding texts", () =>
        {
            using var embeddings = Embeddings(pool);
            return TextDictionary.Create(embeddings, DictionaryScaling.Unit);
        });
        bool[] isVisible = VisibleTexts.Among(pool.Texts);
        foreach (int layer in missing)
            run.Time("what neurons act on", () =>
            {
                using var scope = NewDisposeScope();
                var parts = BehaviourFile.Read(RunFiles.Representations(run.Path), RunFiles.Behaviour(run.Path, layer),
                    run.Manifest.Model.Neurons, run.Manifest.Model.EmbedDim);
                var relay = new StageProgress(progress, $"What layer {layer} acts on", parts[0].Neurons);
                TextTable.Write(RunFiles.ActsOn(run.Path, layer, pool.Name),
                    ActingTexts.Find(parts, dictionary, isVisible, relay, inputs.Settings.Workers, cancellation), pool.Texts);
            });
        run.Save();
    }

    private List<TextTableId> Describe(PoolTexts pool)
    {
        var missing = inputs.Layers.SelectMany(layer => inputs.Settings.Sizes.Distinct().Order()
            .Select(size => new TextTableId(layer, pool.Name, size)))
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
        var codes = MatchingPursuit.Decompose(directions, dictionary, [.. tables.Select(table => table.Size)], stage,
            inputs.Settings.Workers, cancellation);
        foreach (var (table, code) in tables.Zip(codes))
            TextTable.Write(RunFiles.Texts(run.Path, layer, table.Pool, table.Size), code, pool.Texts);
    }
}
