namespace ClipLens.Models.Configuration;

/// <summary>The non-linearity of an MLP, as the checkpoint's own config names it.</summary>
public enum Activation
{
    /// <summary>Exact GELU: x Phi(x), with the error function.</summary>
    Gelu,

    /// <summary>OpenAI's QuickGELU: x sigmoid(1.702 x).</summary>
    QuickGelu,

    /// <summary>GELU by its approximation with tanh.</summary>
    GeluTanh,
}

/// <summary>How a block is built around its attention and its MLP.</summary>
public enum BlockKind
{
    /// <summary>A layer norm before each: x + attention(LN1(x)), x + MLP(LN2(x)).</summary>
    PreNorm,

    /// <summary>
    /// The same with a second layer norm inside each, between the heads and their output matrix and between the neurons and theirs; a
    /// neuron is silu(gate) times value (EVA-02).
    /// </summary>
    InnerNorm,

    /// <summary>The layer norm behind each: x + LN1(attention(x)), x + LN2(MLP(x)) (EVA-02 enormous).</summary>
    PostNorm,
}

/// <summary>How the tokens that leave the last block become one vector.</summary>
public enum VisionPooling
{
    /// <summary>The class token.</summary>
    ClassToken,

    /// <summary>The mean of the patches (CLIPA).</summary>
    Average,

    /// <summary>Attention of a learnt probe to all tokens, behind the final layer norm, with an MLP of its own (SigLIP, PE-Core).</summary>
    Probe,

    /// <summary>Attention of learnt queries to all tokens, of which the first is taken, before the final layer norm (CoCa).</summary>
    Query,
}

/// <summary>Positions that turn queries and keys of the patches by angles (rotary positions); the class token's are not turned.</summary>
/// <param name="Side">Patches along a side to which the grid's positions are scaled.</param>
/// <param name="Offset">What is added to the index of a row or column before it is scaled.</param>
/// <param name="ColumnFirst">Whether the first half of a head's width turns by the column and the second by the row, or the
/// reverse.</param>
public sealed record RotaryConfig(int Side, int Offset, bool ColumnFirst);

/// <summary>The attention that pools the tokens.</summary>
/// <param name="Heads">Its heads.</param>
/// <param name="Width">Width of its output.</param>
/// <param name="MlpWidth">Neurons of the MLP behind it; 0 where there is none.</param>
/// <param name="Queries">Its learnt queries; the first is read out.</param>
public sealed record PoolConfig(int Heads, int Width, int MlpWidth, int Queries = 1);

/// <summary>Which token of a text the text tower's output is read from.</summary>
public enum TextPooling
{
    /// <summary>The token with the largest id (CLIP: the end token; the first one if there are several).</summary>
    ArgMax,

    /// <summary>The first token equal to the end token's id.</summary>
    EndToken,

    /// <summary>The first token.</summary>
    First,

    /// <summary>The last token.</summary>
    Last,
}

/// <summary>Shape of an image tower (a vision transformer).</summary>
/// <param name="ImageSize">Side of the square input, in pixels.</param>
/// <param name="PatchSize">Side of a patch, in pixels.</param>
/// <param name="Width">Width d' of the residual stream.</param>
/// <param name="Layers">Number L of blocks.</param>
/// <param name="Heads">Number H of attention heads of a block.</param>
/// <param name="MlpWidth">Number N of neurons (post-activation channels) of a block's MLP.</param>
/// <param name="Activation">The MLP's non-linearity.</param>
/// <param name="HasPreNorm">Whether <c>ln_pre</c> follows the embedding.</param>
/// <param name="NormEpsilon">Epsilon of every layer norm.</param>
public sealed record VisionConfig(int ImageSize, int PatchSize, int Width, int Layers, int Heads, int MlpWidth,
    Activation Activation, bool HasPreNorm = true, double NormEpsilon = 1e-5)
{
    /// <summary>Patches along one side of the image.</summary>
    public int Grid => ImageSize / PatchSize;

    /// <summary>Tokens T: the class token, where the tower has one, and the patches, row by row.</summary>
    public int Tokens => FirstPatch + Grid * Grid;

    /// <summary>Whether a class token stands before the patches.</summary>
    public bool HasClassToken { get; init; } = true;

    /// <summary>The first patch among the tokens.</summary>
    public int FirstPatch => HasClassToken ? 1 : 0;

    /// <summary>How many layers, from the first on, have an attention behind them that carries what their neurons write to what is read
    /// out: all but the last, or all where an attention pools the tokens.</summary>
    public int WritingLayers => Pool is null ? Layers - 1 : Layers;

    /// <summary>How the blocks are built.</summary>
    public BlockKind Block { get; init; }

    /// <summary>How the tokens become one vector.</summary>
    public VisionPooling Pooling { get; init; }

    /// <summary>The attention that pools, where one does.</summary>
    public PoolConfig? Pool { get; init; }

    /// <summary>Rotary positions, where the tower has them beside those that are added.</summary>
    public RotaryConfig? Rotary { get; init; }

    /// <summary>Whether the patches' convolution has a bias.</summary>
    public bool HasPatchBias { get; init; }

    /// <summary>Whether two convolutions stand before it, of 4 and of 2 pixels and a quarter of the width, each with a norm over the
    /// training's batches and GELU (MobileCLIP-B); no patch sees another.</summary>
    public bool HasStem { get; init; }

    /// <summary>Whether the class token, where there is one, has a position as the patches have.</summary>
    public bool HasClassPosition { get; init; } = true;

    /// <summary>Whether a matrix leads from the pooled vector to the joint space; without it that vector is the output.</summary>
    public bool HasProjection { get; init; } = true;

    /// <summary>Whether this matrix has a bias.</summary>
    public bool HasProjectionBias { get; init; }
}

