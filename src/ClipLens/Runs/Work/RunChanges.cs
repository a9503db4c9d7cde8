using ClipLens.Compute;
using ClipLens.Models.Checkpoints;
using ClipLens.Runs.Settings;
using ClipLens.Runs.Storage;

namespace ClipLens.Runs.Work;

/// <summary>Finds out whether a run on disk is of the inputs and settings that are asked for, and what differs.</summary>
internal static class RunChanges
{
    private static readonly string Single = Placement.Cpu.TypeName;

    /// <exception cref="ClipLensException">Something differs that results depend on; the sentence says what.</exception>
    public static void Check(string run, RunManifest there, RunManifest asked, AnalysisInputs inputs)
    {
        if (there.Model.Sha256 != asked.Model.Sha256)
            throw Changed(run, $"the weights of {asked.Model.Path}, or the configuration beside them, are not those that the run was "
            + "made with");
        CheckSetting(run, "the tower", there.Settings.Tower, asked.Settings.Tower);
        CheckSetting(run, "the number of top images", there.Settings.Top, asked.Settings.Top);
        CheckSetting(run, "the rule for the sign of a direction", there.Settings.Sign, asked.Settings.Sign);
        CheckSetting(run, "the dictionary's scaling", there.Settings.Scaling, asked.Settings.Scaling);
        CheckSetting(run, "turning images by their EXIF data", OnOff(there.Settings.ApplyOrientation),
            OnOff(asked.Settings.ApplyOrientation));
        CheckSetting(run, "the type of the numbers", there.Settings.Type ?? Single, asked.Settings.Type ?? Single);
        if (there.Images.NamesSha256 != asked.Images.NamesSha256) throw Changed(run, NameDifference(run, inputs));
        foreach (var pool in inputs.Pools)
            if (there.Pools.FirstOrDefault(own => own.Name == pool.Name) is { } own && own.Sha256 != pool.Sha256)
                throw Changed(run, TextDifference(run, own, pool));
    }

    public static ClipLensException Changed(string run, string what) => new SettingException(nameof(AnalysisSettings.Overwrite),
        $"The run {run} cannot be continued: {what}; give what it was made with, give another output, or make it again, overwriting it.");

    private static void CheckSetting<T>(string run, string name, T there, T asked)
    {
        if (!EqualityComparer<T>.Default.Equals(there, asked)) throw Changed(run, $"{name} was {there} and is {asked} now");
    }

    private static string OnOff(bool value) => value ? "on" : "off";

    private static string NameDifference(string run, AnalysisInputs inputs)
    {
        var before = RunFiles.ReadNames(run);
        string[] now = [.. inputs.Images.Select(image => image.Name)];
        string counts = $"{before.Count} images then, {now.Length} now";
        if (before.Except(now).FirstOrDefault() is { } gone) return $"the image {gone} is not in {inputs.Settings.Images} any more "
            + $"({counts})";
        if (now.Except(before).FirstOrDefault() is { } added) return $"the image {added} in {inputs.Settings.Images} is new ({counts})";
        return $"the images of {inputs.Settings.Images} come in another order ({counts})";
    }

    private static string TextDifference(string run, RunPool there, PoolTexts now)
    {
        string counts = $"{there.Count} texts then, {now.Texts.Count} now";
        var before = PoolFiles.ReadTexts(RunFiles.PoolTexts(run, there.Name), there.Count);
        int first = Enumerable.Range(0, Math.Min(before.Count, now.Texts.Count)).FirstOrDefault(i => before[i] != now.Texts[i], -1);
        return first < 0 ? $"the texts of {now.Source} have changed ({counts})"
            : $"the texts of {now.Source} have changed, text {first + 1} from '{before[first]}' to '{now.Texts[first]}' ({counts})";
    }
}
