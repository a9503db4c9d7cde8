using static TorchSharp.torch;

namespace ClipLens.Neurons;

/// <summary>
/// Numbers on a grid of a power of two, so coarse that sums of them in float64 are exact: they come to the same bits in any order and in
/// any grouping, and those of several machines add up to those of one.
/// </summary>
internal static class Grid
{
    /// <summary>Bits below the leading one of what is largest in the sample; float64 has 53, the rest is for the number of
    /// images.</summary>
    public const int SumBits = 26, NormBits = 18, RepresentationBits = 17;

    /// <summary>
    /// Images of a dataset up to which all sums are exact. A third of them are 2^19, and products of two numbers of a unit representation
    /// have 34 bits, so that their sum has 53 at most. Sums of coefficients have room for values 64 times as large as the largest of the
    /// sample, those of squared lengths for lengths 16 times as large; those of lengths times representations hold while the mean of such
    /// products is below half of the largest length.
    /// </summary>
    public const int MostImages = 3 << 19;

    /// <summary>What rounds values up to these sizes to so many bits, where it is added and taken off again: float64 of the same
    /// shape.</summary>
    /// <param name="largest">The largest magnitudes that are expected.</param>
    /// <param name="bits">Bits that are kept of values of these sizes.</param>
    public static Tensor Rounder(Tensor largest, int bits)
    {
        using var scope = NewDisposeScope();
        var exponents = largest.to(ScalarType.Float64).clamp_min(1e-30).log2().ceil() - bits;
        return (exponents + 52).exp2().mul(1.5).MoveToOuterDisposeScope();
    }

    /// <summary>Values on the grid, in float64.</summary>
    public static Tensor Round(Tensor values, Tensor rounder) => values.to(ScalarType.Float64).add(rounder).sub_(rounder);

    /// <summary>Unit representations on their grid, in float64.</summary>
    public static Tensor RoundRepresentations(Tensor representations) =>
        representations.to(ScalarType.Float64).mul_(1 << RepresentationBits).round_().div_(1 << RepresentationBits);
}
