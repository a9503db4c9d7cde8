using ClipLens.Compute;
using ClipLens.Editing.Measuring;
using ClipLens.Models;

namespace ClipLens.Editing.Typography;

/// <summary>Labelled images with wrong classes' names on them.</summary>
internal sealed class AttackedImages
{
    private AttackedImages(MeasuredImages images, TypographicAttack attack, SearchImages pictures)
    {
        (Images, Attack, Pictures) = (images, attack, pictures);
        Labels = [.. pictures.Indices.Select(i => images.Labels![i])];
        Written = [.. pictures.Indices.Select(i => attack.Words[i].Class)];
    }

    /// <summary>The images without words.</summary>
    public MeasuredImages Images { get; }

    /// <summary>What is written where.</summary>
    public TypographicAttack Attack { get; }

    /// <summary>The images that could be read, with their words, as the model sees them.</summary>
    public SearchImages Pictures { get; }

    /// <summary>The classes of these.</summary>
    public IReadOnlyList<int> Labels { get; }

    /// <summary>The classes whose names stand on them.</summary>
    public IReadOnlyList<int> Written { get; }

    /// <summary>Reads images and writes on them.</summary>
    public static AttackedImages Read(ClipModel model, MeasuredImages images, TypographicAttack attack, WorkOptions how) =>
        new(images, attack, SearchImages.Read(model.Preprocessor, images.Entries, images.ApplyOrientation, "Writing on images", how,
            (i, picture) => attack.Write(i, picture, model.Preprocessor)));
}
