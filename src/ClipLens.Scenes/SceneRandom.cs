using System.Numerics;
using ClipLens.Compute;

namespace ClipLens.Scenes;

/// <summary>
/// Random numbers that are the same on every machine and in every release of .NET: xoshiro256** (Blackman and Vigna),
/// its state filled by SplitMix64. Only integer arithmetic, additions and multiplications, so nothing depends on a
/// platform's mathematics library.
/// </summary>
internal sealed class SceneRandom
{
    private ulong s0, s1, s2, s3;

    public SceneRandom(ulong seed)
    {
        s0 = SeededRandom.SplitMix(ref seed);
        s1 = SeededRandom.SplitMix(ref seed);
        s2 = SeededRandom.SplitMix(ref seed);
        s3 = SeededRandom.SplitMix(ref seed);
    }

    /// <summary>The four words of the state, for a checkpoint.</summary>
    public ulong[] State
    {
        get => [s0, s1, s2, s3];
        set => (s0, s1, s2, s3) = (value[0], value[1], value[2], value[3]);
    }

    /// <summary>A seed of its own for part <paramref name="part"/> of something seeded by <paramref name="seed"/>.</summary>
    public static ulong Derive(ulong seed, ulong part)
    {
        ulong state = seed ^ BitOperations.RotateLeft((part + 1) * 0xD1342543DE82EF95, 17);
        SeededRandom.SplitMix(ref state);
        return SeededRandom.SplitMix(ref state);
    }

    public ulong NextBits()
    {
        ulong result = BitOperations.RotateLeft(s1 * 5, 7) * 9;
        ulong t = s1 << 17;
        s2 ^= s0;
        s3 ^= s1;
        s1 ^= s2;
        s0 ^= s3;
        s2 ^= t;
        s3 = BitOperations.RotateLeft(s3, 45);
        return result;
    }

    /// <summary>Uniform in [0, 1), 24 bits.</summary>
    public float Uniform() => (NextBits() >> 40) * (1f / (1 << 24));

    /// <summary>Uniform in [low, high).</summary>
    public float Uniform(float low, float high) => low + (high - low) * Uniform();

    /// <summary>Uniform in 0 .. count-1.</summary>
    public int Below(int count) => (int)Math.BigMul(NextBits(), (ulong)count, out _);

    public bool Chance(double probability) => Uniform() < probability;

    public T Pick<T>(IReadOnlyList<T> items) => items[Below(items.Count)];

    /// <summary>The index of one of the weights, in proportion to them.</summary>
    public int Weighted(ReadOnlySpan<float> weights)
    {
        float total = 0;
        foreach (float weight in weights) total += weight;
        float left = Uniform() * total;
        for (int i = 0; i < weights.Length - 1; i++)
        {
            left -= weights[i];
            if (left < 0) return i;
        }
        return weights.Length - 1;
    }
}
