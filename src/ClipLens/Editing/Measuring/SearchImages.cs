using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Models.Images;
using static TorchSharp.torch;

namespace ClipLens.Editing.Measuring;

/// <summary>Images in memory as a model sees them, for a search that passes them again and again: 3 size^2 bytes each.</summary>
internal sealed class SearchImages
{
    private const int Batch = 16;
    private readonly ImagePreprocessor preprocessor;
    private readonly List<byte[]> crops = [];

    private SearchImages(ImagePreprocessor preprocessor) => this.preprocessor = preprocessor;

    /// <summary>Their places among the images that were asked for: those that could be read, n of them.</summary>
    public List<int> Indices { get; } = [];

    /// <summary>Reads images; those that cannot be read are left out.</summary>
    /// <param name="preprocessor">What makes an image an input.</param>
    /// <param name="images">The images.</param>
    /// <param name="applyOrientation">Whether they are turned upright as their EXIF data says.</param>
    /// <param name="stage">What is being done, for the progress.</param>
    /// <param name="how">How it is run.</param>
    /// <param name="change">What becomes of image i before the model sees it; nothing if null.</param>
    /// <exception cref="ClipLensException">None can be read.</exception>
    public static SearchImages Read(ImagePreprocessor preprocessor, IReadOnlyList<ImageEntry> images, bool applyOrientation, string stage,
        WorkOptions how, Func<int, RgbImage, RgbImage>? change = null)
    {
        var read = new SearchImages(preprocessor);
        OrderedWork.Run(0, images.Count, i =>
        {
            try
            {
                var picture = ImageDecoder.Decode(images[i].Path, applyOrientation);
                return preprocessor.Crop(change is null ? picture : change(i, picture));
            }
            catch (ClipLensException)
            {
                return null;
            }
        }, (i, crop) =>
        {
            if (crop is not null)
            {
                read.Indices.Add(i);
                read.crops.Add(crop);
            }
            how.Progress?.Report(new(stage, i + 1, images.Count, i + 1 - read.Indices.Count));
        }, how.Workers, how.Cancellation);
        return read.crops.Count > 0 ? read
            : throw new ClipLensException("None of the images could be read, so nothing can be measured; check the files.");
    }

    /// <summary>An image as the model sees it: size x size x 3 bytes.</summary>
    public byte[] Crop(int place) => crops[place];

    /// <summary>Images made of these.</summary>
    /// <param name="made">Each with the place of the one that it was made of, which becomes its index.</param>
    public SearchImages Others(IEnumerable<(int Place, byte[] Crop)> made)
    {
        var others = new SearchImages(preprocessor);
        foreach (var (place, crop) in made)
        {
            others.Indices.Add(place);
            others.crops.Add(crop);
        }
        return others;
    }

    /// <summary>The unit representations, in the caller's dispose scope: [n, d].</summary>
    public Tensor Encode(ImageTower tower, WorkOptions how)
    {
        var rows = new List<float>(crops.Count * tower.EmbedDim);
        Run(Batch, (pixels, _) => nn.functional.normalize(tower.Encode(pixels), 2, -1).contiguous().data<float>().ToArray(), rows.AddRange,
            how);
        return tensor(rows.ToArray(), [crops.Count, tower.EmbedDim]);
    }

    /// <summary>Passes the images in batches; <paramref name="work"/> gets the pixels and the first image's place among the n.</summary>
    public void Run<T>(int batch, Func<Tensor, int, T> work, Action<T> commit, WorkOptions how)
    {
        OrderedWork.Run(0, (crops.Count + batch - 1) / batch, number =>
        {
            int first = number * batch, count = Math.Min(batch, crops.Count - first);
            var pixels = empty(count, 3, preprocessor.Size, preprocessor.Size);
            var places = pixels.Floats();
            for (int i = 0; i < count; i++)
                preprocessor.Normalise(crops[first + i], places.Slice(i * preprocessor.InputLength, preprocessor.InputLength));
            return work(pixels, first);
        }, (_, result) => commit(result), how.Workers, how.Cancellation);
    }
}
