namespace ClipLens.Cues.Adversarial;

/// <summary>What pictures to make and to judge.</summary>
public sealed record AdversarialSettings
{
    /// <summary>The class that every picture shows.</summary>
    public required string True { get; init; }

    /// <summary>The class that the model is to take it for; no picture shows it.</summary>
    public required string Fooled { get; init; }

    /// <summary>Cues to try, each source for itself: first the ones in question, then the baselines.</summary>
    public required IReadOnlyList<CueList> Sources { get; init; }

    /// <summary>Folder for all that is made.</summary>
    public required string Output { get; init; }

    /// <summary>Pictures of a source in a repeat.</summary>
    public int Count { get; init; } = 100;

    /// <summary>How often all of it is done, with other seeds.</summary>
    public int Repeats { get; init; } = 3;

    /// <summary>Cues in a picture.</summary>
    public int CuesPerPicture { get; init; } = 2;

    /// <summary>Trial pictures of a source, made first and not counted, by which the cues are chosen that all of its pictures show
    /// together; none and every picture gets cues by lot if 0.</summary>
    public int Trials { get; init; }

    /// <summary>Decides everything that is left to chance.</summary>
    public ulong Seed { get; init; }

    /// <summary>Templates of the classifier; <see cref="Labels.PromptTemplates.Default"/> if null.</summary>
    public IReadOnlyList<string>? Templates { get; init; }

    /// <summary>Pictures in a forward pass.</summary>
    public int Batch { get; init; } = 16;

    /// <summary>Threads; the number of cores if null.</summary>
    public int? Workers { get; init; }

    /// <summary>Says what is wrong with the settings before any work.</summary>
    /// <exception cref="ClipLensException">A name is empty, the classes are the same, or there are no cues.</exception>
    internal void Check()
    {
        if (string.IsNullOrWhiteSpace(True)) throw new ClipLensException("The true class is empty; give a word such as ship.");
        if (string.IsNullOrWhiteSpace(Fooled)) throw new ClipLensException("The class to be taken for it is empty; give a word such as "
            + "truck.");
        if (string.Equals(True.Trim(), Fooled.Trim(), StringComparison.OrdinalIgnoreCase))
            throw new ClipLensException($"The true class and the class to be taken for it are both '{True}'; give two classes.");
        if (Sources.Count == 0) throw new ClipLensException("There are no cues; give at least one source of cues.");
        foreach (var source in Sources)
        {
            if (source.Cues.Count == 0) throw new ClipLensException($"There are no cues of the source '{source.Name}'; give at least one "
                + "word.");
            if (source.Cues.Any(string.IsNullOrWhiteSpace)) throw new ClipLensException($"A cue of the source '{source.Name}' is empty; "
                + "give words.");
        }
        if (Sources.Select(source => AdversarialFolder.Safe(source.Name)).Distinct().Count() < Sources.Count)
            throw new ClipLensException("Two sources of cues have the same name; give each its own.");
        if (Trials < 0) throw new ClipLensException("The number of trial pictures is negative; give 0 or more.");
        if (Count < 1 || Repeats < 1 || CuesPerPicture < 1)
            throw new ClipLensException("The numbers of pictures, of repeats and of cues in a picture must be at least 1.");
    }
}
