using ClipLens.Compute;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Texts;
using static TorchSharp.torch;

namespace ClipLens.Cues;

/// <summary>
/// Texts that lead a model from one class to another without naming either (paper, Section 5.1): of the neurons whose directions add most
/// to v = text(fooled) - text(true), every text has the score w_j = sum over n of gamma_jn &lt;v, r_n&gt;; synonyms of the classes are
/// dropped. Other sources score the texts otherwise (<see cref="CueSource"/>).
/// </summary>
public static class SpuriousCues
{
    private const int NeuronsBehind = 10;

    /// <summary>Texts looked at for every cue wanted: most of what is dropped lies among the first.</summary>
    private const int Spare = 12;

    /// <summary>Finds cues.</summary>
    /// <param name="model">The model of the neurons.</param>
    /// <param name="neurons">Its neurons with their texts.</param>
    /// <param name="trueClass">The class that a image shows, such as ship.</param>
    /// <param name="fooledClass">The class that the model shall see, such as truck.</param>
    /// <param name="settings">How.</param>
    /// <param name="progress">Images done, where the source needs images.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="ClipLensException">A class name is empty, both are the same, the neurons have another width than the model, or a
    /// setting cannot be met.</exception>
    public static CueReport Find(ClipModel model, DescribedNeurons neurons, string trueClass, string fooledClass,
        CueSettings? settings = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(neurons);
        settings ??= new();
        (trueClass, fooledClass) = CheckNames(trueClass, fooledClass);
        Check(model, neurons, settings);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var texts = ClassDirections.Embed(model, [trueClass, fooledClass], settings.Templates, settings.Workers);
        cancellation.ThrowIfCancellationRequested();
        var (chosen, scored) = CueWords.Find(model, neurons, (trueClass, fooledClass), texts, settings,
            new() { Workers = settings.Workers, Progress = progress, Cancellation = cancellation });
        cancellation.ThrowIfCancellationRequested();
        var filter = new SynonymFilter(settings.Encoder ?? SentenceEncoders.OfTextTower(model, neurons.Embeddings, settings.Workers),
            settings.SynonymCosine, neurons.Pool, settings.Drop);
        CueWord[] best = [.. scored.Where(word => word.Score > 0).OrderByDescending(word => word.Score).ThenBy(word => word.Text)
            .Take(Spare * settings.Count)];
        var (kept, dropped) = filter.Sift([.. best.Select(word => neurons.Pool[word.Text])], [fooledClass, trueClass], settings.Count);
        return new(trueClass, fooledClass, settings.Source, chosen, [.. kept.Select(i => Cue(best[i], neurons.Pool))],
            [.. dropped.Select(drop => new DroppedCue(neurons.Pool[best[drop.Text].Text], best[drop.Text].Score, drop.Reason))],
                filter.Cosine);
    }

    private static SpuriousCue Cue(CueWord word, IReadOnlyList<string> pool) => new(pool[word.Text], word.Text, word.Score,
        [.. word.Neurons().Where(neuron => neuron.Contribution > 0).OrderByDescending(neuron => neuron.Contribution).Take(NeuronsBehind)]);

    /// <summary>Names without blanks around them, checked before any model is loaded.</summary>
    /// <param name="trueClass">The class that an image shows.</param>
    /// <param name="fooledClass">The class that the model shall see.</param>
    /// <exception cref="ClipLensException">A class name is empty, or both are the same.</exception>
    public static (string True, string Fooled) CheckNames(string trueClass, string fooledClass)
    {
        if (string.IsNullOrWhiteSpace(trueClass)) throw new ClipLensException("The true class is empty; give the name of what the "
            + "image shows, such as ship.");
        if (string.IsNullOrWhiteSpace(fooledClass)) throw new ClipLensException("The fooled class is empty; give the name of what the "
            + "model shall see, such as truck.");
        (trueClass, fooledClass) = (trueClass.Trim(), fooledClass.Trim());
        return WordForms.Stem(trueClass) != WordForms.Stem(fooledClass) ? (trueClass, fooledClass)
            : throw new ClipLensException($"The true class '{trueClass}' and the fooled class '{fooledClass}' are the same; give two "
            + "different ones.");
    }

    private static void Check(ClipModel model, DescribedNeurons neurons, CueSettings settings)
    {
        if (neurons.Embeddings.shape[1] != model.Config.EmbedDim)
            throw new ClipLensException($"The neurons' texts have {neurons.Embeddings.shape[1]} numbers and the model's have "
            + $"{model.Config.EmbedDim}; give the model that the run was made with.");
        if (settings.Count < 1 || settings.Neurons < 1) throw new ClipLensException("Cues and neurons are counted from 1; ask for at "
            + "least one of each.");
        if (settings.Drop.Any(string.IsNullOrWhiteSpace)) throw new ClipLensException("A word to drop is empty; write a word a line.");
    }
}
