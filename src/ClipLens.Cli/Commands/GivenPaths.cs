using System.CommandLine;
using ClipLens.Models.Images;

namespace ClipLens.Cli.Commands;

/// <summary>What a command line gives: no value may be empty, and what is to be written may be nothing that is read.</summary>
internal static class GivenPaths
{
    private static readonly string[] Outputs = ["--output", "--csv", "--sheet"], Sources = ["--model", "--images", "--image", "--masks",
        "--base", "--mean-images", "--report-images", "--run-images", "--train", "--validation", "--imagenet", "--voc"];

    /// <summary>Refuses what would destroy an input, and values that are empty.</summary>
    /// <exception cref="ClipLensException">There is such a thing; named.</exception>
    public static void Check(CliCommand command, ParseResult parse)
    {
        var given = command.Options.SelectMany(option => Values(parse, option).Select(value => (option.Name, Value: value))).ToList();
        foreach (var (name, value) in given)
            if (value.Length == 0 && Outputs.Concat(Sources).Append("--run").Contains(name))
                throw new ClipLensException($"{name} has an empty value; give a name, or leave it out.");
        foreach (var (name, path) in given.Where(own => Outputs.Contains(own.Name) && File.Exists(own.Value)))
            foreach (var (source, other) in given.Where(own => own.Name != name))
                if (IsRead(Real(path), source, other))
                    throw new ClipLensException($"{name} would replace {path}, which {source} reads; give another name.");
    }

    private static string[] Values(ParseResult parse, Option option) => option switch
    {
        Option<string> one => parse.GetResult(one) is { Implicit: false } ? [parse.GetValue(one) ?? ""] : [],
        Option<string[]> many => parse.GetResult(many) is { Implicit: false } ? parse.GetValue(many) ?? [] : [],
        _ => [],
    };

    /// <summary>Whether a file that is there is one that an option names, or lies in a folder that it names and is of what is read
    /// there.</summary>
    private static bool IsRead(string file, string option, string value)
    {
        if (File.Exists(value)) return Real(value) == file;
        if (!Directory.Exists(value) || !file.StartsWith(Real(value) + Path.DirectorySeparatorChar, StringComparison.Ordinal)) return false;
        // Results of earlier calls may lie in a run.
        if (option == "--run") return Path.GetFileName(file) == "run.json" || Path.GetExtension(file) is ".parquet" or ".safetensors";
        return Sources.Contains(option) && (option == "--model" || ImageList.HasImageName(file));
    }

    /// <summary>The full path, behind a link that it may be.</summary>
    private static string Real(string path)
    {
        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        FileSystemInfo entry = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
        return entry.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;
    }
}
