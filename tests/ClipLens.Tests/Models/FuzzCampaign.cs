using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;

namespace ClipLens.Tests.Models;

/// <summary>
/// Changes seeds of a file format at random and hands them to a reader: each must end in a result or in one sentence, within limits of time
/// and memory. The same numbers give the same inputs. How many inputs a campaign has is set by CLIPLENS_FUZZ (a short fixed one without),
/// where it begins by CLIPLENS_FUZZ_FROM; an input that fails is kept in CLIPLENS_FUZZ_KEEP.
/// </summary>
internal static class FuzzCampaign
{
    private const int Short = 400;

    private const long MemoryBesidesFile = 200L << 20;

    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(20);

    private static readonly int[] Interesting = [0, 1, -1, 127, 128, 255, 256, 32767, 65535, 65536, int.MaxValue, int.MinValue];

    /// <summary>Runs a campaign.</summary>
    /// <param name="seeds">Whole files of the format.</param>
    /// <param name="read">Reads one, and ends well or in a <see cref="ClipLensException"/>.</param>
    public static void Run(byte[][] seeds, Action<byte[]> read)
    {
        int count = Setting("CLIPLENS_FUZZ", Short), from = Setting("CLIPLENS_FUZZ_FROM", 0);
        foreach (byte[] seed in seeds) Check(seed, read, "a seed");
        for (int i = from; i < from + count; i++) Check(Change(seeds, new Random(i)), read, $"input {i}");
    }

    private static void Check(byte[] input, Action<byte[]> read, string name)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        string? fault = null;
        try
        {
            read(input);
        }
        catch (ClipLensException error)
        {
            if (error.Message.Length < 10 || error.Message.Contains('\n') || error.Message.Length > 4000) fault =
                $"the sentence '{error.Message}'";
        }
#pragma warning disable CA1031 // Any other exception is what is looked for.
        catch (Exception error)
        {
            fault = $"{error}";
        }
#pragma warning restore CA1031
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        if (bytes > 2L * input.Length + MemoryBesidesFile) fault ??= $"{bytes >> 20} MB for {input.Length} bytes";
        if (clock.Elapsed > MostTime) fault ??= $"{clock.Elapsed.TotalSeconds:0} s";
        if (fault is null) return;
        string kept = Path.Combine(Environment.GetEnvironmentVariable("CLIPLENS_FUZZ_KEEP") ?? Path.GetTempPath(),
            $"cliplens-fuzz-{name.Replace(' ', '-')}.bin");
        File.WriteAllBytes(kept, input);
        Assert.Fail($"{name}, kept as {kept}, gave {fault}");
    }

    private static byte[] Change(byte[][] seeds, Random random)
    {
        List<byte> file = [.. seeds[random.Next(seeds.Length)]];
        for (int changes = 1 << random.Next(4); changes > 0; changes--)
        {
            if (file.Count == 0) break;
            // Heads and tails decide more than the middle.
            int at = random.Next(3) switch
            {
                0 => random.Next(Math.Min(64, file.Count)),
                1 =>
                file.Count - 1 - random.Next(Math.Min(64, file.Count)),
                _ => random.Next(file.Count)
            };
            int length = Math.Min(1 + random.Next(16), file.Count - at);
            switch (random.Next(8))
            {
                case 0: file[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: file[at] = (byte)random.Next(256); break;
                case 2: file.RemoveRange(at, length); break;
                case 3: file.InsertRange(at, file.GetRange(at, length)); break;
                case 4: file.RemoveRange(at, file.Count - at); break;
                case 5: WriteNumber(file, at, random); break;
                case 6: file.InsertRange(at, Enumerable.Repeat(file[at], 1 << random.Next(12))); break;
                default:
                    byte[] other = seeds[random.Next(seeds.Length)];
                    int start = random.Next(other.Length);
                    file.InsertRange(at, other[start..Math.Min(other.Length, start + 1 + random.Next(64))]);
                    break;
            }
        }
        return [.. file];
    }

    private static void WriteNumber(List<byte> file, int at, Random random)
    {
        byte[] number = new byte[4];
        int value = Interesting[random.Next(Interesting.Length)];
        if (random.Next(2) == 0) BinaryPrimitives.WriteInt32LittleEndian(number, value);
        else BinaryPrimitives.WriteInt32BigEndian(number, value);
        for (int i = 0; i < 4 && at + i < file.Count; i++) file[at + i] = number[i];
    }

    private static int Setting(string name, int unset) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value
        : unset;
}
