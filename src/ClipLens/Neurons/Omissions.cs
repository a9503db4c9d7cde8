using System.Runtime.InteropServices;
using ClipLens.Files;

namespace ClipLens.Neurons;

/// <summary>An image that is not kept for a neuron.</summary>
/// <param name="Key">No less than the length of the neuron's effect on it, from the centre of that time.</param>
/// <param name="Image">Its number in the pass.</param>
/// <param name="Centre">The number of that centre.</param>
internal readonly record struct Omission(float Key, int Image, int Centre);

/// <summary>
/// For every neuron of a block the longest of the images that are not kept, by name: where they turn out to be near the k-th largest,
/// these few can be looked at again instead of all. What is not named was no longer than the floor of its centre.
/// </summary>
/// <param name="layer">The block.</param>
/// <param name="neurons">Its neurons N.</param>
internal sealed class Omissions(int layer, int neurons)
{
    private const int Most = 64;
    private readonly List<Omission>[] named = [.. Enumerable.Range(0, neurons).Select(_ => new List<Omission>())];
    private readonly List<float[]> floors = [];

    /// <summary>The images that are named for a neuron.</summary>
    public ReadOnlySpan<Omission> this[int neuron] => CollectionsMarshal.AsSpan(named[neuron]);

    /// <summary>By centre and neuron: no image that was left out then without being named was longer.</summary>
    public IReadOnlyList<float[]> Floors => floors;

    /// <summary>By neuron, what has to be longer to be named now.</summary>
    public float[] Present => floors[^1];

    /// <summary>Forgets all images and centres.</summary>
    public void Clear()
    {
        foreach (var own in named) own.Clear();
        floors.Clear();
    }

    /// <summary>Lengths are from another centre from now on.</summary>
    public void BeginCentre()
    {
        float[] none = new float[neurons];
        Array.Fill(none, float.NegativeInfinity);
        floors.Add(none);
    }

    /// <summary>Takes note of an image that is not kept; threads take different neurons.</summary>
    public void Add(int neuron, float key, int image)
    {
        if (!(key > Present[neuron])) return;
        named[neuron].Add(new(key, image, floors.Count - 1));
        if (named[neuron].Count >= Most) NameHalf(neuron);
    }

    public IEnumerable<SafeTensorData> Save()
    {
        var all = named.SelectMany(own => own).ToArray();
        yield return SafeTensorData.From(NameOf("omitted"), named.Select(own => own.Count).ToArray());
        yield return SafeTensorData.From(NameOf("omitted_keys"), Array.ConvertAll(all, own => own.Key));
        yield return SafeTensorData.From(NameOf("omitted_images"), Array.ConvertAll(all, own => own.Image));
        yield return SafeTensorData.From(NameOf("omitted_centres"), Array.ConvertAll(all, own => own.Centre));
        yield return SafeTensorData.From(NameOf("omitted_floors"), floors.SelectMany(own => own).ToArray());
    }

    public void Load(SafeTensorsFile state)
    {
        Clear();
        float[] keys = state.Read<float>(NameOf("omitted_keys"));
        int[] images = state.Read<int>(NameOf("omitted_images")), centres = state.Read<int>(NameOf("omitted_centres"));
        int place = 0;
        foreach (var (neuron, count) in state.Read<int>(NameOf("omitted")).Index())
            for (int end = place + count; place < end; place++) named[neuron].Add(new(keys[place], images[place], centres[place]));
        floors.AddRange(state.Read<float>(NameOf("omitted_floors")).Chunk(neurons));
    }

    private string NameOf(string name) => $"{name}.{layer}";

    private void NameHalf(int neuron)
    {
        var own = named[neuron];
        own.Sort((a, b) => b.Key.CompareTo(a.Key));
        foreach (var (key, _, centre) in own.Skip(Most / 2)) floors[centre][neuron] = MathF.Max(floors[centre][neuron], key);
        own.RemoveRange(Most / 2, own.Count - Most / 2);
    }
}
