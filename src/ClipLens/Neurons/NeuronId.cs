using System.Globalization;

namespace ClipLens.Neurons;

/// <summary>A neuron of a model, written "9:391".</summary>
/// <param name="Layer">Its block, from 0.</param>
/// <param name="Index">Its place in the block, from 0.</param>
public readonly record struct NeuronId(int Layer, int Index)
{
    /// <summary>Reads "9:391".</summary>
    /// <exception cref="ClipLensException">It is something else.</exception>
    public static NeuronId Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Split(':') is [var layer, var index]
            && int.TryParse(layer, NumberStyles.None, CultureInfo.InvariantCulture, out int first)
            && int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out int second)) return new(first, second);
        throw new ClipLensException($"The neuron '{text}' is not understood; write its layer and its number, such as 9:391.");
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Layer}:{Index}";
}
