using ClipLens.Editing.Measuring;

namespace ClipLens.Editing.AgainstCues;

/// <summary>Accuracy on images with and without a class's cue, before and after an edit.</summary>
/// <param name="Class">The class; null for all classes together.</param>
/// <param name="Cues">Its cues.</param>
/// <param name="WithCue">Accuracy on images of the class that show the cue.</param>
/// <param name="WithoutCue">Accuracy on images of the class that do not.</param>
/// <param name="Misled">Images of other classes with the cue that are taken for the class.</param>
public sealed record CueChange(string? Class, IReadOnlyList<string> Cues, PairedShare WithCue, PairedShare WithoutCue, PairedShare Misled);
