using ClipLens.Compute;
using static TorchSharp.torch;

namespace ClipLens.Explorer.Meaning;

/// <summary>
/// Words and neurons as short vectors, for pages without a model: their first principal coordinates in steps of a 127th of the largest,
/// in Base64, row by row. What a word is near to comes out nearly as with the whole vectors.
/// </summary>
/// <param name="Width">Numbers of a vector.</param>
/// <param name="Words">The texts of the pool.</param>
/// <param name="Texts">Their vectors.</param>
/// <param name="Acts">What the neurons act on; null where it is not known.</param>
/// <param name="Writes">What they write.</param>
/// <param name="Images">What their top images show; null where it is not known.</param>
internal sealed record PackedMeaning(int Width, IReadOnlyList<string> Words, string Texts, string? Acts, string Writes, string? Images)
{
    private const int MostWidth = 48;

    /// <summary>Packs them; null where the run has no texts.</summary>
    public static PackedMeaning? Pack(RunSources sources)
    {
        if (sources.Vectors.Pool is not { } centred) return null;
        using var threads = TorchThreads.One();
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var pool = Rows(centred.Unit.ToArray());
        // The texts' own axes: what texts do not tell apart cannot be asked for.
        var (_, vectors) = linalg.eigh(pool.t().matmul(pool));
        int width = (int)Math.Min(MostWidth, vectors.shape[1]);
        var axes = vectors.narrow(1, vectors.shape[1] - width, width);
        return new(width, sources.Texts.Words, Packed(pool), sources.Vectors.ActsUnits() is { } acts ? Packed(Rows(acts)) : null,
            Packed(Rows(sources.Vectors.Writes.Units())), sources.Vectors.Images is { } images ? Packed(Rows(images.Units())) : null);

        Tensor Rows(float[] values) => tensor(values, [values.Length / centred.Width, centred.Width]);

        string Packed(Tensor table)
        {
            using var inner = NewDisposeScope();
            var own = nn.functional.normalize(table.matmul(axes), 2, 1);
            var steps = (own / own.abs().amax([1], keepdim: true).clamp_min(1e-12) * 127).round().to(ScalarType.Int8).contiguous();
            return Convert.ToBase64String(System.Runtime.InteropServices.MemoryMarshal.AsBytes<sbyte>(steps.data<sbyte>().ToArray()));
        }
    }
}
