namespace ClipLens.Explorer.Labels;

/// <summary>What a person says of a neuron.</summary>
/// <param name="Name">A name; empty if it has none.</param>
/// <param name="Note">A note; empty if there is none.</param>
/// <param name="Star">Whether it is one to come back to.</param>
/// <param name="Version">How often it was written.</param>
/// <param name="Changed">When it was written last.</param>
internal sealed record NeuronLabel(string Name, string Note, bool Star, int Version, DateTimeOffset Changed)
{
    private const int LongestName = 120, LongestNote = 8000;

    /// <summary>A neuron of which nothing was said.</summary>
    public static NeuronLabel None { get; } = new("", "", false, 0, DateTimeOffset.UnixEpoch);

    /// <summary>The same, cut where it is longer than a label may be.</summary>
    public NeuronLabel Cut() => this with { Name = Shortened(Name.Trim(), LongestName), Note = Shortened(Note.Trim(), LongestNote) };

    /// <summary>Both of two labels of one neuron: the later name, a star that either has, and notes that say different things side by
    /// side.</summary>
    public NeuronLabel With(NeuronLabel other)
    {
        var (late, early) = other.Changed > Changed ? (other, this) : (this, other);
        string name = late.Name.Length > 0 ? late.Name : early.Name;
        string lost = early.Name.Length > 0 && early.Name != name && !late.Note.Contains(early.Name, StringComparison.Ordinal)
            ? $"Also named: {early.Name}" : "";
        string[] notes = [late.Note, early.Note == late.Note || late.Note.Contains(early.Note, StringComparison.Ordinal) ? ""
            : early.Note, lost];
        return new NeuronLabel(name, string.Join('\n', notes.Where(note => note.Length > 0)), Star || other.Star,
            Math.Max(Version, other.Version), late.Changed).Cut();
    }

    private static string Shortened(string text, int most) => text.Length <= most ? text
        : text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)];
}
