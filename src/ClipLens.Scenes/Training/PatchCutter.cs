using ClipLens.Models.Configuration;

namespace ClipLens.Scenes.Training;

/// <summary>Cuts pictures into the patches that the image tower reads, varied a little for training.</summary>
internal static class PatchCutter
{
    private const int MostShift = 3;

    /// <summary>Patches of pictures, each mirrored or not, shifted by up to three pixels and lighter or darker at random.</summary>
    /// <param name="pictures">RGB bytes, row by row.</param>
    /// <param name="model">The model's shape.</param>
    /// <param name="kept">How many patches of each picture, chosen at random.</param>
    /// <param name="random">The random numbers; null for the pictures as they are.</param>
    /// <returns>Normalised values [pictures, kept, 3 P P], and the chosen patches [pictures, kept]; null if all are there in
    /// order.</returns>
    public static (float[] Patches, long[]? Places) Cut(ReadOnlySpan<byte[]> pictures, ClipConfig model, int kept, SceneRandom? random)
    {
        int patch = model.Vision.PatchSize, all = model.Vision.Tokens - 1, values = 3 * patch * patch;
        var patches = new float[pictures.Length * kept * values];
        var places = kept < all ? new long[pictures.Length * kept] : null;
        var order = new int[all];
        for (int i = 0; i < pictures.Length; i++)
        {
            var view = View.Choose(random);
            for (int k = 0; k < all; k++) order[k] = k;
            if (places is not null) Shuffle(order, kept, random!);
            for (int k = 0; k < kept; k++)
            {
                if (places is not null) places[i * kept + k] = order[k];
                CutOne(pictures[i], model, order[k], view, patches.AsSpan((i * kept + k) * values, values));
            }
        }
        return (patches, places);
    }

    private static void CutOne(byte[] rgb, ClipConfig model, int index, View view, Span<float> result)
    {
        int size = model.Vision.ImageSize, patch = model.Vision.PatchSize, grid = model.Vision.Grid;
        int left = index % grid * patch, top = index / grid * patch;
        for (int c = 0; c < 3; c++)
        {
            float scale = view.Gain / (255 * model.Preprocess.Std[c]), shift = -model.Preprocess.Mean[c] / model.Preprocess.Std[c];
            for (int y = 0; y < patch; y++)
            {
                int row = Math.Clamp(top + y + view.Down, 0, size - 1) * size;
                for (int x = 0; x < patch; x++)
                {
                    int column = Math.Clamp(left + x + view.Right, 0, size - 1);
                    if (view.Mirrored) column = size - 1 - column;
                    result[(c * patch + y) * patch + x] = rgb[3 * (row + column) + c] * scale + shift;
                }
            }
        }
    }

    private static void Shuffle(int[] order, int count, SceneRandom random)
    {
        for (int k = 0; k < count; k++)
        {
            int other = k + random.Below(order.Length - k);
            (order[k], order[other]) = (order[other], order[k]);
        }
    }

    private readonly record struct View(bool Mirrored, int Right, int Down, float Gain)
    {
        public static View Choose(SceneRandom? random) => random is null ? new View(false, 0, 0, 1) : new View(random.Chance(0.5),
            random.Below(2 * MostShift + 1) - MostShift, random.Below(2 * MostShift + 1) - MostShift, random.Uniform(0.92f, 1.08f));
    }
}
