using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using ClipLens.Cli.Commands;

namespace ClipLens.Cli;

/// <summary>The one place where what went wrong becomes an exit code and a sentence.</summary>
internal static partial class Failure
{
    /// <summary>1: the work failed or was stopped.</summary>
    public const int WorkFailed = 1;

    /// <summary>2: the command line or an input is wrong.</summary>
    public const int WrongInput = 2;

    /// <summary>Settings whose option has another name.</summary>
    private static readonly Dictionary<string, string> OtherNames = new()
    {
        ["Sizes"] = "--size",
        ["MemoryBudget"] = "--memory",
        ["MeanImages"] = "--mean-images",
        ["ReportImages"] = "--report-images",
        ["ReportLabels"] = "--report-labels",
        ["RunImages"] = "--run-images",
        ["Type"] = "--dtype",
        ["ApplyOrientation"] = "--exif-orientation"
    };

    private const int WordStart = 120, WordEnd = 60;

    public static (int Code, string Sentence) Explain(Exception error, CliCommand? command) => error switch
    {
        AggregateException { InnerExceptions: [var only] } => Explain(only, command),
        TypeInitializationException { InnerException: { } cause } => Explain(cause, command),
        OperationCanceledException => (WorkFailed, command?.WhenStopped ?? "Stopped."),
        Cluster.ClusterException => (WorkFailed, OneLine(error.Message)),
        SettingException setting => (WrongInput, WithOption(OneLine(error.Message), setting.Setting, command)),
        ClipLensException => (WrongInput, OneLine(error.Message)),
        OutOfMemoryException => (WorkFailed, "The memory ran out; a smaller --batch or fewer --workers need less."),
        ExternalException when error.Message.Contains("can't allocate memory") || error.Message.Contains("not enough memory") =>
            (WorkFailed, "The memory ran out; a smaller --batch or fewer --workers need less."),
        ExternalException when CardFault().IsMatch(error.Message) => (WorkFailed, OfCard(error.Message)),
        // The library has put the system's words into a sentence of its own.
        IOException { InnerException: IOException } => (WorkFailed, OneLine(error.Message)),
        IOException or UnauthorizedAccessException => (WorkFailed, Sentence("A file could not be read or written", error)),
        _ => (WorkFailed, Sentence($"The work failed with {error.GetType().Name}", error)),
    };

    /// <summary>The sentence with the option in brackets that stands for the setting, where the command has one.</summary>
    private static string WithOption(string sentence, string setting, CliCommand? command)
    {
        string option = OtherNames.GetValueOrDefault(setting, "--" + setting.ToLowerInvariant());
        return command?.Options.Any(own => own.Name == option) == true ? $"{sentence.TrimEnd('.')} ({option})." : sentence;
    }

    private static string OfCard(string message) => message.Contains("out of memory") || message.Contains("ALLOC_FAILED")
        ? "The card's memory ran out; a smaller --batch or --dtype float16 needs less."
        : $"The card failed: {OneLine(message).TrimEnd('.')}; give the same command again, or take --device cpu.";

    private static string Sentence(string what, Exception error) => $"{what}: {OneLine(error.Message).TrimEnd('.')}; --verbose shows "
        + "where.";

    /// <summary>Libtorch's messages carry a stack trace behind their first line; a file's names and texts may be of any length.</summary>
    private static string OneLine(string message) => LongWord().Replace(message.Split('\n', 2)[0].TrimEnd(), word =>
        $"{word.Value[..WordStart]}...{word.Value[^WordEnd..]}");

    [GeneratedRegex("CUDA|CUBLAS|cuDNN|CUSOLVER")]
    private static partial Regex CardFault();

    [GeneratedRegex(@"\S{400,}")]
    private static partial Regex LongWord();
}
