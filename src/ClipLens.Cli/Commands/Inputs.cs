using System.Globalization;
using ClipLens.Files;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Runs;

namespace ClipLens.Cli.Commands;

/// <summary>What the words of a command line stand for.</summary>
internal static class Inputs
{
    /// <summary>One word is a folder, a list or a picture; several are pictures. What is left out is said.</summary>
    public static ImageSet Images(Invocation call, string[] words)
    {
        var images = words is [var only] ? ImageList.Find(only) : ImageList.Files(words);
        if (images.LeftOutSentence is { } leftOut) call.Terminal.Note(leftOut);
        return images;
    }

    /// <summary>Loads a model, and says what a person should know about its file.</summary>
    public static ClipModel Model(Invocation call, string path)
    {
        var model = ClipModel.Load(path);
        foreach (string note in model.Notes) call.Terminal.Note(note);
        return model;
    }

    /// <summary>Whole numbers of at least 1, separated by commas.</summary>
    public static IReadOnlyList<int> Numbers(string option, string list)
    {
        int[] numbers = [.. list.Split(',').Select(word => int.TryParse(word.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0)];
        return numbers.Min() >= 1 ? numbers
            : throw new ClipLensException($"{option} takes whole numbers of at least 1, separated by commas, not '{list}'.");
    }

    /// <summary>A number from 0 to 1.</summary>
    public static float Share(string option, string word) =>
        float.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out float share) && share is >= 0 and <= 1 ? share
            : throw new ClipLensException($"{option} takes a number from 0 to 1, not '{word}'.");

    /// <summary>The lines of a small text file, empty ones left out.</summary>
    public static IReadOnlyList<string> Lines(string path, string what) => [.. TextLines.Read(path, what).Select(line => line.Text).Where(text => text.Length > 0)];

    /// <summary>The blocks that a selection means, of those that a run has; all of the run's for 'all'.</summary>
    public static IReadOnlyList<int> Layers(RunDirectory run, string selection)
    {
        var parsed = LayerSelection.Parse(selection);
        if (parsed == LayerSelection.All) return run.Layers;
        var layers = parsed.Resolve(run.Manifest.Model.Blocks);
        foreach (int layer in layers) run.Neurons(layer);
        return layers;
    }

    /// <summary>Makes sure, before any work, that a file can be written there; makes the folder that it goes into.</summary>
    public static string OutputFile(string path)
    {
        if (Directory.Exists(path)) throw new ClipLensException($"The output {path} is a folder; give a file name in it.");
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ClipLensException($"The output {path} cannot be written, because there can be no folder {folder} ({error.Message.TrimEnd('.')}).", error);
        }
        return path;
    }
}
