using System.Globalization;
using ClipLens.Neurons;

namespace ClipLens.Editing.Units;

/// <summary>A part of a model's image tower that an edit can turn down or up: a neuron, written "9:391", or a head, written "head
/// 11:3".</summary>
/// <param name="Layer">Its block, from 0.</param>
/// <param name="Index">Its place in the block, from 0.</param>
/// <param name="IsHead">Whether it is an attention head.</param>
public readonly record struct ModelUnit(int Layer, int Index, bool IsHead = false)
{
    private const string HeadWord = "head ";

    /// <summary>Reads "9:391" or "head 11:3".</summary>
    /// <param name="text">The words.</param>
    /// <param name="isHead">Whether a bare "11:3" is a head.</param>
    /// <exception cref="ClipLensException">It is something else.</exception>
    public static ModelUnit Parse(string text, bool isHead = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        string own = text.Trim();
        bool named = own.StartsWith(HeadWord, StringComparison.OrdinalIgnoreCase);
        return Find(named ? own[HeadWord.Length..].Trim() : own, isHead || named) ?? throw new ClipLensException(isHead || named
            ? $"The head '{text}' is not understood; write its layer and its number, such as 11:3."
            : $"The neuron '{text}' is not understood; write its layer and its number, such as 9:391.");
    }

    /// <summary>Reads "9:391"; null where it is something else.</summary>
    internal static ModelUnit? Find(string text, bool isHead = false) => text.Split(':') is [var layer, var index]
        && int.TryParse(layer, NumberStyles.None, CultureInfo.InvariantCulture, out int first)
        && int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out int second) ? new(first, second, isHead) : null;

    /// <summary>A neuron as a unit.</summary>
    public static ModelUnit FromNeuron(NeuronId neuron) => new(neuron.Layer, neuron.Index);

    /// <inheritdoc/>
    public override string ToString() => $"{(IsHead ? HeadWord : "")}{Layer}:{Index}";
}
