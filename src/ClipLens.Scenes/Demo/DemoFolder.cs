using System.Text.Json;
using System.Text.Json.Nodes;
using ClipLens.Files;

namespace ClipLens.Scenes.Demo;

/// <summary>
/// The folder of a demo: its file demo.json says that it is one and of what size and seed, so that the demo never writes among files of
/// somebody else, nor mixes two demos. While it is held, no other process works in it.
/// </summary>
internal sealed class DemoFolder : IDisposable
{
    private const string Marker = "demo.json", LockFile = ".lock";

    /// <summary>All that a demo writes.</summary>
    private static readonly string[] Folders = ["pictures", "held-out", "run", "report", "adversarial"];

    private static readonly string[] Files = ["world.txt", "captions.csv", "scores.json", "report.html", "ablation.json",
        "ablation-layers.png", "ablation-layers.svg", "ablation-texts.png", "ablation-texts.svg"];

    private readonly FolderLock held;

    private DemoFolder(FolderLock held) => this.held = held;

    /// <summary>Takes the folder of a demo, which may be new; with <see cref="DemoSettings.Overwrite"/> what a demo left there is
    /// deleted.</summary>
    /// <exception cref="SettingException">A demo of another size or seed is there.</exception>
    /// <exception cref="ClipLensException">The folder is somebody else's, another process works in it, or it cannot be written
    /// to.</exception>
    public static DemoFolder Take(DemoSettings settings)
    {
        string folder = settings.Output;
        if (File.Exists(folder)) throw new ClipLensException($"The output {folder} is a file; give a folder, which may be new.");
        try
        {
            RefuseForeign(folder);
            Directory.CreateDirectory(folder);
            var held = FolderLock.Take(Path.Combine(folder, LockFile))
                ?? throw new ClipLensException($"Another demo is at work in {folder}; wait until it ends, or give another folder.");
            try
            {
                Begin(settings);
                return new(held);
            }
            catch
            {
                held.Dispose();
                throw;
            }
        }
        catch (Exception error) when (error is IOException { InnerException: null } or UnauthorizedAccessException)
        {
            throw new ClipLensException($"The output {folder} cannot be written to ({error.Message.TrimEnd('.')}); give another folder "
                + "or change its permissions.", error);
        }
    }

    /// <summary>Lets others in.</summary>
    public void Dispose() => held.Dispose();

    private static void RefuseForeign(string folder)
    {
        if (!Directory.Exists(folder) || File.Exists(Path.Combine(folder, Marker))) return;
        if (Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).FirstOrDefault(name => name != LockFile) is { } foreign)
            throw new ClipLensException($"The folder {folder} is not empty and no demo's (it holds {foreign}, but no {Marker}); give "
                + "another folder, which may be new.");
    }

    private static void Begin(DemoSettings settings)
    {
        string marker = settings.File(Marker);
        var asked = Facts(settings);
        if (settings.Overwrite) Clear(settings);
        else if (File.Exists(marker))
        {
            if (!IsSame(marker, asked))
                throw new SettingException(nameof(DemoSettings.Overwrite), $"The demo in {settings.Output} is of another size, seed or "
                    + "version; give another folder, or begin anew, overwriting it.");
            return;
        }
        JsonFile.Write(marker, asked);
    }

    /// <summary>Deletes what a demo made and nothing else; links in the folder are removed, not followed.</summary>
    private static void Clear(DemoSettings settings)
    {
        foreach (string name in Folders)
        {
            var entry = new DirectoryInfo(settings.File(name));
            if (entry.Exists) entry.Delete(recursive: entry.LinkTarget is null);
        }
        foreach (string name in Files) File.Delete(settings.File(name));
    }

    private static JsonObject Facts(DemoSettings settings) => new()
    {
        ["version"] = typeof(DemoFolder).Assembly.GetName().Version?.ToString(3),
        ["seed"] = settings.Seed,
        ["pictures"] = settings.Pictures,
        ["held_out"] = settings.HeldOut,
        ["top"] = settings.Top,
        ["layers"] = settings.Layers.ToString(),
        ["sizes"] = string.Join(",", settings.Sizes),
    };

    private static bool IsSame(string marker, JsonObject asked)
    {
        try
        {
            return new FileInfo(marker).Length < 10_000 && JsonNode.Parse(File.ReadAllBytes(marker))
                ?.ToJsonString() == asked.ToJsonString();
        }
        catch (Exception error) when (error is JsonException or ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }
}
