namespace ClipLens.Explorer.Meaning;

/// <summary>The texts of a pool, less what all have in common.</summary>
internal sealed class CentredTexts
{
    private const int TextsAtATime = 512;

    private readonly float[] unit, lengths, mean;

    /// <summary>Centres the embeddings of texts, which are overwritten: those of a large pool are tens of megabytes.</summary>
    /// <param name="embeddings">The embeddings: [M, d].</param>
    /// <param name="width">Width d of the joint space.</param>
    public CentredTexts(float[] embeddings, int width)
    {
        (unit, Width, lengths, mean) = (embeddings, width, new float[embeddings.Length / width], new float[width]);
        int parts = (Count + TextsAtATime - 1) / TextsAtATime;
        float[][] sums = new float[parts][];
        InParts((part, first, count) =>
        {
            float[] sum = new float[width];
            for (int text = first; text < first + count; text++)
            {
                Rows.Normalise(Row(text));
                Rows.Add(Row(text), 1, sum);
            }
            sums[part] = sum;
        });
        // In the order of the parts, so that the sum does not depend on who was first.
        for (int k = 0; k < width; k++) mean[k] = (float)(sums.Sum(sum => (double)sum[k]) / Count);
        InParts((_, first, count) =>
        {
            for (int text = first; text < first + count; text++)
                lengths[text] = Rows.Centre(Row(text), mean);
        });
        Table = new([unit], width);
    }

    /// <summary>Width d of the joint space.</summary>
    public int Width { get; }

    /// <summary>Number M of texts.</summary>
    public int Count => lengths.Length;

    /// <summary>Their directions, of unit length.</summary>
    public VectorTable Table { get; }

    /// <summary>Their directions, of unit length: [M, d].</summary>
    public ReadOnlyMemory<float> Unit => unit;

    /// <summary>What they have in common: [d].</summary>
    public ReadOnlySpan<float> Mean => mean;

    /// <summary>How long a text's vector was before it was made a unit.</summary>
    public float LengthOf(int text) => lengths[text];

    /// <summary>The sum of texts by their weights.</summary>
    /// <param name="texts">Places in the pool.</param>
    /// <param name="weights">Their weights.</param>
    /// <param name="sum">Where it goes.</param>
    /// <returns>Its length.</returns>
    public float Sum(ReadOnlySpan<int> texts, ReadOnlySpan<float> weights, Span<float> sum)
    {
        sum.Clear();
        for (int i = 0; i < texts.Length; i++) Rows.Add(Row(texts[i]), weights[i] * lengths[texts[i]], sum);
        return MathF.Sqrt(Rows.Dot(sum, sum));
    }

    private Span<float> Row(int text) => unit.AsSpan(text * Width, Width);

    private void InParts(Action<int, int, int> work) => Parallel.For(0, (Count + TextsAtATime - 1) / TextsAtATime, part =>
        work(part, part * TextsAtATime, Math.Min(TextsAtATime, Count - part * TextsAtATime)));
}
