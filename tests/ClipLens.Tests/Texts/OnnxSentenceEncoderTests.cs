using System.Text;
using ClipLens.Tests.Support;
using ClipLens.Texts;

namespace ClipLens.Tests.Texts;

public sealed class OnnxSentenceEncoderTests : IDisposable
{
    private static readonly string[] Pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "ship", "truck", "##s", "sea"];
    private readonly ScratchFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Texts_are_cut_into_pieces_embedded_and_averaged()
    {
        float[] table = Write();
        using var encoder = OnnxSentenceEncoder.Load(folder.Path);
        using var embeddings = encoder.Encode(["Ships", "sea truck truck", "sea"]);
        Assert.Equal([3L, 2L], embeddings.shape);
        float[] actual = embeddings.data<float>().ToArray();
        // [CLS] ship ##s [SEP]; the shorter texts of the batch are padded, which must not count.
        int[][] ids = [[2, 5, 7, 3], [2, 8, 6, 6, 3], [2, 8, 3]];
        for (int i = 0; i < ids.Length; i++)
            for (int c = 0; c < 2; c++) Assert.Equal(ids[i].Average(id => (double)table[2 * id + c]), actual[2 * i + c], 1e-5);
    }

    [Fact]
    public void What_is_no_encoder_is_told()
    {
        string missing = folder.File("none.onnx");
        Assert.Equal($"There is no sentence encoder at {missing}; give an ONNX file or a folder with model.onnx.", Refusal(missing));
        string file = folder.File("model.onnx");
        File.WriteAllText(file, "no model");
        Assert.Equal($"The sentence encoder {file} has no vocab.txt beside it; put its vocabulary there (a word piece a line).",
            Refusal(file));
        File.WriteAllLines(folder.File("vocab.txt"), Pieces);
        Assert.Matches($"^The sentence encoder .*model.onnx could not be opened \\(.*\\); give an ONNX model with its vocab.txt.$",
            Refusal(file));
        Write("pixels");
        Assert.Equal($"{file} is no sentence encoder of the BERT family: it takes pixels, not input_ids, attention_mask and "
            + "token_type_ids.", Refusal(file));

        static string Refusal(string path) => Assert.Throws<ClipLensException>(() => OnnxSentenceEncoder.Load(path)).Message;
    }

    /// <summary>A model that looks every token up in a table: the smallest that has the form of an encoder. Returns the table.</summary>
    private float[] Write(string input = "input_ids")
    {
        var random = new Random(4);
        float[] table = [.. Enumerable.Range(0, 2 * Pieces.Length).Select(_ => random.NextSingle())];
        byte[] data = [.. table.SelectMany(BitConverter.GetBytes)];
        byte[] weights = [.. Number(1, Pieces.Length), .. Number(1, 2), .. Number(2, 1), .. Text(8, "table"), .. Field(9, data)];
        byte[] node = [.. Text(1, "table"), .. Text(1, input), .. Text(2, "last_hidden_state"), .. Text(4, "Gather")];
        byte[] graph = [.. Field(1, node), .. Text(2, "g"), .. Field(5, weights), .. Field(11, Value(input, 7, "n", "t")),
            .. Field(12, Value("last_hidden_state", 1, "n", "t", "2"))];
        File.WriteAllBytes(folder.File("model.onnx"), [.. Number(1, 8), .. Field(7, graph), .. Field(8, Number(2, 13))]);
        File.WriteAllLines(folder.File("vocab.txt"), Pieces);
        return table;
    }

    private static byte[] Value(string name, int type, params string[] sizes)
    {
        byte[] shape = [.. sizes.SelectMany(size => Field(1, int.TryParse(size, out int number) ? Number(1, number) : Text(2, size)))];
        return [.. Text(1, name), .. Field(2, Field(1, [.. Number(1, type), .. Field(2, shape)]))];
    }

    private static byte[] Text(int field, string text) => Field(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Field(int field, byte[] bytes) => [.. Variable(field * 8 + 2), .. Variable(bytes.Length), .. bytes];

    private static byte[] Number(int field, int value) => [.. Variable(field * 8), .. Variable(value)];

    private static IEnumerable<byte> Variable(int value)
    {
        for (; value > 127; value >>= 7) yield return (byte)(value & 127 | 128);
        yield return (byte)value;
    }
}
