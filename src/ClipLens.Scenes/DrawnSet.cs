using System.Runtime.ExceptionServices;
using System.Text;
using ClipLens.Files;
using ClipLens.Scenes.Drawing;
using ClipLens.Scenes.Language;

namespace ClipLens.Scenes;

/// <summary>Scenes as PNG files in a folder; the name of a file is the number of its scene.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Size">Side of the pictures in pixels.</param>
/// <param name="Scenes">The scenes.</param>
public sealed record DrawnSet(string Folder, int Size, IReadOnlyList<Scene> Scenes)
{
    /// <summary>The file of a scene.</summary>
    public string FileOf(int index) => Path.Combine(Folder, FormattableString.Invariant($"{index:00000}.png"));

    /// <summary>Draws the first scenes of a generator; pictures that are there already are left as they are.</summary>
    /// <param name="folder">Gets the files.</param>
    /// <param name="generator">Where the scenes come from.</param>
    /// <param name="count">How many.</param>
    /// <param name="size">Side of the pictures in pixels.</param>
    /// <param name="progress">Pictures drawn.</param>
    /// <param name="cancellation">Stops between pictures.</param>
    /// <exception cref="ClipLensException">The folder cannot be written.</exception>
    /// <exception cref="IOException">The disk failed or is full.</exception>
    public static DrawnSet Draw(string folder, SceneGenerator generator, int count, int size, IProgress<int>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(generator);
        var set = new DrawnSet(folder, size, [.. generator.Take(count)]);
        int done = 0;
        try
        {
            Directory.CreateDirectory(folder);
            Parallel.For(0, count, new ParallelOptions
            {
                CancellationToken = cancellation,
                MaxDegreeOfParallelism = Environment.ProcessorCount
            }, () => new SceneCanvas(size), (i, _, canvas) =>
            {
                string path = set.FileOf(i);
                if (!File.Exists(path)) AtomicFile.Write(path, SceneRenderer.EncodePng(canvas.Render(set.Scenes[i])), waitForDisk: false);
                progress?.Report(Interlocked.Increment(ref done));
                return canvas;
            }, canvas => canvas.Dispose());
        }
        catch (AggregateException error) when (error.InnerException is ClipLensException or IOException)
        {
            ExceptionDispatchInfo.Throw(error.InnerException);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException && !Directory.Exists(folder))
        {
            throw new ClipLensException($"The pictures cannot be drawn into {folder}: {error.Message}", error);
        }
        return set;
    }

    /// <summary>
    /// Writes what is true of the pictures, beside their folder's pictures: <c>labels.csv</c> (the kind of the main object),
    /// <c>classes.txt</c>, <c>templates.txt</c>, <c>groups.csv</c> (the kind, and whether it is in its usual place) and
    /// <c>captions.csv</c>.
    /// </summary>
    /// <exception cref="ClipLensException">The folder cannot be written.</exception>
    public void WriteTables()
    {
        string[] names = [.. Enum.GetValues<ObjectKind>().Select(Lexicon.NameOf)];
        Table("labels.csv", "file,label", scene => FormattableString.Invariant($"{(int)scene.Objects[0].Kind}"));
        Table("captions.csv", "file,caption", CaptionWriter.WriteInFull);
        Table("groups.csv", "file,group", scene =>
        {
            var usual = PlantedCues.CueOf(scene.Objects[0].Kind).Background;
            return Lexicon.NameOf(scene.Objects[0].Kind) + (usual is null ? "" : usual == scene.Background ? " in its usual place"
                : " elsewhere");
        });
        Lines("classes.txt", names);
        Lines("templates.txt", WorldModel.Templates);

        void Table(string name, string header, Func<Scene, string> value) =>
            Lines(name, Scenes.Select((scene, i) => $"{Path.GetFileName(FileOf(i))},{value(scene)}").Prepend(header));

        void Lines(string name, IEnumerable<string> lines) => AtomicFile.Write(Path.Combine(Folder, name),
            Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))));
    }
}
