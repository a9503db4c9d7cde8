namespace ClipLens.Neurons;

/// <summary>What a neuron adds to a class's heat on the object.</summary>
/// <param name="Neuron">The neuron.</param>
/// <param name="Share">Its second-order effect along the class's direction from the object's patches, in percent of the length of the
/// representation.</param>
public readonly record struct NeuronShare(NeuronId Neuron, float Share);
