namespace ClipLens.Models.Configuration;

/// <summary>The non-linearity of an MLP, as the checkpoint's own config names it.</summary>
public enum Activation
{
    /// <summary>Exact GELU: x Phi(x), with the error function.</summary>
    Gelu,

    /// <summary>OpenAI's QuickGELU: x sigmoid(1.702 x).</summary>
    QuickGelu,
}

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

/// <summary>Shape of an image tower (a CLIP-ViT).</summary>
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

    /// <summary>Tokens T: the class token and the patches, row by row.</summary>
    public int Tokens => 1 + Grid * Grid;
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
    Activation Activation, TextPooling Pooling = TextPooling.ArgMax, double NormEpsilon = 1e-5);

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
}

/// <summary>The whole shape of a CLIP model.</summary>
/// <param name="EmbedDim">Width d of the joint space of images and texts.</param>
/// <param name="Vision">The image tower.</param>
/// <param name="Text">The text tower.</param>
/// <param name="Preprocess">The image's normalisation.</param>
public sealed record ClipConfig(int EmbedDim, VisionConfig Vision, TextConfig Text, PreprocessConfig Preprocess);
