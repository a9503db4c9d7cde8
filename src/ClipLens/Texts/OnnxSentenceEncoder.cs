using ClipLens.Models.Checkpoints;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Tokenizers;
using static TorchSharp.torch;

namespace ClipLens.Texts;

/// <summary>
/// A sentence encoder from a file: an ONNX model of the BERT family, as sentence-transformers exports them, with the vocabulary
/// <c>vocab.txt</c> beside it or in the folder above. An output by token is averaged over the tokens.
/// </summary>
public sealed class OnnxSentenceEncoder : IDisposable
{
    private const int LongestText = 128, Batch = 32;
    private readonly InferenceSession session;
    private readonly BertTokenizer tokenizer;
    private readonly string path;

    private OnnxSentenceEncoder(InferenceSession session, BertTokenizer tokenizer, string path) =>
        (this.session, this.tokenizer, this.path) = (session, tokenizer, path);

    /// <summary>Opens a model.</summary>
    /// <param name="path">The .onnx file, or the folder in which (or in whose folder onnx) model.onnx is.</param>
    /// <exception cref="ClipLensException">The model or its vocabulary is not there or is not of this kind.</exception>
    public static OnnxSentenceEncoder Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string file = ModelFile(path), folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        string? vocabulary = new[] { folder, Path.GetDirectoryName(folder) ?? folder }.Select(place => Path.Combine(place, "vocab.txt"))
            .FirstOrDefault(File.Exists);
        if (vocabulary is null) throw new ClipLensException($"The sentence encoder {file} has no vocab.txt beside it; put its vocabulary "
            + "there (a word piece a line).");
        try
        {
            using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
            var session = new InferenceSession(file, options);
            string[] odd = [.. session.InputMetadata.Keys.Except(["input_ids", "attention_mask", "token_type_ids"])];
            if (odd.Length == 0 && session.InputMetadata.ContainsKey("input_ids")) return new(session, BertTokenizer.Create(vocabulary),
                file);
            session.Dispose();
            throw new ClipLensException($"{file} is no sentence encoder of the BERT family: it takes "
                + $"{string.Join(", ", session.InputMetadata.Keys)}, not input_ids, attention_mask and token_type_ids.");
        }
        catch (Exception error) when (error is OnnxRuntimeException or ArgumentException or InvalidOperationException or IOException)
        {
            throw new ClipLensException($"The sentence encoder {file} could not be opened ({error.Message.Split('\n')[0].TrimEnd('.')}); "
                + "give an ONNX model with its vocab.txt.", error);
        }
    }

    /// <summary>Embeds texts; see <see cref="SentenceEncoder"/>.</summary>
    /// <exception cref="ClipLensException">The model fails, or its output is none of [n, width] and [n, tokens, width].</exception>
    public Tensor Encode(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        using var scope = NewDisposeScope();
        return cat([.. texts.Chunk(Batch).Select(EncodeBatch)], 0).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => session.Dispose();

    private static string ModelFile(string path)
    {
        string[] places = Directory.Exists(path) ? [Path.Combine(path, "model.onnx"), Path.Combine(path, "onnx", "model.onnx")] : [path];
        return places.FirstOrDefault(File.Exists)
            ?? throw new ClipLensException($"There is no sentence encoder at {path}; give an ONNX file or a folder with model.onnx.");
    }

    private Tensor EncodeBatch(string[] texts)
    {
        int[][] ids = [.. texts.Select(text => tokenizer.EncodeToIds(text).Take(LongestText).ToArray())];
        int longest = ids.Max(own => own.Length);
        long[] tokens = new long[texts.Length * longest], mask = new long[texts.Length * longest];
        for (int i = 0; i < ids.Length; i++)
            for (int t = 0; t < ids[i].Length; t++) (tokens[i * longest + t], mask[i * longest + t]) = (ids[i][t], 1);
        long[] shape = [texts.Length, longest];
        var inputs = new Dictionary<string, OrtValue>();
        try
        {
            foreach (string name in session.InputMetadata.Keys)
                inputs[name] = OrtValue.CreateTensorValueFromMemory(name switch
                {
                    "input_ids" => tokens,
                    "attention_mask" => mask,
                    _ =>
                new long[tokens.Length]
                }, shape);
            using var run = new RunOptions();
            using var outputs = session.Run(run, inputs, [session.OutputMetadata.Keys.First()]);
            return Pooled(outputs[0], mask, shape);
        }
        catch (OnnxRuntimeException error)
        {
            throw new ClipLensException($"The sentence encoder {path} failed ({error.Message.Split('\n')[0].TrimEnd('.')}); give another "
                + "one.", error);
        }
        finally
        {
            foreach (var input in inputs.Values) input.Dispose();
        }
    }

    private Tensor Pooled(OrtValue output, long[] mask, long[] shape)
    {
        var type = output.GetTensorTypeAndShape();
        if (type.ElementDataType != Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float || type.Shape.Length is not (2 or 3)
            || type.Shape[0] != shape[0])
            throw new ClipLensException($"The sentence encoder {path} gives an output of another form than [texts, width] or [texts, "
            + "tokens, width]; give a sentence encoder.");
        var values = tensor(output.GetTensorDataAsSpan<float>().ToArray(), type.Shape);
        if (type.Shape.Length == 2) return values;
        var weights = tensor(mask, shape).to(ScalarType.Float32).unsqueeze(2);
        return (values * weights).sum([1]) / weights.sum([1]);
    }
}
