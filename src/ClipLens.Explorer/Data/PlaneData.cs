using ClipLens.Explorer.Layout;
using ClipLens.Explorer.Meaning;
using ClipLens.Files;
using ClipLens.Runs;

namespace ClipLens.Explorer.Data;

/// <summary>Where the neurons of a run lie on a map of all: places in steps of its side, block by block.</summary>
/// <param name="Layers">The layers.</param>
/// <param name="Counts">Neurons of each.</param>
/// <param name="X">From the left.</param>
/// <param name="Y">From the top.</param>
/// <param name="ByImages">Whether neurons lie side by side that act on like images, not that write alike.</param>
internal sealed record PlaneData(IReadOnlyList<int> Layers, IReadOnlyList<int> Counts, IReadOnlyList<int> X, IReadOnlyList<int> Y,
    bool ByImages)
{
    private const int Steps = 4000;

    /// <summary>Reads the map from the run, or lays it out and keeps it there.</summary>
    /// <param name="run">The run.</param>
    /// <param name="vectors">Its neurons.</param>
    public static PlaneData Read(RunDirectory run, NeuronVectors vectors)
    {
        string path = Path.Combine(run.Path, "map.safetensors");
        // The first number says what the map was laid out from: a run that has portraits by now is laid out anew.
        int[] key = [vectors.Images is null ? 0 : 1, .. run.Layers];
        float[]? places = Kept(path, key, vectors.Count);
        if (places is null)
        {
            places = [.. Laid(vectors.Images ?? vectors.Writes).SelectMany(place => new[] { place.X, place.Y })];
            Keep(path, key, places);
        }
        return new(run.Layers, [.. run.Layers.Select(layer => run.Manifest.Model.Neurons)], [.. Coordinates(places, 0)],
            [.. Coordinates(places, 1)], vectors.Images is not null);
    }

    private static (float X, float Y)[] Laid(VectorTable table)
    {
        using var points = TorchSharp.torch.tensor(table.Units(), [table.Count, table.Width]);
        return PlaneLayout.Place(points);
    }

    private static IEnumerable<int> Coordinates(float[] places, int axis) =>
        Enumerable.Range(0, places.Length / 2).Select(i => (int)MathF.Round(places[2 * i + axis] * Steps));

    private static float[]? Kept(string path, int[] key, int count)
    {
        if (!File.Exists(path)) return null;
        try
        {
            using var file = SafeTensorsFile.Open(path);
            float[] places = file.Read<float>("places");
            return file.Read<int>("key").AsSpan().SequenceEqual(key) && places.Length == 2 * count
                && Array.TrueForAll(places, place => place is >= 0 and <= 1) ? places : null;
        }
        catch (ClipLensException)
        {
            // It is a copy of what can be worked out; a damaged one is made again.
            return null;
        }
    }

    private static void Keep(string path, int[] key, float[] places)
    {
        try
        {
            SafeTensorsWriter.Save(path, [SafeTensorData.From("key", key), SafeTensorData.From("places", places, places.Length / 2, 2)]);
        }
        catch (Exception error) when (error is ClipLensException or IOException)
        {
            // A run that cannot be written to is laid out anew every time.
        }
    }
}
