using ClipLens.Compute;
using ClipLens.Models.Configuration;
using static TorchSharp.torch;

namespace ClipLens.Models;

/// <summary>
/// Rotary positions on a grid of patches: pairs of neighbouring entries of a query or key turn by an angle, the position times a frequency
/// that falls from 1 to 1/10000 over a quarter of the head's width; half of the width turns by the column, half by the row. What stands
/// before the patches does not turn.
/// </summary>
internal sealed class Rotary : IDisposable
{
    private const double Slowest = 10_000;
    private readonly Tensor cos, sin;

    /// <summary>For a grid of patches.</summary>
    /// <param name="config">The scheme.</param>
    /// <param name="headWidth">Width of a head; a multiple of 4.</param>
    /// <param name="rows">Rows of patches.</param>
    /// <param name="columns">Columns of patches.</param>
    /// <param name="before">Tokens before the patches.</param>
    /// <param name="placement">Where the tower computes.</param>
    public Rotary(RotaryConfig config, int headWidth, int rows, int columns, int before, Placement placement)
    {
        int bands = headWidth / 4, tokens = before + rows * columns;
        float[] cosines = new float[tokens * headWidth], sines = new float[cosines.Length];
        Array.Fill(cosines, 1);
        for (int patch = 0; patch < rows * columns; patch++)
        {
            double row = (double)(patch / columns + config.Offset) / rows * config.Side;
            double column = (double)(patch % columns + config.Offset) / columns * config.Side;
            for (int at = 0; at < headWidth; at++)
            {
                double position = at < headWidth / 2 == config.ColumnFirst ? column : row;
                double angle = position * Math.Pow(Slowest, -(double)(at / 2 % bands) / bands);
                int place = (before + patch) * headWidth + at;
                (cosines[place], sines[place]) = ((float)Math.Cos(angle), (float)Math.Sin(angle));
            }
        }
        cos = placement.Place(tensor(cosines, [tokens, headWidth], device: CPU));
        sin = placement.Place(tensor(sines, [tokens, headWidth], device: CPU));
    }

    /// <summary>Cosines of the angles at every token: [T, head].</summary>
    public Tensor Cosines => cos;

    /// <summary>Sines of the angles at every token: [T, head].</summary>
    public Tensor Sines => sin;

    /// <summary>Turns queries or keys [B, H, T, head].</summary>
    public Tensor Turn(Tensor heads)
    {
        var pairs = heads.unflatten(3, [heads.shape[3] / 2, 2]);
        var quarter = stack([pairs.select(4, 1).neg(), pairs.select(4, 0)], 4).flatten(3);
        return heads * cos + quarter * sin;
    }

    public void Dispose()
    {
        cos.Dispose();
        sin.Dispose();
    }
}
