namespace ClipLens.Compute;

/// <summary>Random numbers that are the same for a seed on every machine and in every release (SplitMix64; Steele, Lea, Flood
/// 2014).</summary>
/// <param name="seed">The seed.</param>
public sealed class SeededRandom(ulong seed)
{
    private ulong state = seed;

    /// <summary>The next 64 random bits.</summary>
    public ulong Next() => SplitMix(ref state);

    /// <summary>One step of SplitMix64; also a good way to derive one seed from another.</summary>
    /// <param name="state">The state, which goes one step on.</param>
    public static ulong SplitMix(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A whole number from 0 to <paramref name="end"/> - 1, all equally likely.</summary>
    public int Below(int end)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(end);
        // Multiplication maps 64 bits onto the range; the few values that would make it uneven are drawn again (Lemire 2019).
        ulong limit = (ulong)end, least = (0 - limit) % limit;
        while (true)
        {
            ulong high = Math.BigMul(Next(), limit, out ulong low);
            if (low >= least) return (int)high;
        }
    }

    /// <summary>Some of the numbers 0 .. <paramref name="count"/> - 1, in order; all of them if <paramref name="wanted"/> is not
    /// less.</summary>
    public int[] Choose(int count, int wanted)
    {
        int[] all = Shuffled(count);
        return [.. all.Take(wanted).Order()];
    }

    /// <summary>The numbers 0 .. <paramref name="count"/> - 1 in random order.</summary>
    public int[] Shuffled(int count)
    {
        int[] all = [.. Enumerable.Range(0, count)];
        for (int i = count - 1; i > 0; i--)
        {
            int other = Below(i + 1);
            (all[i], all[other]) = (all[other], all[i]);
        }
        return all;
    }

    /// <summary>A random assignment of the numbers 0 .. <paramref name="count"/> - 1 to each other, none to itself (a single
    /// cycle).</summary>
    public int[] Derangement(int count)
    {
        int[] cycle = Shuffled(count);
        var partner = new int[count];
        for (int i = 0; i < count; i++) partner[cycle[i]] = cycle[(i + 1) % count];
        return partner;
    }
}
