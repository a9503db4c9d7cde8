using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ClipLens.Files;
using ClipLens.Runs.Settings;

namespace ClipLens.Runs.Storage;

/// <summary>Where the files of a run are, and which files in its folder are a run's.</summary>
internal static partial class RunFiles
{
    public static string Manifest(string run) => Path.Combine(run, "run.json");

    public static string Images(string run) => Path.Combine(run, "images.parquet");

    public static string Neurons(string run, int layer) => Path.Combine(LayerFolder(run, layer), "neurons.safetensors");

    public static string Texts(string run, int layer, string pool, int size) =>
        Path.Combine(LayerFolder(run, layer), string.Create(CultureInfo.InvariantCulture, $"texts-{pool}-{size}.parquet"));

    /// <summary>How a block's neurons go with the images' representations.</summary>
    public static string Behaviour(string run, int layer) => Path.Combine(LayerFolder(run, layer), "behaviour.safetensors");

    /// <summary>Mean and covariance of the images' representations.</summary>
    public static string Representations(string run) => Path.Combine(run, "representations.safetensors");

    /// <summary>What a block's neurons do on all images.</summary>
    public static string Portraits(string run, int layer) => Path.Combine(LayerFolder(run, layer), "portraits.safetensors");

    /// <summary>The unit representations of the images, one by one.</summary>
    public static string ImageRepresentations(string run) => Path.Combine(run, "images.safetensors");

    /// <summary>Where the neurons lie on a map of all.</summary>
    public static string Map(string run) => Path.Combine(run, "map.safetensors");

    /// <summary>What a block's neurons act on.</summary>
    public static string ActsOn(string run, int layer, string pool) => Path.Combine(LayerFolder(run, layer), $"acts-{pool}.parquet");

    /// <summary>How true the descriptions of a block are on labelled images, by neuron.</summary>
    public static string Truth(string run, int layer, string pool, int size) => OfDescriptions(run, layer, "truth", pool, size);

    /// <summary>The same by text.</summary>
    public static string TruthOfTexts(string run, int layer, string pool, int size) =>
        OfDescriptions(run, layer, "truth-texts", pool, size);

    /// <summary>The concepts of a block's neurons.</summary>
    public static string Concepts(string run, int layer, string pool, int size) => OfDescriptions(run, layer, "concepts", pool, size);

    /// <summary>The texts of a pool.</summary>
    public static string PoolTexts(string run, string pool) => Path.Combine(run, $"texts-{pool}.parquet");

    /// <summary>The embeddings of a pool.</summary>
    public static string PoolEmbeddings(string run, string pool) => Path.Combine(run, $"texts-{pool}.safetensors");

    /// <summary>What is kept while the run is not finished.</summary>
    public static string Work(string run) => Path.Combine(run, "work");

    /// <summary>The parts of a run that are not merged yet.</summary>
    public static string Parts(string run) => Path.Combine(run, "parts");

    /// <summary>A part of a run.</summary>
    public static string Part(string run, int number, int count) =>
        Path.Combine(Parts(run), string.Create(CultureInfo.InvariantCulture, $"part-{number:0000}-of-{count:0000}"));

    /// <summary>What a part is of.</summary>
    public static string PartRecord(string part) => Path.Combine(part, "part.json");

    /// <summary>There when a part is done.</summary>
    public static string PartDone(string part) => Path.Combine(part, "done");

    /// <summary>Lengths and times of the image files that were read, beside what was made of them.</summary>
    public static string Stamps(string folder) => Path.Combine(folder, ".stamps");

    /// <summary>The scratch folder of the pass over the images.</summary>
    public static string Scratch(string run) => Path.Combine(Work(run), "pass");

    /// <summary>What the scratch folder's pass is of.</summary>
    public static string PassDescription(string run) => Path.Combine(Work(run), "pass.txt");

    /// <summary>Held open by the process that works on the run.</summary>
    public static string Lock(string run) => Path.Combine(run, ".lock");

    public static string LayerFolder(string run, int layer) =>
        Path.Combine(run, string.Create(CultureInfo.InvariantCulture, $"layer-{layer:00}"));

    /// <summary>Sizes for which a block has a table of a pool's texts.</summary>
    public static IEnumerable<int> TextSizes(string run, int layer, string pool) => TableSizes(run, layer, $"texts-{pool}-");

    /// <summary>Sizes for which it is known how true a block's texts of a pool are.</summary>
    public static IEnumerable<int> TruthSizes(string run, int layer, string pool) => TableSizes(run, layer, $"truth-{pool}-");

    private static IEnumerable<int> TableSizes(string run, int layer, string before)
    {
        string folder = LayerFolder(run, layer);
        if (!Directory.Exists(folder)) return [];
        return Directory.EnumerateFiles(folder, before + "*.parquet").Select(file =>
            Path.GetFileNameWithoutExtension(file)[before.Length..])
            .Select(Number).OfType<int>().Order();
    }

    /// <summary>Blocks whose neurons are done.</summary>
    public static IEnumerable<int> FinishedLayers(string run) => LayerFolders(run)
        .Where(folder => File.Exists(Path.Combine(folder, "neurons.safetensors")))
        .Select(folder => Number(Path.GetFileName(folder)["layer-".Length..])).OfType<int>().Order();

    /// <summary>Whether files can carry the name of a pool: nothing in it leads out of the run's folder.</summary>
    public static bool IsPoolName(string? name) => name is { Length: > 0 and <= 200 }
        && name.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.');

