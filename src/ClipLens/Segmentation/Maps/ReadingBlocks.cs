using ClipLens.Models;

namespace ClipLens.Segmentation.Maps;

/// <summary>The blocks whose attention makes a map.</summary>
internal static class ReadingBlocks
{
    /// <summary>The blocks in ascending order, each once.</summary>
    /// <exception cref="ClipLensException">There are none, or one that the tower does not have.</exception>
    public static int[] Chosen(ImageTower tower, IReadOnlyList<int> blocks)
    {
        tower.CheckLayers(blocks);
        if (blocks.Count == 0)
            throw new ClipLensException($"No layer was chosen for the heat map; choose at least one from 0 to {tower.Config.Layers - 1}.");
        return [.. blocks.Distinct().Order()];
    }
}
