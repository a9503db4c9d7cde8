using System.Text;

namespace ClipLens.Cli.Output;

/// <summary>
/// A stream of the process: signs that its encoding has not are written with those of ASCII, a minus as '-', and a stream that is closed
/// takes what it is given without a word.
/// </summary>
/// <param name="inner">The stream.</param>
/// <param name="isPlain">Whether signs that have a like in ASCII are written so in any case.</param>
internal sealed class ShowableWriter(TextWriter inner, bool isPlain = false) : TextWriter
{
    private static readonly Dictionary<char, string> Plain = new()
    {
        ['\u2212'] = "-",
        ['\u2013'] = "-",
        ['\u2014'] = "-",
        ['\u2026'] = "...",
        ['\u2018'] = "'",
        ['\u2019'] = "'",
        ['\u201C'] = "\"",
        ['\u201D'] = "\"",
    };

    private readonly HashSet<char> missing =
        [.. Plain.Keys.Where(c => isPlain || inner.Encoding.GetString(inner.Encoding.GetBytes($"{c}")) != $"{c}")];

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Write($"{value}");

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(string? value)
    {
        if (value is null) return;
        string text = missing.Count > 0 && value.Any(missing.Contains)
            ? string.Concat(value.Select(c => missing.Contains(c) ? Plain[c] : $"{c}")) : value;
        Try(() => inner.Write(text));
    }

    public override void WriteLine() => Write(CoreNewLine is null ? "\n" : new string(CoreNewLine));

    public override void WriteLine(string? value) => Write(value + new string(CoreNewLine));

    public override void Flush() => Try(inner.Flush);

    private static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception error) when (error is IOException { HResult: BadFile or BrokenPipe } or ObjectDisposedException)
        {
            // Nobody listens.
        }
    }

    private const int BadFile = 9, BrokenPipe = 32;
}