    /// <summary>Makes sure that what is written to, read or removed in a run's folder lies in that folder.</summary>
    /// <exception cref="ClipLensException">A file or folder of the run is a link, a pipe or a device.</exception>
    public static void CheckInside(string run)
    {
        foreach (var entry in OwnEntries(run))
        {
            if ((entry.Attributes & FileAttributes.ReparsePoint) != 0)
                throw new ClipLensException($"{entry.FullName} is a link, which a run has not, because it leads out of its folder; put "
                + "what it leads to in its place, or remove it.");
            if (entry is FileInfo) FileKind.RefuseSpecial(entry.FullName);
        }
    }

    private static IEnumerable<FileSystemInfo> OwnEntries(string run)
    {
        foreach (var entry in new DirectoryInfo(run).EnumerateFileSystemInfos())
        {
            bool isFolder = entry.Name is "work" or "parts" || LayerName().IsMatch(entry.Name);
            if (!isFolder && entry.Name is not (".lock" or ".stamps") && !OwnName().IsMatch(entry.Name)) continue;
            yield return entry;
            if (!isFolder || entry is not DirectoryInfo folder || (entry.Attributes & FileAttributes.ReparsePoint) != 0) continue;
            var options = new EnumerationOptions
            {
                RecurseSubdirectories = entry.Name is "work" or "parts",
                AttributesToSkip = FileAttributes.None,
                IgnoreInaccessible = false
            };
            foreach (var inner in folder.EnumerateFileSystemInfos("*", options)) yield return inner;
        }
    }

    private static int? Number(string text) =>
        text.All(char.IsAsciiDigit) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    /// <summary>Whether the folder holds a run, or results of one that lost its <c>run.json</c>.</summary>
    public static bool HasRun(string run) => File.Exists(Manifest(run)) || File.Exists(Images(run)) || FinishedLayers(run).Any();

    /// <summary>Makes sure that a folder without <c>run.json</c> can become a run.</summary>
    /// <exception cref="ClipLensException">It holds something else, or the remains of a run.</exception>
    public static void CheckUnused(string run)
    {
        if (Directory.EnumerateFileSystemEntries(run).Where(entry => !IsOwn(entry)).Min(StringComparer.Ordinal) is { } other)
            throw new ClipLensException($"The output {run} is no run and holds other things ({Path.GetFileName(other)}); give a folder "
            + "that is new or empty.");
        if (HasRun(run))
            throw new SettingException(nameof(AnalysisSettings.Overwrite),
                $"The output {run} holds results without the run.json that says of what; make the run again, overwriting them.");
    }

    /// <summary>Remembers the images' names while the run has no table of images.</summary>
    public static void WriteNames(string run, IEnumerable<string> names)
    {
        Directory.CreateDirectory(Work(run));
        AtomicFile.Write(Names(run), Encoding.UTF8.GetBytes(string.Concat(names.Select(name => name + "\0"))));
    }

    /// <summary>The images' names when the run was begun.</summary>
    public static IReadOnlyList<string> ReadNames(string run) =>
        File.Exists(Images(run)) ? [.. ImageTable.Read(Images(run)).Select(row => row.Path)]
        : File.Exists(Names(run)) ? File.ReadAllText(Names(run)).Split('\0')[..^1] : [];

    private static string OfDescriptions(string run, int layer, string what, string pool, int size) =>
        Path.Combine(LayerFolder(run, layer), string.Create(CultureInfo.InvariantCulture, $"{what}-{pool}-{size}.parquet"));

    private static string Names(string run) => Path.Combine(Work(run), "images.txt");

    private static bool IsOwn(string entry)
    {
        string name = Path.GetFileName(entry);
        return Directory.Exists(entry) ? name is "work" or "parts" || LayerName().IsMatch(name)
            : name is ".lock" or ".stamps" || OwnName().IsMatch(name);
    }

    /// <summary>Removes the files of a run and the folders that are empty then; leaves everything else, and the lock.</summary>
    public static void Remove(string run)
    {
        // The facts go first: without them a folder is no run, should this be interrupted.
        File.Delete(Manifest(run));
        RemoveOwn(run);
        foreach (string folder in LayerFolders(run).ToList())
        {
            RemoveOwn(folder);
            if (!Directory.EnumerateFileSystemEntries(folder).Any()) Directory.Delete(folder);
        }
        foreach (string folder in new[] { Work(run), Parts(run) })
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        File.Delete(Stamps(run));
    }

    /// <summary>Removes what a killed process was about to write.</summary>
    public static void RemovePartial(string run)
    {
        foreach (string folder in LayerFolders(run).Prepend(run).ToList())
            foreach (string file in Directory.EnumerateFiles(folder, "*.partial").Where(IsOwn).ToList()) File.Delete(file);
    }

    private static void RemoveOwn(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder).Where(file => OwnName().IsMatch(Path.GetFileName(file)))
            .ToList()) File.Delete(file);
    }

    private static IEnumerable<string> LayerFolders(string run) =>
        Directory.EnumerateDirectories(run, "layer-*").Where(folder => LayerName().IsMatch(Path.GetFileName(folder)));

    [GeneratedRegex(@"^layer-\d{2,}$")]
    private static partial Regex LayerName();

    [GeneratedRegex(@"^(run\.json|images\.parquet|(neurons|behaviour|representations|portraits|images|map)\.safetensors|texts-[^/\\]+\.(parquet|safetensors)|(acts|truth|concepts)-[^/\\]+\.parquet)(\.partial)?$")]
    private static partial Regex OwnName();
}
