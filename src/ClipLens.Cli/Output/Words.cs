namespace ClipLens.Cli.Output;

/// <summary>How figures are written for people.</summary>
internal static class Words
{
    /// <summary>"1 image", "2 images".</summary>
    public static string Count(int count, string thing) => count == 1 ? $"1 {thing}" : $"{count} {thing}s";

    /// <summary>A share in percent.</summary>
    public static string Percent(double share) => $"{100 * share:0.0} %";
}
