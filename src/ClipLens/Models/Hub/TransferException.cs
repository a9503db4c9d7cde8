namespace ClipLens.Models.Hub;

/// <summary>A failure of a network or a disk, told in a sentence for a person; the system's own words are in the inner exception.</summary>
internal sealed class TransferException : IOException
{
    public TransferException(string message, Exception cause) : base(message, cause as IOException ?? new IOException(cause.Message, cause))
    {
    }

    public TransferException(string message) : this(message, new IOException(message)) { }
}
