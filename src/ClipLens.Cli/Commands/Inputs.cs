using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using ClipLens.Compute;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Models.Configuration;
using ClipLens.Models.Hub;
using ClipLens.Models.Images;
using ClipLens.Runs;
using ClipLens.Runs.Settings;
using ClipLens.Runs.Studies;
using ClipLens.Texts;

namespace ClipLens.Cli.Commands;

/// <summary>What the words of a command line stand for.</summary>
internal static partial class Inputs
{
    /// <summary>One word is a folder, a list or a picture; several are pictures. What is left out is said.</summary>
    public static ImageSet Images(Invocation call, string[] words)
    {
        var images = words is [var only] ? ImageList.Find(only) : ImageList.Files(words);
        if (images.LeftOutSentence is { } leftOut) call.Terminal.Note(leftOut);
        return images;
    }

    /// <summary>The names of classes in a file; what is doubtful about them is said.</summary>
    public static IReadOnlyList<string> Classes(Invocation call, string path)
    {
        var names = ClassNames.Read(path);
        if (ClassNames.Shared(path, names) is { } shared) call.Terminal.Note(shared);
        return names;
    }

    /// <summary>The tower of this name.</summary>
    public static TowerKind Tower(string name) => Enum.Parse<TowerKind>(name, ignoreCase: true);

    /// <summary>One word may be a text file with a text a line, or the name of a published one; else the words are texts.</summary>
    /// <exception cref="ClipLensException">The one word is a file that is not there.</exception>
    public static IReadOnlyList<string> Texts(Invocation call, string[] words)
    {
        if (words is not [var only]) return words;
        string file = PublishedTexts.Find(only, null, call.Stop);
        if (File.Exists(file)) return TextPool.FromFile(file).Texts;
        return !LooksLikeFile().IsMatch(only) ? words
            : throw new ClipLensException($"There is no file {only}; give a text file with a text a line, or the texts themselves.");
    }

    [GeneratedRegex(@"^\S*[/\\]\S*$|^\S+\.(txt|csv|tsv|lst)$", RegexOptions.IgnoreCase)]
    private static partial Regex LooksLikeFile();

    /// <summary>Opens the run that options name.</summary>
    public static RunDirectory Run(Invocation call, Option<string> run, Option<string> images) =>
        RunDirectory.Open(call.Get(run), call.Find(images));

    /// <summary>Loads a model, by its path or its name, and says what a person should know about its file.</summary>
    public static ClipModel Model(Invocation call, string name)
    {
        var placement = Placement(call);
        var model = ClipModel.Load(Fetched(call, name).Path, placement);
        foreach (string note in model.Notes) call.Terminal.Note(note);
        return model;
    }

    /// <summary>The model of a run: where it was, where an option says that it is now, or fetched by its name.</summary>
    public static ClipModel RunModel(Invocation call, RunDirectory run, string? place)
    {
        var placement = Placement(call);
        var facts = run.Manifest.Model;
        bool isGone = !File.Exists(facts.Path) && !Directory.Exists(facts.Path);
        if ((place ?? (isGone ? facts.Source : null)) is { } name) Fetched(call, name);
        return run.LoadModel(place, placement);
    }

    /// <summary>Where the model of a call is to compute.</summary>
    public static Placement Placement(Invocation call) =>
        call.Parse.CommandResult.Command is CliCommand { Placement: var (device, type) }
        ? Compute.Placement.Find(call.Get(device), call.Get(type))
            : Compute.Placement.Cpu;

    private static LocalModel Fetched(Invocation call, string name)
    {
        var model = ModelHub.Find(name);
        if (model is null) call.Terminal.ShowProgress(progress => model = ModelHub.Get(name, null, progress, call.Stop));
        return model!;
    }

    /// <summary>Whole numbers of at least 1, separated by commas.</summary>
    public static IReadOnlyList<int> Numbers(string option, string list)
    {
        int[] numbers = [.. list.Split(',')
            .Select(word => int.TryParse(word.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0)];
        return numbers.Min() >= 1 ? numbers
            : throw new ClipLensException($"{option} takes whole numbers of at least 1, separated by commas, not '{list}'.");
    }

    /// <summary>A number from 0 to 1.</summary>
    public static float Share(string option, string word) =>
        float.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out float share) && share is >= 0 and <= 1 ? share
            : throw new ClipLensException($"{option} takes a number from 0 to 1, not '{word}'.");

    /// <summary>The neurons of a run that options name.</summary>
    public static NeuronSelection Neurons(string layers, string? pool, int? size) =>
        new() { Layers = LayerSelection.Parse(layers), Pool = pool, Size = size };
}
