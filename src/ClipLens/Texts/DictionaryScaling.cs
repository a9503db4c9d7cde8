namespace ClipLens.Texts;

/// <summary>How the embeddings of a text pool become the atoms of a dictionary.</summary>
public enum DictionaryScaling
{
    /// <summary>
    /// As the paper's released code does it: the mean over the pool subtracted, then every feature (coordinate of the joint
    /// space) divided by its norm over the pool, times 100. The atoms have no common length: a text far from the mean is
    /// preferred.
    /// </summary>
    Feature,

    /// <summary>Text directions as the paper describes them: the mean over the pool subtracted, then every atom of unit length.</summary>
    Unit,
}