/// <summary>Where a text's token ids come from.</summary>
public enum TokenizerKind
{
    /// <summary>CLIP's byte-pair encoding.</summary>
    Clip,

    /// <summary>The tokenizer whose files lie beside the weights, of Hugging Face's form or a SentencePiece model.</summary>
    OwnFiles,
}

/// <summary>What is done to a text before it is cut into tokens.</summary>
public enum CleaningKind
{
    /// <summary>HTML unescaped, white space collapsed, lower case (CLIP).</summary>
    Clip,

    /// <summary>HTML unescaped, white space collapsed (open_clip's default for other tokenizers).</summary>
    WhiteSpace,

    /// <summary>HTML unescaped, '_' a space, ASCII punctuation taken out, lower case, white space collapsed (open_clip's SigLIP).</summary>
    Canonical,

    /// <summary>Lower case, ASCII punctuation taken out, white space collapsed (Hugging Face's SigLIP).</summary>
    LowerWithoutPunctuation,

    /// <summary>Lower case (Hugging Face's SigLIP 2).</summary>
    Lower,

    /// <summary>Nothing (Hugging Face's MetaCLIP 2).</summary>
    AsItIs,
}

/// <summary>Shape of a text tower.</summary>
/// <param name="ContextLength">Tokens of a text, padding included.</param>
/// <param name="VocabularySize">Rows of the token embedding.</param>
/// <param name="Width">Width of the residual stream.</param>
/// <param name="Layers">Number of blocks.</param>
/// <param name="Heads">Attention heads of a block.</param>
/// <param name="MlpWidth">Neurons of a block's MLP.</param>
/// <param name="Activation">The MLP's non-linearity.</param>
/// <param name="Pooling">Which token is read out.</param>
/// <param name="NormEpsilon">Epsilon of every layer norm.</param>
public sealed record TextConfig(int ContextLength, int VocabularySize, int Width, int Layers, int Heads, int MlpWidth,
    Activation Activation, TextPooling Pooling = TextPooling.ArgMax, double NormEpsilon = 1e-5)
{
    /// <summary>Whether a token sees only those before it; else it sees all, padding included.</summary>
    public bool IsCausal { get; init; } = true;

    /// <summary>Whether a matrix leads from the token that is read out to the joint space; without it that token is the output.</summary>
    public bool HasProjection { get; init; } = true;

    /// <summary>Whether this matrix has a bias.</summary>
    public bool HasProjectionBias { get; init; }

    /// <summary>Whether a class token stands behind the text's and is read out (CoCa).</summary>
    public bool HasClassToken { get; init; }

    /// <summary>Id of the token that ends a text, where it is looked for; the last of the vocabulary if null.</summary>
    public int? EndId { get; init; }

    /// <summary>Id that fills a text up.</summary>
    public int PadId { get; init; }

    /// <summary>Where token ids come from.</summary>
    public TokenizerKind Tokenizer { get; init; }

    /// <summary>The hub's repository whose tokenizer it is, as the config names it; null where it names none. It is asked for where no
    /// tokenizer lies beside the weights.</summary>
    public string? TokenizerRepository { get; init; }

    /// <summary>What is done to a text first.</summary>
    public CleaningKind Cleaning { get; init; }

    /// <summary>Whether the token that separates texts is taken out again (CLIPA).</summary>
    public bool StripsSeparator { get; init; }
}

/// <summary>How pixels of another size are made.</summary>
public enum Interpolation
{
    /// <summary>Cubic.</summary>
    Bicubic,

    /// <summary>Linear.</summary>
    Bilinear,
}

/// <summary>How an image becomes the network's input.</summary>
/// <param name="Mean">Mean of the three channels, subtracted from values in [0, 1].</param>
/// <param name="Std">Standard deviation of the three channels, divided by.</param>
public sealed record PreprocessConfig(IReadOnlyList<float> Mean, IReadOnlyList<float> Std)
{
    /// <summary>The figures of OpenAI's CLIP, which most checkpoints use.</summary>
    public static PreprocessConfig OpenAi { get; } = new(
        [0.48145466f, 0.4578275f, 0.40821073f], [0.26862954f, 0.26130258f, 0.27577711f]);

    /// <summary>
    /// Whether the whole image is squashed into the square input; else its short side becomes the input's and the middle is cut out.
    /// </summary>
    public bool Squashes { get; init; }

    /// <summary>How pixels of another size are made.</summary>
    public Interpolation Interpolation { get; init; }
}

/// <summary>The whole shape of a CLIP model.</summary>
/// <param name="EmbedDim">Width d of the joint space of images and texts.</param>
/// <param name="Vision">The image tower.</param>
/// <param name="Text">The text tower.</param>
/// <param name="Preprocess">The image's normalisation.</param>
public sealed record ClipConfig(int EmbedDim, VisionConfig Vision, TextConfig Text, PreprocessConfig Preprocess);
