namespace ClipLens;

/// <summary>
/// An input or a setting that ClipLens cannot work with. The message is one sentence for a person: it names the file or
/// setting and says what to do. The command line prints it as it is and ends with exit code 2.
/// </summary>
public class ClipLensException : Exception
{
    /// <summary>Creates the error with a sentence that names the file or setting and what to do.</summary>
    public ClipLensException(string message) : base(message) { }

    /// <summary>Creates the error with the sentence and the failure behind it.</summary>
    public ClipLensException(string message, Exception inner) : base(message, inner) { }
}
