using System.Text.Json.Nodes;
using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Segmentation;
using static TorchSharp.torch;

namespace ClipLens.Cues.Adversarial.Photographs;

/// <summary>
/// Collages of photographs: into a photograph of the true class are pasted, where that class is not, objects cut out of photographs that
/// fit the cues best. Photographs that seem to show the wrong class are left out, so that only the cues can mislead. Every picture is made
/// of the same parts at the same places for the same seed; the control is the photograph with nothing pasted in.
/// </summary>
/// <inheritdoc cref="PhotographPictures(ClipModel, IReadOnlyList{ImageEntry}, Tensor, CollageSettings)" path="/param"/>
public sealed class CollagePictures(ClipModel model, IReadOnlyList<ImageEntry> photographs, Tensor pool, CollageSettings settings)
    : PhotographPictures(model, photographs, pool, settings)
{
    private CollageBase[] bases = [];
    private Dictionary<string, IReadOnlyList<Donor>> donors = [];

    private protected override int Kept => bases.Length;

    private protected override string Kind => "collage";

    private protected override IReadOnlySet<string> Keep(IReadOnlyList<string> cues, PhotographIndex index, Tensor directions,
        ImageEntry[] bases, WorkOptions options)
    {
        this.bases = [.. Each(bases, "Finding the true class", entry => AsBase(entry, directions.narrow(0, 0, 1)), options)];
        float[] wrong = index.Presence(directions.narrow(0, 1, 1))[0];
        int[] allowed = [.. Enumerable.Range(0, index.Entries.Count).Where(i => wrong[i] < ClassSegment.LeastPresence)];
        var cuts = Each(ChooseDonors(index, cues, directions, allowed), "Cutting out the cues", part =>
            AsDonor(cues[part.Cue], index.Entries[part.Image], directions.narrow(0, part.Cue + 2, 1)), options);
        donors = cuts.OfType<Donor>().GroupBy(donor => donor.Cue).ToDictionary(group => group.Key, group =>
            (IReadOnlyList<Donor>)[.. group]);
        return donors.Keys.ToHashSet();
    }

    private protected override PicturePair Make(PictureTask task)
    {
        var photograph = bases[task.Number % bases.Length];
        var random = new SeededRandom(task.Asked.Seed ^ 0xC0114E);
        var parts = new List<(CutOut Cut, PastePlace Place)>();
        var account = new JsonArray();
        foreach (string cue in task.Asked.Cues)
        {
            var all = donors[cue];
            // A photograph is not pasted into itself unless there is no other.
            var others = all.Where(donor => donor.Name != photograph.Name).ToList();
            var donor = others.Count > 0 ? others[random.Below(others.Count)] : all[random.Below(all.Count)];
            var place = photograph.Place(random, donor.Cut.Width, donor.Cut.Height, [.. parts.Select(part => part.Place)]);
            parts.Add((donor.Cut, place));
            account.Add(new JsonObject
            {
                ["cue"] = cue,
                ["photograph"] = donor.Name,
                ["left"] = place.Left,
                ["top"] = place.Top,
                ["width"] = place.Width,
                ["height"] = place.Height,
                ["true_class_covered"] = Math.Round(photograph.Covered(place), 4),
            });
        }
        return new(CollageCanvas.Paste(photograph.Side, photograph.Pixels, parts), photograph.Plain,
            new() { ["photograph"] = photograph.Name, ["pasted"] = account });
    }

    private CollageBase AsBase(ImageEntry entry, Tensor direction)
    {
        var square = Square(entry);
        return new(entry.Name, Side, CollageCanvas.Opaque(square), Mask(square, direction));
    }

    private Donor? AsDonor(string cue, ImageEntry entry, Tensor direction)
    {
        var picture = Whole(entry);
        return CutOut.Cut(picture, Mask(picture, direction)) is { } cut ? new(cue, entry.Name, cut) : null;
    }

    private sealed record Donor(string Cue, string Name, CutOut Cut);
}
