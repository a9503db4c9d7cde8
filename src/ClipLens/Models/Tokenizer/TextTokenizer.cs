using ClipLens.Models.Checkpoints;
using ClipLens.Models.Configuration;
using static TorchSharp.torch;

namespace ClipLens.Models.Tokenizer;

/// <summary>
/// What turns a text into the fixed number of ids that a text tower reads: CLIP's byte-pair encoding (<see cref="ClipTokenizer"/>), or the
/// tokenizer whose files lie beside the weights (<see cref="FileTokenizer"/>). Instances are immutable and may be used by several threads.
/// </summary>
public abstract class TextTokenizer
{
    private protected TextTokenizer(int contextLength)
    {
        if (contextLength < 2) throw new ClipLensException(
            $"A context of {contextLength} tokens has no room for a start and an end token.");
        ContextLength = contextLength;
    }

    /// <summary>Ids that a text becomes, start, end and padding included.</summary>
    public int ContextLength { get; }

    /// <summary>One more than the largest id.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>The ids of one text. A longer text is cut and still ends with the end token.</summary>
    /// <returns><see cref="ContextLength"/> ids.</returns>
    public abstract int[] Encode(string text);

    /// <summary>The tokenizer of a checkpoint.</summary>
    /// <exception cref="ClipLensException">A file is missing or damaged, or the text tower has no embedding for some of the
    /// ids.</exception>
    public static TextTokenizer Load(TokenizerFiles files, TextConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(files);
        // A config may also name a repository whose tokenizer is CLIP's.
        bool isClip = config.Tokenizer == TokenizerKind.Clip || files.VocabJson is not null;
        return isClip ? ClipTokenizer.Load(files, config) : FileTokenizer.Load(files, config);
    }

    /// <summary>The ids of many texts, as the text tower takes them.</summary>
    /// <returns>int64 [texts, <see cref="ContextLength"/>].</returns>
    public Tensor Encode(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        long[] all = new long[(long)texts.Count * ContextLength];
        for (int i = 0; i < texts.Count; i++)
        {
            int[] ids = Encode(texts[i]);
            for (int j = 0; j < ids.Length; j++) all[(long)i * ContextLength + j] = ids[j];
        }
        return tensor(all, [texts.Count, ContextLength], ScalarType.Int64);
    }
}
