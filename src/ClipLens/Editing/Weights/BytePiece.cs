using Microsoft.Win32.SafeHandles;

namespace ClipLens.Editing.Weights;

/// <summary>Bytes of a file that an edit changes: runs of the same length, a step apart; a column of a matrix is a run a row.</summary>
/// <param name="File">The file's name within the checkpoint.</param>
/// <param name="What">The tensor, or what else it is.</param>
/// <param name="Offset">The first byte.</param>
/// <param name="Step">Bytes from the start of a run to that of the next.</param>
/// <param name="Runs">How many runs.</param>
/// <param name="Length">Bytes of a run.</param>
/// <param name="Before">What stood there: Runs x Length bytes.</param>
/// <param name="After">What stands there in the edited file.</param>
internal sealed record BytePiece(string File, string What, long Offset, long Step, int Runs, int Length, byte[] Before, byte[] After)
{
    /// <summary>The bytes that stand there, out of those of a stretch of a file that begins at <see cref="Offset"/>.</summary>
    public static byte[] Gather(ReadOnlySpan<byte> stretch, long step, int runs, int length)
    {
        byte[] result = new byte[(long)runs * length];
        for (int run = 0; run < runs; run++)
            stretch.Slice((int)(run * step), length).CopyTo(result.AsSpan(run * length, length));
        return result;
    }

    /// <summary>Writes what is to stand there.</summary>
    public void Write(SafeFileHandle file, byte[] bytes)
    {
        for (int run = 0; run < Runs; run++)
            RandomAccess.Write(file, bytes.AsSpan(run * Length, Length), Offset + run * Step);
    }

    /// <summary>SHA-256 of a file, in lower-case hexadecimal.</summary>
    public static string Sha256(string path, CancellationToken cancellation)
    {
        using var file = new Files.FileBytes(path);
        return Convert.ToHexStringLower(file.Sha256(cancellation));
    }
}
