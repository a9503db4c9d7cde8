using System.Diagnostics;
using System.Reflection;
using ClipLens.Files;
using ClipLens.Runs.Settings;
using ClipLens.Runs.Storage;
using static TorchSharp.torch;

namespace ClipLens.Runs.Work;

/// <summary>A run that is being written: its facts, kept up to date on disk after every finished piece.</summary>
internal sealed class RunWriter
{
    private readonly Dictionary<string, double> timings;

    private RunWriter(string path, RunManifest manifest)
    {
        (Path, Manifest) = (path, manifest);
        timings = new(manifest.Timings);
    }

    /// <summary>The run's folder.</summary>
    public string Path { get; }

    public RunManifest Manifest { get; private set; }

    /// <summary>The version of the library.</summary>
    public static string Version => VersionOf(typeof(RunWriter));

    /// <summary>Begins a run, or goes on with the one that is there after checking that it is of the same inputs.</summary>
    /// <exception cref="ClipLensException">The folder holds something else, or a run of other inputs.</exception>
    public static RunWriter Begin(AnalysisInputs inputs)
    {
        string path = inputs.Settings.Output;
        var asked = ManifestOf(inputs);
        bool replaced = inputs.Settings.Overwrite && RunFiles.HasRun(path);
        if (replaced) RunFiles.Remove(path);
        RunFiles.RemovePartial(path);
        if (!File.Exists(RunFiles.Manifest(path)))
        {
            if (!replaced) RunFiles.CheckUnused(path);
            return new RunWriter(path, asked).Started(inputs);
        }
        var there = RunManifest.Read(RunFiles.Manifest(path));
        RunChanges.Check(path, there, asked, inputs);
        var pools = asked.Pools.Where(pool => there.Pools.All(own => own.Name != pool.Name));
        return new RunWriter(path, there with
        {
            // Same contents, which may have moved: later commands look for them where they are now.
            Model = asked.Model,
            Images = there.Images with { Source = asked.Images.Source, Root = asked.Images.Root },
            Pools = [.. there.Pools, .. pools],
        }).Started(inputs);
    }

    /// <summary>Does a piece of work and adds its time to the run's timings.</summary>
    public T Time<T>(string stage, Func<T> work)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            return work();
        }
        finally
        {
            timings[stage] = Math.Round(timings.GetValueOrDefault(stage) + clock.Elapsed.TotalSeconds, 3);
        }
    }

    public void Time(string stage, Action work) => Time(stage, () =>
    {
        work();
        return true;
    });

    /// <summary>Records what became of the images, and what to keep in mind of so many top images among them.</summary>
    public void SetImages(IReadOnlyList<ImageRow> rows, int top)
    {
        int unreadable = rows.Count(row => row.Error is not null);
        Manifest = Manifest with
        {
            Images = Manifest.Images with { Unreadable = unreadable, Sha256 = ImageTable.Fingerprint(rows) },
            Notes = TopCount.Doubts(top, rows.Count - unreadable, Manifest.Settings.Tower),
        };
        Save();
    }

    /// <summary>Brings <c>run.json</c> up to date with the files that are there.</summary>
    public void Save()
    {
        int[] layers = [.. RunFiles.FinishedLayers(Path)];
        Manifest = Manifest with
        {
            Layers = layers,
            Pools = [.. Manifest.Pools.Select(pool => pool with { Tables = Tables(pool.Name, layers) })],
            Timings = new SortedDictionary<string, double>(timings, StringComparer.Ordinal),
        };
        AtomicFile.Write(RunFiles.Manifest(Path), Manifest.ToJson());
    }

    /// <summary>Takes back that a run without results was begun, so that other settings may be tried. The pass over its images is
    /// kept.</summary>
    public void Abandon()
    {
        if (!RunFiles.FinishedLayers(Path).Any()) File.Delete(RunFiles.Manifest(Path));
    }

    private RunWriter Started(AnalysisInputs inputs)
    {
        foreach (var pool in inputs.Pools)
            if (!File.Exists(RunFiles.PoolTexts(Path, pool.Name))) PoolFiles.WriteTexts(RunFiles.PoolTexts(Path, pool.Name), pool.Texts);
        if (!File.Exists(RunFiles.Images(Path))) RunFiles.WriteNames(Path, inputs.Images.Select(image => image.Name));
        byte[] before = File.Exists(RunFiles.Manifest(Path)) ? File.ReadAllBytes(RunFiles.Manifest(Path)) : [];
        if (!Manifest.ToJson().AsSpan().SequenceEqual(before)) Save();
        return this;
    }

    private IReadOnlyList<RunTables> Tables(string pool, int[] layers) =>
        [.. layers.Select(layer => new RunTables(layer, [.. RunFiles.TextSizes(Path, layer, pool)]))
        .Where(tables => tables.Sizes.Count > 0)];

    private static RunManifest ManifestOf(AnalysisInputs inputs)
    {
        var (settings, model) = (inputs.Settings, inputs.Model);
        return new()
        {
            Form = RunManifest.CurrentForm,
            Cliplens = Version,
            Model = new(System.IO.Path.GetFullPath(inputs.Place.Path), model.Format, model.Sha256,
                inputs.Shape.Layers, inputs.Shape.MlpWidth, model.Config.EmbedDim)
            {
                Name = inputs.Place.Name,
                Source = inputs.Place.Source,
                WritingBlocks = inputs.Shape.WritingLayers == inputs.Shape.Layers - 1 ? null : inputs.Shape.WritingLayers,
            },
            Images = new(System.IO.Path.GetFullPath(settings.Images), RootOf(inputs), inputs.Images.Count, null,
                ImageTable.Fingerprint(inputs.Images.Select(image => image.Name)), null),
            Settings = new(settings.Top.Text, settings.ApplyOrientation, settings.Scaling, settings.Batch)
            {
                Sign = settings.Sign,
                Tower = settings.Tower,
                Type = model.Placement.IsHalf ? model.Placement.TypeName : null,
                Device = model.Placement.IsProcessor ? null : model.Placement.DeviceName,
            },
            Layers = [],
            Pools = [.. inputs.Pools.Select(pool => new RunPool(pool.Name, pool.Source, pool.Texts.Count, pool.Sha256, []))],
            Versions = new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["dotnet"] = Environment.Version.ToString(),
                ["libtorch"] = __version__,
                ["torchsharp"] = VersionOf(typeof(TorchSharp.torch)),
            },
            Timings = new SortedDictionary<string, double>(StringComparer.Ordinal),
        };
    }

    /// <summary>The folder that the images' names are relative to: that of the images, that of the list, or the present one for a single
    /// image.</summary>
    private static string RootOf(AnalysisInputs inputs)
    {
        string source = System.IO.Path.GetFullPath(inputs.Settings.Images), present = Directory.GetCurrentDirectory();
        if (Directory.Exists(source)) return source;
        return System.IO.Path.GetFullPath(inputs.Images[0].Path) == System.IO.Path.GetFullPath(inputs.Images[0].Name, present)
            ? present : System.IO.Path.GetDirectoryName(source)!;
    }

    private static string VersionOf(Type type) =>
        (type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "").Split('+')[0];
}
