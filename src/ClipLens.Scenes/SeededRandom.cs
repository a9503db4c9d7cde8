using System.Numerics;

namespace ClipLens.Scenes;

/// <summary>
/// Random numbers that are the same on every machine and in every release of .NET: xoshiro256** (Blackman and Vigna),
/// its state filled by SplitMix64. Only integer arithmetic, additions and multiplications, so nothing depends on a
/// platform's mathematics library.
/// </summary>
internal sealed class SeededRandom
{
    private ulong _s0, _s1, _s2, _s3;

    public SeededRandom(ulong seed)
    {
        _s0 = SplitMix(ref seed);
        _s1 = SplitMix(ref seed);
        _s2 = SplitMix(ref seed);
        _s3 = SplitMix(ref seed);
    }

    /// <summary>The four words of the state, for a checkpoint.</summary>
    public ulong[] State
    {
        get => [_s0, _s1, _s2, _s3];
        set => (_s0, _s1, _s2, _s3) = (value[0], value[1], value[2], value[3]);
    }

    /// <summary>One step of SplitMix64; also a good way to derive one seed from another.</summary>
    public static ulong SplitMix(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A seed of its own for part <paramref name="part"/> of something seeded by <paramref name="seed"/>.</summary>
    public static ulong Derive(ulong seed, ulong part)
    {
        ulong state = seed ^ BitOperations.RotateLeft((part + 1) * 0xD1342543DE82EF95, 17);
        SplitMix(ref state);
        return SplitMix(ref state);
    }

    public ulong NextBits()
    {
        ulong result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        ulong t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
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
