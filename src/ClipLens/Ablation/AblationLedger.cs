using ClipLens.Effects;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Ablation;

/// <summary>Collects what the passes of an ablation find, batch by batch in the order of the images.</summary>
internal sealed class AblationLedger
{
    private const int Chunk = 256;
    private readonly IReadOnlyList<int> labels;
    private readonly Tensor classifier, representations;
    private readonly AblationSettings settings;
    private readonly ImageScores baseline;
    private readonly List<AblationSubject> subjects;
    private readonly Dictionary<int, NeuronActivity> activities;
    private readonly List<int> indices = [];
    private readonly List<string> failures = [];
    private bool isFirstPass = true;

    public AblationLedger(int images, int width, IReadOnlyList<int> labels, Tensor classifier, IReadOnlyList<AblationLayer> layers,
        AblationSettings settings)
    {
        (this.labels, this.classifier, this.settings) = (labels, classifier, settings);
        baseline = new ImageScores(images);
        representations = zeros(images, width).DetachFromDisposeScope();
        subjects = [.. layers.Select(layer => Subject(layer.Neurons.Layer, layer.Sets, layer.Neurons.Count))];
        if (settings.IsJoint) subjects.Add(Subject(null, layers[0].Sets, layers.Sum(layer => layer.Neurons.Count)));
        activities = layers.ToDictionary(layer => layer.Neurons.Layer, layer => new NeuronActivity(layer.Neurons.Count, layer.Sets));

        AblationSubject Subject(int? layer, IReadOnlyList<DirectionSet> sets, int neurons) =>
            new(layer, [.. AblationNames.Fixed, .. sets.Select(set => set.Name)], images, neurons);
    }

    public void BeginPass(IReadOnlyList<NeuronRange> ranges) => subjects.ForEach(subject => subject.BeginPass(ranges));

    /// <summary>Scores what of a batch can be scored; on any thread.</summary>
    /// <param name="read">The batch.</param>
    /// <param name="own">The model's representations in the effects' unit: [B, d].</param>
    /// <param name="changes">Changes by block: [V, B, d].</param>
    /// <param name="found">The neurons' activity.</param>
    public AblationPart Score(ImageBatch read, Tensor own, IReadOnlyDictionary<int, Tensor> changes,
        List<(NeuronRange, RangeActivity)> found)
    {
        var classes = read.Indices.Select(index => labels[index]).ToList();
        var parts = new List<SubjectPart>();
        foreach (var subject in subjects)
        {
            Tensor? change = subject.Layer is int layer ? changes.GetValueOrDefault(layer) : stack(changes.Values).sum(dim: 0);
            if (change is null) continue;
            var scores = subject.IsWholeInPass ? ImageScores.Score(own + change, own, classifier, classes) : null;
            parts.Add(new(subject.Layer, change.MoveToOuterDisposeScope(), scores));
        }
        var plain = ImageScores.Score(own.unsqueeze(0), own, classifier, classes)[0];
        return new(own.MoveToOuterDisposeScope(), plain, parts, found);
    }

    /// <summary>Takes a batch in; one call at a time, in order.</summary>
    /// <param name="read">The batch.</param>
    /// <param name="part">What was found of it; null if none of its images could be read.</param>
    public void Commit(ImageBatch read, AblationPart? part)
    {
        if (isFirstPass) failures.AddRange(read.Outcomes.Where(outcome => outcome.Error is not null).Select(outcome => outcome.Error!));
        if (part is null) return;
        using var scope = NewDisposeScope();
        if (isFirstPass) TakeBaseline(read, part);
        foreach (var (range, activity) in part.Activities) activities[range.Layer].Add(range, read.Indices, activity);
        foreach (var own in part.Subjects)
        {
            var subject = subjects.Single(subject => subject.Layer == own.Layer);
            if (own.Scores is null) subject.Keep(read.Indices, own.Changes);
            else
            {
                subject.Set(read.Indices, own.Scores);
                settings.Observe?.Invoke(new(own.Layer, read.Indices, part.Baseline, part.Baseline + own.Changes));
            }
        }
    }

    /// <summary>Scores the subjects to which no pass will add any more.</summary>
    public void EndPass()
    {
        isFirstPass = false;
        using var _ = inference_mode();
        foreach (var subject in subjects.Where(subject => subject.IsReadyToScore))
        {
            foreach (int[] images in indices.Chunk(Chunk))
            {
                using var scope = NewDisposeScope();
                var own = representations.index_select(0, tensor(images.Select(image => (long)image).ToArray())) * SecondOrder.Unit;
                var changed = subject.Kept(images) + own;
                subject.Set(images, ImageScores.Score(changed, own, classifier, [.. images.Select(image => labels[image])]));
                settings.Observe?.Invoke(new(subject.Layer, images, own, changed));
            }
            subject.Dispose();
        }
    }

    public AblationOutcome Finish() => new(labels, indices, failures, representations, baseline,
        [.. subjects.Where(subject => subject.Layer is not null).Select(subject =>
            new LayerOutcome(subject.Layer!.Value, subject.Scores(), activities[subject.Layer.Value]))],
        subjects.SingleOrDefault(subject => subject.Layer is null)?.Scores());

    private void TakeBaseline(ImageBatch read, AblationPart part)
    {
        indices.AddRange(read.Indices);
        baseline.Set(read.Indices, part.BaselineScores);
        var places = tensor(read.Indices.Select(index => (long)index).ToArray());
        representations.index_copy_(0, places, part.Baseline / SecondOrder.Unit);
    }
}
