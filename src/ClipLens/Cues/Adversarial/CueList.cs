namespace ClipLens.Cues.Adversarial;

/// <summary>Words for what is drawn beside the true class.</summary>
/// <param name="Name">Where the words come from, in short: it names a folder and the rows of tables.</param>
/// <param name="Cues">The words, the best first.</param>
public sealed record CueList(string Name, IReadOnlyList<string> Cues);
