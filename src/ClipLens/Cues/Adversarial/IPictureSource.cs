using System.Text.Json.Nodes;
using ClipLens.Compute;

namespace ClipLens.Cues.Adversarial;

/// <summary>Makes pictures of descriptions, each with its control: the same picture without the cues.</summary>
public interface IPictureSource
{
    /// <summary>How many pictures it may be asked for at a time.</summary>
    int Parallel { get; }

    /// <summary>Gets ready for pictures with these cues, before any is drawn.</summary>
    /// <param name="cues">All cues, each once.</param>
    /// <param name="progress">How far it is.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>What the pictures depend on, and the cues that they can be asked for with.</returns>
    /// <exception cref="ClipLensException">It lacks something without which there can be no picture.</exception>
    PreparedPictures Prepare(IReadOnlyList<string> cues, IProgress<WorkProgress>? progress, CancellationToken cancellation);

    /// <summary>Makes a picture and its control. Called on several threads.</summary>
    /// <exception cref="ClipLensException">It could not be made.</exception>
    /// <exception cref="InvalidOperationException">The source was not prepared for its cues.</exception>
    Task<PicturePair> Draw(PictureTask task, CancellationToken cancellation);
}

/// <summary>A source of pictures that is ready.</summary>
/// <param name="Name">What it is, with every setting and every file that its pictures depend on; no secret.</param>
/// <param name="Cues">The cues that pictures can be asked for with.</param>
public sealed record PreparedPictures(string Name, IReadOnlySet<string> Cues)
{
    /// <summary>Photographs of the true class that the pictures are made of; null where they are made of none.</summary>
    public int? Photographs { get; init; }
}

/// <summary>A picture that is wanted.</summary>
/// <param name="Asked">What was asked to be described.</param>
/// <param name="Description">The description.</param>
/// <param name="Number">The same for the pictures of all sources of cues that are to differ in nothing but the cues.</param>
public sealed record PictureTask(DescriptionTask Asked, Description Description, int Number);

/// <summary>A picture and its control.</summary>
/// <param name="Picture">With the cues.</param>
/// <param name="Control">Without.</param>
/// <param name="Account">How it came about, for whoever wants to check: what was asked of a model and what came back, or which photographs
/// it is made of.</param>
public sealed record PicturePair(PictureFile Picture, PictureFile Control, JsonObject Account);

/// <summary>A picture as a file.</summary>
/// <param name="Bytes">The file.</param>
/// <param name="Extension">Its extension, such as ".png".</param>
public sealed record PictureFile(ReadOnlyMemory<byte> Bytes, string Extension);
