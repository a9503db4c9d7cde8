namespace ClipLens.Models.Checkpoints.Torch;

/// <summary>
/// How much memory a pickle may make: a byte of it can ask for a hundred, or for a copy of all that it has so far. What a real one makes
/// is some kilobytes for each tensor.
/// </summary>
internal sealed class PickleBudget(string path, int pickleBytes)
{
    /// <summary>What a place on the stack or in a container costs, its growth included.</summary>
    public const int Slot = 16;

    /// <summary>What an object costs before it holds anything.</summary>
    public const int Object = 48;

    // 50,000 tensors with all that describes them.
    private const long Least = 64L << 20;

    private long left = Least + 2L * pickleBytes;

    /// <summary>Pays for bytes that are about to be taken.</summary>
    /// <exception cref="ClipLensException">They are more than a pickle of this length has a use for.</exception>
    public void Charge(long bytes)
    {
        if ((left -= bytes) < 0)
            throw new ClipLensException($"{path} holds a pickle of {pickleBytes} bytes that would take up far more memory than tensors "
                + "need: it is damaged or made to do harm; take the file from a source you trust.");
    }
}
