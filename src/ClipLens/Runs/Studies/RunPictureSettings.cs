using ClipLens.Cues;
using ClipLens.Cues.Adversarial.Photographs;
using ClipLens.Models;
using ClipLens.Models.Images;

namespace ClipLens.Runs.Studies;

/// <summary>Pictures with and without cues, made of a run's photographs or of others.</summary>
public sealed record RunPictureSettings
{
    /// <summary>Images to take the cues from; the run's if null.</summary>
    public IReadOnlyList<ImageEntry>? Photographs { get; init; }

    /// <summary>The run's images as its model has seen them already; it stays the caller's.</summary>
    public SeenImages? Seen { get; init; }

    /// <summary>Images of the true class; those in which the model sees it beyond doubt if null.</summary>
    public IReadOnlyList<ImageEntry>? Bases { get; init; }

    /// <summary>Names of classes among which an image must fit the true one best to be found as one of it; none are asked if
    /// null.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>Images that show a cue, a cue.</summary>
    public int DonorsPerCue { get; init; } = 3;

    /// <summary>Whether the class is put on a scene that shows the cue (<see cref="ScenePictures"/>), not the cue's object into an image of
    /// the class (<see cref="CollagePictures"/>).</summary>
    public bool ExchangesScenes { get; init; }

    /// <summary>The pool that tells what images show; the run's first if null.</summary>
    public string? Pool { get; init; }

    /// <summary>Sentences around a class name; the default ones if null.</summary>
    public IReadOnlyList<string>? Templates { get; init; }

    /// <summary>Decides what is left to chance.</summary>
    public ulong Seed { get; init; }

    /// <summary>Images in a forward pass.</summary>
    public int Batch { get; init; } = 16;

    /// <summary>Threads; the number of cores if null.</summary>
    public int? Workers { get; init; }

    /// <summary>Opens a source of such pictures; the caller disposes it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="model">Its model; it must outlive the source.</param>
    /// <param name="trueClass">The class that the pictures show.</param>
    /// <param name="fooledClass">The class that none of them may show.</param>
    /// <exception cref="ClipLensException">The run has no text pool, or not this one.</exception>
    public PhotographPictures Open(RunDirectory run, ClipModel model, string trueClass, string fooledClass)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(model);
        string name = Pool ?? run.FirstPool
            ?? throw new ClipLensException($"The run {run.Path} has no text pool, by which it is judged what images show; add one "
            + "with the command analyze.");
        using var embeddings = run.PoolEmbeddings(name);
        var settings = new CollageSettings
        {
            True = trueClass,
            Fooled = fooledClass,
            Bases = Bases,
            Seen = Seen,
            Classes = Classes,
            DonorsPerCue = DonorsPerCue,
            Seed = Seed,
            Templates = Templates,
            ApplyOrientation = run.Manifest.Settings.ApplyOrientation,
            Batch = Batch,
            Workers = Workers,
        };
        var photographs = Photographs ?? RunImages.Readable(run);
        return ExchangesScenes ? new ScenePictures(model, photographs, embeddings, settings)
            : new CollagePictures(model, photographs, embeddings, settings);
    }
}
