using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using ClipLens.Files;

namespace ClipLens.Texts;

/// <summary>The texts that neurons may be described with.</summary>
public sealed record TextPool
{
    /// <summary>Characters that a text may have: no text tower reads more than a fraction of them.</summary>
    public const int LongestText = 2000;

    private const long LongestFile = 1L << 30;

    private static readonly Lazy<TextPool> EmbeddedPool = new(ReadEmbedded);

    private TextPool(string name, IReadOnlyList<string> texts)
    {
        (Name, Texts) = (name, texts);
        // The texts without their line ends and blanks: how a file is written does not change what it says.
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', texts))));
    }

    /// <summary>The pool's name: of a file, its name without the extension.</summary>
    public string Name { get; }

    /// <summary>The texts; of a file, in the order of its lines. A text may occur more than once.</summary>
    public IReadOnlyList<string> Texts { get; }

    /// <summary>SHA-256 of the texts, in lower-case hexadecimal digits: the same for the same texts in the same order.</summary>
    public string Sha256 { get; }

    /// <summary>
    /// The pool that serves when none is given: some 20,000 nouns, adjectives, verbs and short phrases for what a person can see
    /// in an image, from WordNet. <c>data/README.md</c> tells how they were chosen.
    /// </summary>
    public static TextPool Embedded => EmbeddedPool.Value;

    /// <summary>A pool of texts from elsewhere.</summary>
    /// <exception cref="ClipLensException">There is no text, or one is empty or too long.</exception>
    public static TextPool Create(string name, IEnumerable<string> texts)
    {
        string[] trimmed = [.. texts.Select((text, i) => Checked(text, $"Text {i + 1} of the pool {name}"))];
        return trimmed.Length > 0 ? new TextPool(name, trimmed) : throw new ClipLensException($"The text pool {name} has no texts.");
    }

    /// <summary>
    /// Reads a file with one text a line, in UTF-8. Blanks and tabs around a text are dropped, repeated texts kept. Of a table (tabs or
    /// commas between its columns, with a header or beside columns of numbers) the column of the texts is read.
    /// </summary>
    /// <exception cref="ClipLensException">
    /// The file cannot be read or is empty, is a table whose texts cannot be told, or a line is empty, is not UTF-8 or has more than
    /// <see cref="LongestText"/> characters.
    /// </exception>
    public static TextPool FromFile(string path)
    {
        var lines = ReadLines(path);
        if (lines[0].StartsWith("# ", StringComparison.Ordinal))
            throw new ClipLensException($"Line 1 of {path} is a remark ('{Shown(lines[0])}'); remove it, a text pool has one text a line.");
        var texts = TextColumn.Find(path, lines) ?? [.. lines.Select((text, i) => (i + 1, text))];
        return new TextPool(Path.GetFileNameWithoutExtension(path),
            [.. texts.Select(text => Checked(text.Text, $"Line {text.Line} of {path}"))]);
    }

    private static string Shown(string line) => line.Length <= 40 ? line : line[..40] + "...";

    private static List<string> ReadLines(string path)
    {
        byte[] bytes = ReadBytes(path);
        int start = bytes.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0;
        if (start == bytes.Length) throw new ClipLensException($"{path} is empty; a text pool has one text a line.");
        // Old Macs and some spreadsheets end lines with a carriage return alone.
        byte end = bytes.Contains((byte)'\n') ? (byte)'\n' : (byte)'\r';
        var lines = new List<string>();
        while (start < bytes.Length)
        {
            int length = bytes.AsSpan(start).IndexOf(end);
            if (length < 0) length = bytes.Length - start;
            lines.Add(ReadLine(bytes.AsSpan(start, length), $"Line {lines.Count + 1} of {path}"));
            start += length + 1;
        }
        return lines;
    }

    private static string ReadLine(ReadOnlySpan<byte> line, string where)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(line).Trim();
        }
        catch (DecoderFallbackException error)
        {
            throw new ClipLensException($"{where} is not UTF-8; save the file in that encoding.", error);
        }
    }

    private static string Checked(string text, string where)
    {
        text = text.Trim();
        if (text.Length == 0) throw new ClipLensException($"{where} is empty; remove it, a text pool has one text a line.");
        if (text.Length > LongestText)
            throw new ClipLensException($"{where} has {text.Length} characters; a text may have {LongestText}.");
        if (text.Contains('\r')) throw new ClipLensException($"{where} has a line end in its middle; save the file with one kind of line "
            + "ends.");
        if (text.Contains('\0')) throw new ClipLensException($"{where} holds a zero byte; a text pool is a plain text file.");
        return text;
    }

    private static byte[] ReadBytes(string path)
    {
        using var file = FileErrors.OpenRead(path);
        if (file.Length > LongestFile) throw new ClipLensException($"{path} has {file.Length} bytes, more than a text pool may have; cut "
            + "it into several.");
        try
        {
            byte[] bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception error) when (error is IOException or OutOfMemoryException or OverflowException)
        {
            throw new ClipLensException($"The text pool {path} could not be read: {error.Message}", error);
        }
    }

    private static TextPool ReadEmbedded()
    {
        using var packed = typeof(TextPool).Assembly.GetManifestResourceStream("text-pool.txt.gz")!;
        using var reader = new StreamReader(new GZipStream(packed, CompressionMode.Decompress), Encoding.UTF8);
        return new TextPool("wordnet", [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)]);
    }
}
