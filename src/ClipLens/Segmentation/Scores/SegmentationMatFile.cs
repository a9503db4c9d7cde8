using ClipLens.Files;
using ClipLens.Models.Images;
using PureHDF;
using PureHDF.VOL.Native;

namespace ClipLens.Segmentation.Scores;

/// <summary>
/// ImageNet-Segmentation's file <c>gtsegs_ijcv.mat</c> (Guillaumin, Kuettel, Ferrari 2014): MATLAB 7.3, which is HDF5, with images,
/// masks and ids behind references, all stored with columns before rows.
/// </summary>
public sealed class SegmentationMatFile : IDisposable
{
    // What the file's own lists and images have, some times over: its sizes are not believed before memory is taken for them.
    private const ulong MostSamples = 1_000_000, MostPixels = 1 << 25, LongestId = 1000;

    private readonly NativeFile file;
    private readonly string path;
    private readonly Lock gate = new();

    private SegmentationMatFile(NativeFile file, string path) => (this.file, this.path) = (file, path);

    /// <summary>Opens the file.</summary>
    /// <exception cref="ClipLensException">It is not there or is no HDF5 file.</exception>
    public static SegmentationMatFile Open(string path)
    {
        if (!File.Exists(path)) throw new ClipLensException($"{path} is not there; give ImageNet-Segmentation's gtsegs_ijcv.mat.");
        try
        {
            return new(H5File.Open(FileErrors.OpenRead(path)), path);
        }
        catch (Exception error) when (error is not (OutOfMemoryException or ClipLensException))
        {
            throw new ClipLensException($"{path} is no HDF5 file; give ImageNet-Segmentation's gtsegs_ijcv.mat.", error);
        }
    }

    /// <summary>The images; they are read from the file when they are asked for, so it must stay open.</summary>
    /// <param name="classes">Names by id: an image's own id, or its synset, such as n02084071, which is what stands before the
    /// underscore.</param>
    /// <exception cref="ClipLensException">The file is of another kind, or an image has no class.</exception>
    public IReadOnlyList<SegmentationSample> Samples(IReadOnlyDictionary<string, string> classes)
    {
        ArgumentNullException.ThrowIfNull(classes);
        var ids = References("value/id");
        var pictures = References("value/img");
        var masks = References("value/gt");
        if (ids.Length != pictures.Length || ids.Length != masks.Length) throw Foreign("its lists of ids, images and masks differ "
            + "in length");
        return [.. ids.Select((reference, i) =>
        {
            string id = Read(() => new string([.. Small(Dataset(reference), LongestId).Read<ushort[]>().Select(c => (char)c)])
                .Trim('\0', ' '));
            if (!classes.TryGetValue(id, out string? name) && !classes.TryGetValue(id.Split('_')[0], out name))
                throw new ClipLensException($"No class is named for the image {id} of {path}; give its id or its synset "
                + $"{id.Split('_')[0]} in the labels.");
            return new SegmentationSample(id, name, () => Read(() => Picture(Dataset(pictures[i]))), () =>
                Read(() => Mask(Dataset(masks[i]))));
        })];
    }

    /// <summary>The images, their classes named by a CSV file.</summary>
    /// <param name="labels">CSV file with the columns id,class, the id an image's own or its synset.</param>
    /// <exception cref="ClipLensException">A file is of another kind, or an image has no class.</exception>
    public IReadOnlyList<SegmentationSample> Samples(string labels)
    {
        var classes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (_, id, name) in SegmentationFolder.Rows(labels)) classes[id] = name;
        return Samples(classes);
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private RgbImage Picture(IH5Dataset data)
    {
        // Channels, columns, rows; a grey image lacks the channels.
        ulong[] shape = data.Space.Dimensions;
        int columns = (int)shape[^2], rows = (int)shape[^1], channels = shape.Length == 3 ? (int)shape[0] : 1;
        byte[] values = Small(data, 3 * MostPixels).Read<byte[]>(), pixels = new byte[3 * rows * columns];
        for (int y = 0, to = 0; y < rows; y++)
            for (int x = 0; x < columns; x++)
                for (int c = 0; c < 3; c++, to++) pixels[to] = values[(Math.Min(c, channels - 1) * columns + x) * rows + y];
        return new RgbImage(columns, rows, pixels);
    }

    private LabelMask Mask(IH5Dataset data)
    {
        // A cell of its own holds the mask.
        if (data.Type.Class == H5DataTypeClass.Reference) data = Dataset(Small(data, MostSamples).Read<NativeObjectReference1[]>()[0]);
        int columns = (int)data.Space.Dimensions[0], rows = (int)data.Space.Dimensions[1];
        byte[] values = Small(data, MostPixels).Read<byte[]>(), labels = new byte[rows * columns];
        for (int y = 0, to = 0; y < rows; y++)
            for (int x = 0; x < columns; x++, to++) labels[to] = values[x * rows + y];
        return new LabelMask(columns, rows, labels);
    }

    private NativeObjectReference1[] References(string name) =>
        Read(() => Small(file.Dataset(name), MostSamples).Read<NativeObjectReference1[]>());

    private IH5Dataset Small(IH5Dataset data, ulong most)
    {
        UInt128 elements = 1;
        foreach (ulong side in data.Space.Dimensions)
        {
            elements *= side;
            if (elements > most) throw Foreign($"one of its tables says that it has more than {most} values");
        }
        return data;
    }

    private IH5Dataset Dataset(NativeObjectReference1 reference) => (IH5Dataset)file.Get(reference);

    private T Read<T>(Func<T> read)
    {
        // The file has one position to read from.
        lock (gate)
        {
            try
            {
                return read();
            }
            catch (Exception error) when (error is not (OutOfMemoryException or ClipLensException))
            {
                throw Foreign("value/id, value/img and value/gt are not what they are there", error);
            }
        }
    }

    private ClipLensException Foreign(string why, Exception? error = null)
    {
        string message = $"{path} is not ImageNet-Segmentation's gtsegs_ijcv.mat: {why}.";
        return error is null ? new(message) : new(message, error);
    }
}
