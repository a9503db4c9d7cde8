using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Models.Images;

namespace ClipLens.Neurons;

/// <summary>A neuron that the images kept for it do not decide.</summary>
/// <param name="Neuron">The neuron.</param>
/// <param name="Images">The images that it has to see again; all if null.</param>
internal sealed record OpenNeuron(int Neuron, IReadOnlyList<CandidateImage>? Images);

/// <summary>Sees again the images that open neurons of some blocks need, in the batches that they were in, and decides these neurons.</summary>
internal sealed unsafe class SecondLook
{
    private readonly IReadOnlyList<EffectPass> parts;
    private readonly IReadOnlyDictionary<int, (TopSelection Selection, Open[] Neurons)> byLayer;
    private readonly CandidateImage[] places;

    /// <param name="parts">The passes over all parts of a dataset.</param>
    /// <param name="open">The open neurons by block.</param>
    public SecondLook(IReadOnlyList<EffectPass> parts, IReadOnlyDictionary<TopSelection, IReadOnlyList<OpenNeuron>> open)
    {
        this.parts = parts;
        byLayer = open.ToDictionary(pair => pair.Key.Layer, pair => (pair.Key, pair.Value.Select(neuron =>
            new Open(neuron.Neuron, neuron.Images?.ToHashSet(), pair.Key.Begin(neuron))).ToArray()));
        places = new CandidateImage[parts[0].Order.Images];
        foreach (var (part, pass) in parts.Index())
            for (int number = part == 0 ? 0 : pass.Order.Sample; number < pass.Order.Count; number++)
                places[pass.Order.Position(number)] = new(pass.IndexOf(number), part, number);
    }

    /// <summary>Looks.</summary>
    public void Run(IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        int[] batches = [.. Batches()];
        var stage = new StageProgress(progress, $"Another look at {byLayer.Values.Sum(own => own.Neurons.Length)} neurons", batches.Length);
        int done = 0;
        var wanted = byLayer.ToDictionary(own => own.Key,
            own => (IReadOnlyList<int>)[.. own.Value.Neurons.Select(open => open.Neuron)]);
        parts[0].VisitAgain(wanted, batches, (start, read, factors) =>
        {
            CheckSame(start, read.Outcomes);
            int shift = start - read.Start;
            foreach (var (layer, own) in factors)
                Offer(byLayer[layer].Selection, byLayer[layer].Neurons, own, [.. read.Indices.Select(index => places[index + shift])]);
            stage.Report(++done);
        }, cancellation);
        foreach (var (selection, neurons) in byLayer.Values)
            foreach (var own in neurons) selection.Settle(own.Neuron, own.Running);
    }

    /// <summary>The batches that hold what any neuron needs.</summary>
    private IEnumerable<int> Batches()
    {
        int batch = parts[0].Batch;
        var all = byLayer.Values.SelectMany(own => own.Neurons).ToList();
        return all.Any(own => own.Images is null) ? Enumerable.Range(0, (places.Length + batch - 1) / batch)
            : all.SelectMany(own => own.Images!).Select(image => parts[image.Part].Order.Position(image.Number) / batch).Distinct().Order();
    }

    /// <summary>Offers a batch to the neurons of a block, one after the other: the threads that were asked for are at work on the next
    /// images.</summary>
    private static void Offer(TopSelection selection, Open[] neurons, SecondOrderFactors factors, CandidateImage[] images)
    {
        int paths = selection.Paths, size = neurons.Length * paths;
        fixed (float* rows = factors.Coefficients.Floats(), biases = selection.ProjectBiases(factors.Bias))
            foreach (var (place, own) in neurons.Index())
            {
                if (own.Images is not null && !images.Any(own.Images.Contains)) continue;
                float* first = rows + place * paths;
                var results = selection.Measure(own.Neuron, first, size, biases, images.Length);
                for (int i = 0; i < results.Length; i++)
                    if ((own.Images is null || own.Images.Contains(images[i])) && own.Running.Reaches(results[i]))
                        own.Running.Add(images[i], results[i], new ReadOnlySpan<float>(first + (long)i * size, paths).ToArray());
            }
    }

    /// <summary>Refuses to mix two versions of an image that changed between the passes.</summary>
    private void CheckSame(int start, IReadOnlyList<ImageOutcome> again)
    {
        for (int i = 0; i < again.Count; i++)
        {
            var place = places[start + i];
            if (again[i].Sha256 != parts[place.Part].Outcomes[place.Number].Sha256)
                throw new ClipLensException($"Image {place.Index} of the dataset (counted from 0) changed while the analysis was running; "
                    + "leave the images alone and begin the run anew.");
        }
    }

    /// <summary>A neuron while it sees images.</summary>
    private sealed record Open(int Neuron, HashSet<CandidateImage>? Images, RunningTop<float[]> Running);
}
