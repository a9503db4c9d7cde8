namespace ClipLens.Cli.Output;

/// <summary>How figures are written for people.</summary>
internal static class Words
{
    /// <summary>How the program was called, for commands that are to be typed next; ./cliplens of a clone says so.</summary>
    public static string Program { get; } = Environment.GetEnvironmentVariable("CLIPLENS_CALLED_AS") is { Length: > 0 } called ? called
        : "cliplens";

    /// <summary>A word that a shell takes as one; on Windows in double quotes, which all of its shells know.</summary>
    public static string Quoted(string word) => word.Length > 0 && word.All(c => char.IsLetterOrDigit(c) || "/\\._-:+@,=".Contains(c))
        && (OperatingSystem.IsWindows() || !word.Contains('\\')) ? word
        : OperatingSystem.IsWindows() ? $"\"{word}\"" : $"'{word.Replace("'", "'\\''")}'";

    /// <summary>"1 image", "2 images".</summary>
    public static string Count(int count, string thing) => count == 1 ? $"1 {thing}" : $"{count} {thing}s";

    /// <summary>A share in percent.</summary>
    public static string Percent(double share) => $"{100 * share:0.0} %";
}
