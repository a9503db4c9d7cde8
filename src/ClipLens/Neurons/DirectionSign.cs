namespace ClipLens.Neurons;

/// <summary>Which way along its line a neuron's direction points. A principal component has no sign of its own.</summary>
public enum DirectionSign
{
    /// <summary>
    /// As the paper's released code does it: more than half of the top images project positively. Where many weak images are among the top
    /// ones they outvote the strong ones, and the direction points away from what the neuron does.
    /// </summary>
    Majority,

    /// <summary>Towards the side that holds the larger share of the squared effects along the line, so that strong images decide.</summary>
    Strongest,
}
