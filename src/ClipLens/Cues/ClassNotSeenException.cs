namespace ClipLens.Cues;

/// <summary>The model takes none of the images for a class, so nothing can be learnt from them about what goes with it.</summary>
public sealed class ClassNotSeenException : ClipLensException
{
    /// <summary>Creates the error.</summary>
    /// <param name="name">The class.</param>
    /// <param name="images">Number of the images.</param>
    public ClassNotSeenException(string name, int images) : base($"The model takes none of the {images} images for {name}, so nothing can "
        + "be learnt from them about it; give images that show it, or take cues from another source.") => ClassName = name;

    /// <summary>The class.</summary>
    public string ClassName { get; }
}
