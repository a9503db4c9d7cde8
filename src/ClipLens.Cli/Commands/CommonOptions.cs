using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace ClipLens.Cli.Commands;

/// <summary>Options that several commands share, each with one name, meaning and default everywhere.</summary>
internal static class CommonOptions
{
    public static Option<string> Model() =>
        Text("--model", "M", "Checkpoint: a folder (open_clip, Hugging Face), a file (.safetensors, .pt, .bin), or a name such as "
            + "ViT-B-32/openai, which is fetched ('cliplens models' lists names).", required: true);

    public static Option<string> Output(string helpName, string description, bool required = true) => Text("--output", helpName,
        description, required);

    public static Option<string> Run() => Text("--run", "RUN", "Folder that 'cliplens analyze' wrote.", required: true);

    /// <summary>The checkpoint of a run, which the run itself names.</summary>
    public static Option<string> RunModel() => Text("--model", "M", "Where the run's checkpoint is now, if it was moved, or its name.");

    /// <summary>The images of a run, which the run itself names.</summary>
    public static Option<string> RunImages() => Text("--run-images", "D", "Folder where the run's images are now, if they were moved.");

    /// <summary>Pictures to look at: a folder, a list, or several files.</summary>
    public static Option<string[]> Pictures() =>
        Texts("--image", "X", "Images: one or several files, a folder (searched through), or a text file with a path a line.",
            required: true);

    /// <summary>Pictures: a folder, a list, or several files.</summary>
    public static Option<string[]> Images(bool required = true) =>
        Texts("--images", "D", "Folder of images (searched through), text file with a path a line, or images one by one.", required);

    public static Option<string> Layers(string description) => Text("--layers", "9,10|8-10|all", description, required: true);

    /// <summary>Layers of a run, all of them by default.</summary>
    public static Option<string> RunLayers(string description = "Layers of the run.") => Text("--layers", "9,10|8-10|all", description,
        "all");

    /// <summary>A text pool of a run.</summary>
    public static Option<string> Pool(string description = "Text pool; the run's first if left out.") => Text("--pool", "NAME",
        description);

    /// <summary>One of the tables of a run's texts.</summary>
    /// <param name="use">What it is for, where it is not for everything.</param>
    public static Option<int?> TableSize(string use = "") => Number("--size",
        $"Table of this many texts a neuron{use}; the largest if left out.");

    public static Option<string> Templates() =>
        Text("--templates", "F.txt", "Sentences around a class name, one a line, {} for the name, or imagenet-templates, OpenAI's 80; a "
            + "short set of our own if left out.");

    /// <summary>From where on two texts are one concept.</summary>
    public static Option<string> SameSimilarity(string name, string what) =>
        Text(name, "0.6", $"{what} from which two texts say the same; what one in 1,000 pairs of the pool reach if left out.");

    public static Option<string> DropWords() => Text("--drop", "W.txt", "Words that are never cues, one a line.");

    public static Option<int> Seed(string description) => Count("--seed", 0, description, 0);

    /// <summary>Draws of the bootstrap.</summary>
    public static Option<int> Resamples() => Count("--resamples", 2000, "Draws of the bootstrap for the confidence intervals.", 100,
        MostResamples);

    // All draws' means are kept, of tens of quantities each; a hundred thousand tell an interval to a thousandth of its width.
    private const int MostResamples = 100_000;

    public static Option<int> Batch() => Count("--batch", 16, "Images in a forward pass.");

    /// <summary>The tower whose neurons are meant.</summary>
    public static Option<string> Tower() => Choice("--tower", "image",
        "The tower whose neurons are meant; with 'text' the dataset (--images) is a text file with a text a line.", "image", "text");

    public static Option<int?> Workers() => Number("--workers", "Threads, each with a batch of its own; as many as cores if left out.");

    /// <summary>The device that the model computes on.</summary>
    public static Option<string> Device() => Text("--device", "cpu|cuda|cuda:1|mps|auto", "Where the model computes: the processor, a card "
        + "of NVIDIA's, Apple's GPU, or the first of these that is there.", "cpu");

    /// <summary>The type of the numbers of the forward pass.</summary>
    public static Option<string> Type() => Choice("--dtype", "float32", "Numbers of the forward pass; what is read off it is float32 or "
        + "float64 always.", "float32", "float16", "bfloat16");

    public static Option<bool> ExifOrientation() =>
        new("--exif-orientation") { Description = "Turn images upright as their EXIF data says; CLIP's own preprocessing does not." };

    /// <summary>An option with one text.</summary>
    public static Option<string> Text(string name, string helpName, string description, bool required = false) =>
        new(name) { HelpName = helpName, Description = description, Required = required };

    /// <summary>An option with several texts, behind one another or each behind the option's name.</summary>
    public static Option<string[]> Texts(string name, string helpName, string description, bool required = false) => new(name)
    {
        HelpName = helpName,
        Description = description,
        Required = required,
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary>An option with a whole number from <paramref name="least"/> to <paramref name="most"/>.</summary>
    public static Option<int> Count(string name, int standard, string description, int least = 1, int most = int.MaxValue) => new(name)
    {
        HelpName = "n",
        Description = description,
        DefaultValueFactory = _ => standard,
        CustomParser = result => WholeNumber(result, least, most) ?? 0,
    };

    /// <summary>An option with a whole number of at least 1 that may be left out.</summary>
    public static Option<int?> Number(string name, string description) =>
        new(name) { HelpName = "n", Description = description, CustomParser = result => WholeNumber(result, 1) };

    /// <summary>An option with one of some words.</summary>
    public static Option<string> Choice(string name, string standard, string description, params string[] words) => new(name)
    {
        HelpName = string.Join('|', words),
        Description = description,
        DefaultValueFactory = _ => standard,
        CustomParser = result =>
        {
            string word = result.Tokens[0].Value;
            if (!words.Contains(word)) result.AddError($"{name} takes {string.Join(" or ", words.Select(word => $"'{word}'"))}, not "
                + $"'{word}'");
            return word;
        },
    };

    /// <summary>An option with a text that stands there if none is given.</summary>
    public static Option<string> Text(string name, string helpName, string description, string standard) =>
        new(name) { HelpName = helpName, Description = description, DefaultValueFactory = _ => standard };

    private static int? WholeNumber(ArgumentResult result, int least, int most = int.MaxValue)
    {
        string word = result.Tokens[0].Value;
        if (int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most)
            return number;
        string bounds = most == int.MaxValue ? $"of at least {least}" : $"from {least} to {most}";
        result.AddError($"{((OptionResult)result.Parent!).IdentifierToken?.Value} takes a whole number {bounds}, not '{word}'");
        return null;
    }
}
