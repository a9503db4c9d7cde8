using System.Collections.Concurrent;

namespace ClipLens.Explorer;

/// <summary>Files that were made already. When they are too many they are all let go, and made again when they are asked for.</summary>
internal sealed class ByteCache
{
    private const long MostBytes = 96L << 20;

    private readonly ConcurrentDictionary<string, SiteFile> files = new(StringComparer.Ordinal);
    private long held;

    public SiteFile? Find(string address) => files.GetValueOrDefault(address);

    public void Keep(string address, SiteFile file)
    {
        if (files.TryAdd(address, file) && Interlocked.Add(ref held, file.Bytes.Length) > MostBytes) Clear();
    }

    /// <summary>Lets all of them go.</summary>
    public void Clear()
    {
        files.Clear();
        Interlocked.Exchange(ref held, 0);
    }
}
