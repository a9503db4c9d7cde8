namespace ClipLens.Runs.Storage;

/// <summary>One table of texts of a run.</summary>
/// <param name="Layer">The block.</param>
/// <param name="Pool">The text pool's name.</param>
/// <param name="Size">Texts a neuron.</param>
public sealed record TextTableId(int Layer, string Pool, int Size);
