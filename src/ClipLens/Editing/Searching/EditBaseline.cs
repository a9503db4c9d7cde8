namespace ClipLens.Editing.Searching;

/// <summary>Another choice of units, for comparison; all figures on the images that were not searched on.</summary>
/// <param name="Name">How the units were chosen.</param>
/// <param name="Units">How many.</param>
/// <param name="Score">The share that the search was after, in percent, after the edit; of several draws the mean.</param>
/// <param name="Accuracy">The accuracy that was to be kept, in percent; of several draws the mean.</param>
/// <param name="Scenes">The accuracy on the images' objects before other images' scenes, where that was measured.</param>
public sealed record EditBaseline(string Name, int Units, double Score, double Accuracy, double? Scenes = null);
