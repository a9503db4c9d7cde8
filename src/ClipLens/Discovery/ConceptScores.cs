using ClipLens.Compute;
using ClipLens.Texts;
using static TorchSharp.torch;

namespace ClipLens.Discovery;

/// <summary>Scores of the pool's texts for an image, by every method.</summary>
internal sealed class ConceptScores : IDisposable
{
    /// <summary>Texts of the sparse sum: twice what is usually shown, since some have negative coefficients.</summary>
    private const int PursuitTexts = 32;

    private readonly DescribedNeurons neurons;
    private readonly Tensor unit;
    private readonly Tensor? mean;

    /// <param name="neurons">The neurons and their pool.</param>
    /// <param name="meanRepresentation">Mean representation [d]; see <see cref="DiscoverySettings.MeanRepresentation"/>.</param>
    public ConceptScores(DescribedNeurons neurons, IReadOnlyList<float>? meanRepresentation)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        this.neurons = neurons;
        unit = nn.functional.normalize(neurons.Embeddings, 2, -1).DetachFromDisposeScope();
        Texts = (unit - unit.mean([0], keepdim: true)).DetachFromDisposeScope();
        mean = meanRepresentation is null ? null : tensor(meanRepresentation.ToArray()).DetachFromDisposeScope();
    }

    /// <summary>The pool's unit embeddings less their mean: [M, d].</summary>
    public Tensor Texts { get; }

    /// <summary>The scores of all texts.</summary>
    /// <param name="method">The method.</param>
    /// <param name="representation">The image's representation, of any length: [d].</param>
    /// <param name="effects">Its significant neurons.</param>
    /// <param name="weight">See <see cref="DiscoverySettings.Weight"/>.</param>
    /// <returns>[M]; minus infinity for a text that the method does not find.</returns>
    public float[] Score(DiscoveryMethod method, Tensor representation, SignificantEffects effects, float weight)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var own = nn.functional.normalize(representation, 2, 0);
        return method switch
        {
            DiscoveryMethod.Paper => Paper(effects),
            DiscoveryMethod.Embedding => Pursued(own - mean!),
            DiscoveryMethod.ZeroShot => unit.mv(own).Floats().ToArray(),
            DiscoveryMethod.Effects => Texts.mv(effects.Effects.sum([0])).Floats().ToArray(),
            _ => Texts.mv(own.mul_(Effects.SecondOrder.Unit) + weight * effects.Effects.sum([0])).Floats().ToArray(),
        };
    }

    public void Dispose()
    {
        unit.Dispose();
        Texts.Dispose();
        mean?.Dispose();
    }

    private float[] Paper(SignificantEffects effects)
    {
        float[] scores = Nothing();
        for (int i = 0; i < effects.Neurons.Count; i++)
        {
            foreach (var (text, coefficient) in neurons.TextsOf(effects.Neurons[i]))
                scores[text] = (float.IsNegativeInfinity(scores[text]) ? 0 : scores[text]) + coefficient * effects.Norms[i];
        }
        return scores;
    }

    private float[] Pursued(Tensor vector)
    {
        float[] scores = Nothing();
        foreach (var (text, coefficient) in MatchingPursuit.Decompose(vector.unsqueeze(0), neurons.Dictionary, PursuitTexts)
            .Ranked(0)) scores[text] = coefficient;
        return scores;
    }

    private float[] Nothing()
    {
        float[] scores = new float[neurons.Pool.Count];
        Array.Fill(scores, float.NegativeInfinity);
        return scores;
    }
}
