using ClipLens.Models.Checkpoints;
using static TorchSharp.torch;

namespace ClipLens.Scenes.Training;

/// <summary>AdamW (Loshchilov and Hutter 2019) with a state that can be stored: one step on all weights.</summary>
internal sealed class AdamW : IDisposable
{
    private const double Beta1 = 0.9, Beta2 = 0.98, Epsilon = 1e-6;
    private const double MostScale = 4.6052; // ln 100

    private readonly WorldParameters weights;
    private readonly Dictionary<string, Tensor> first, second;

    public AdamW(WorldParameters weights)
    {
        this.weights = weights;
        first = weights.Names.ToDictionary(name => name, name => zeros_like(weights[name]).DetachFromDisposeScope());
        second = weights.Names.ToDictionary(name => name, name => zeros_like(weights[name]).DetachFromDisposeScope());
    }

    public Tensor FirstMoment(string name) => first[name];

    public Tensor SecondMoment(string name) => second[name];

    /// <summary>Changes the weights by their gradients, each of which is overwritten.</summary>
    /// <param name="step">0-based number of the step.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="decay">Weight decay of tensors with at least two axes.</param>
    /// <param name="gradients">One a weight, by name; their common norm is cut to 1.</param>
    public void Step(int step, double rate, double decay, IReadOnlyDictionary<string, Tensor> gradients)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        double norm = Math.Sqrt(gradients.Values.Sum(g => (double)g.square().sum().item<float>()));
        double cut = norm > 1 ? 1 / norm : 1, correct1 = 1 - Math.Pow(Beta1, step + 1), correct2 = 1 - Math.Pow(Beta2, step + 1);
        foreach (string name in weights.Names)
        {
            Tensor weight = weights[name], gradient = gradients[name].mul_(cut), first = this.first[name], second = this.second[name];
            first.mul_(Beta1).add_(gradient, 1 - Beta1);
            second.mul_(Beta2).addcmul_(gradient, gradient, 1 - Beta2);
            if (weight.dim() >= 2) weight.mul_(1 - rate * decay);
            weight.addcdiv_(first, second.div(correct2).sqrt_().add_(Epsilon), -rate / correct1);
        }
        weights[CanonicalTensors.LogitScale].clamp_(0, MostScale);
    }

    public void Dispose()
    {
        foreach (var tensor in first.Values.Concat(second.Values)) tensor.Dispose();
    }
}
