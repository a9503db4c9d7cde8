using System.Text.Json.Nodes;
using ClipLens.Cues.Adversarial;
using ClipLens.Explorer.Data;
using ClipLens.Explorer.Images;
using ClipLens.Models.Images;
using ClipLens.Runs;

namespace ClipLens.Explorer.Studies;

/// <summary>Pictures that were made with cues, as the command <c>adversarial</c> left them.</summary>
/// <param name="True">The class that they show.</param>
/// <param name="Fooled">The class that they were to be taken for.</param>
/// <param name="Sources">By source of cues: fooled of a hundred counted pictures.</param>
/// <param name="Pictures">The pictures whose files are there.</param>
internal sealed record MadePictures(string True, string Fooled, IReadOnlyList<MadeSource> Sources, IReadOnlyList<MadePicture> Pictures)
{
    private const int MostBytes = 1 << 20, PicturesShown = 24;

    /// <summary>The folders with pictures that belong to a run.</summary>
    public static IReadOnlyList<string> Folders(RunDirectory run, ExplorerSettings settings) =>
        [.. settings.Adversarial, .. new[] { Path.Combine(run.Path, "adversarial") }.Where(Directory.Exists)];

    /// <summary>Reads a folder; null where it is none of these.</summary>
    public static MadePictures? Read(string folder)
    {
        try
        {
            if (StudyFile.Read(Path.Combine(folder, "summary.json"), MostBytes) is not JsonObject summary) return null;
            return new((string)summary["true"]!, (string)summary["fooled"]!,
                [.. summary["sources"]!.AsArray().Select(source => new MadeSource((string)source!["source"]!,
                    (double?)source["fooled_per_hundred"], (double?)source["margin_shift"]))],
                [.. Shown(folder).Select((own, place) => new MadePicture(place, own.Source, own.Cues, own.Description,
                    DataScript.Number(own.Verdict.Margin, 2), DataScript.Number(own.Verdict.ControlMargin, 2), own.Verdict.Counts,
                    own.Verdict.IsFooled))]);
        }
        catch (Exception error) when (error is InvalidOperationException or FormatException or NullReferenceException
            or ArgumentNullException
            or ClipLensException)
        {
            return null;
        }
    }

    /// <summary>A picture, or its control, made small; null where there is none.</summary>
    public static SiteFile? Picture(string folder, int place, bool isControl)
    {
        if (Shown(folder).ElementAtOrDefault(place) is not { } picture) return null;
        return new(Thumbnail.Encode(ImageDecoder.Decode(Path.Combine(folder, isControl ? picture.ControlFile : picture.File))),
            "image/jpeg");
    }

    /// <summary>The pictures whose files lie in the folder, those that fooled the model first.</summary>
    private static List<AdversarialPicture> Shown(string folder) =>
        [.. AdversarialReport.Read(folder).Where(own => IsInside(folder, own.File) && IsInside(folder, own.ControlFile))
            .OrderByDescending(own => own.Verdict.IsFooled).ThenByDescending(own => own.Verdict.Counts).Take(PicturesShown)];

    /// <summary>Whether a name of a table leads to a file in the folder and to nothing else, by no link on the way.</summary>
    private static bool IsInside(string folder, string name)
    {
        if (Path.IsPathRooted(name) || name.Split('/', '\\').Any(part => part is "" or "." or "..")) return false;
        string path = folder;
        foreach (string part in name.Split('/'))
        {
            path = Path.Combine(path, part);
            var entry = new FileInfo(path);
            if ((!entry.Exists && !Directory.Exists(path)) || (entry.Attributes & FileAttributes.ReparsePoint) != 0) return false;
        }
        return File.Exists(path);
    }
}

/// <summary>How often the cues of a source fooled the model.</summary>
internal sealed record MadeSource(string Source, double? FooledPerHundred, double? Shift);

/// <summary>A picture with its verdict.</summary>
internal sealed record MadePicture(int Place, string Source, IReadOnlyList<string> Cues, string Description, double? Margin,
    double? ControlMargin, bool Counts, bool Fooled);
