namespace ClipLens.Neurons;

/// <summary>One of the parts into which a dataset is cut for several machines.</summary>
/// <param name="Index">Which, from 0.</param>
/// <param name="Count">Of how many.</param>
internal readonly record struct DatasetPart(int Index, int Count)
{
    /// <summary>The whole dataset.</summary>
    public static DatasetPart Whole => new(0, 1);
}
