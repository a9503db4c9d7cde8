namespace ClipLens;

/// <summary>
/// An input or a setting that ClipLens cannot work with. The message is one sentence for a person: it names the file or
/// setting and says what to do. The command line prints it as it is and ends with exit code 2.
/// </summary>
public class ClipLensException : Exception
{
    // A message quotes what files hold: names of tensors, lines, keys. What steers a terminal and words without an end are not shown.
    private const int LongestWord = 1000, ShownOfWord = 200;

    /// <summary>Creates the error with a sentence that names the file or setting and what to do.</summary>
    public ClipLensException(string message) : base(Readable(message)) { }

    /// <summary>Creates the error with the sentence and the failure behind it.</summary>
    public ClipLensException(string message, Exception inner) : base(Readable(message), inner) { }

    private static string Readable(string message)
    {
        if (message is null || (message.Length <= LongestWord && !message.Any(char.IsControl))) return message ?? "";
        var words = string.Concat(message.Select(c => char.IsControl(c) ? ' ' : c)).Split(' ');
        return string.Join(' ', words.Select(word => word.Length <= LongestWord ? word
            : $"{word[..ShownOfWord]}... ({word.Length} characters)"));
    }
}
