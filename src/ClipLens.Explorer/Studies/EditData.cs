using System.Text.Json.Nodes;
using ClipLens.Editing.Weights;
using ClipLens.Explorer.Data;
using ClipLens.Runs;

namespace ClipLens.Explorer.Studies;

/// <summary>What the command <c>edit</c> did to the model of one of two runs.</summary>
/// <param name="IsOwn">Whether the edited model is that of this run, not of the other.</param>
/// <param name="IsOfOther">Whether it was made from the very model of the run beside it.</param>
/// <param name="Units">What was turned down or up.</param>
/// <param name="Accuracy">What that did to its accuracy; null where it was not measured.</param>
internal sealed record EditData(bool IsOwn, bool IsOfOther, IReadOnlyList<EditedUnit> Units, EditedAccuracy? Accuracy)
{
    private const int UnitsShown = 200;

    /// <summary>Reads what lies beside the models of two runs; null where neither is an edited one, or its folder has gone.</summary>
    public static EditData? Read(RunDirectory own, RunDirectory other) => Read(other, own, isOwn: false) ?? Read(own, other, isOwn: true);

    private static EditData? Read(RunDirectory edited, RunDirectory beside, bool isOwn)
    {
        string folder = edited.Manifest.Model.Path;
        if (!File.Exists(Path.Combine(folder, EditRecord.FileName))) return null;
        try
        {
            var record = EditRecord.Read(folder);
            return new(isOwn, record.Sha256 == beside.Manifest.Model.Sha256, [.. record.Edit.Changes.Take(UnitsShown).Select(change =>
                new EditedUnit(change.Unit.IsHead, change.Unit.Layer, change.Unit.Index, DataScript.Number(change.Factor)))],
                AccuracyOf(record));
        }
        catch (ClipLensException)
        {
            return null;
        }
    }

    private static EditedAccuracy? AccuracyOf(EditRecord record)
    {
        try
        {
            return record.Measured is { } measured && JsonNode.Parse(measured)?["effect"]?["accuracy"] is JsonObject accuracy
                ? new((int)accuracy["images"]!, (double)accuracy["before"]!, (double)accuracy["after"]!,
                    [.. accuracy["difference_interval"]!.AsArray().Select(end => (double?)end)]) : null;
        }
        catch (Exception error) when (error is InvalidOperationException or FormatException or NullReferenceException)
        {
            return null;
        }
    }
}

/// <summary>A neuron or a head and the factor that it was given.</summary>
internal sealed record EditedUnit(bool IsHead, int Layer, int Index, double? Factor);

/// <summary>Accuracy in percent before and after an edit, and the interval of the difference.</summary>
internal sealed record EditedAccuracy(int Images, double Before, double After, IReadOnlyList<double?> Interval);
