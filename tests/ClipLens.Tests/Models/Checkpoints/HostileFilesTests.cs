using System.IO.Compression;
using System.Text;
using ClipLens.Files;
using ClipLens.Models;
using ClipLens.Models.Checkpoints;
using ClipLens.Models.Configuration;
using ClipLens.Models.Tokenizer;
using ClipLens.Segmentation.Scores;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Models.Checkpoints;

/// <summary>Small files that ask for everything, files that never end, files that change: each a sentence, at once, for little
/// memory.</summary>
[Trait("Tier", "Process")]
public class HostileFilesTests
{
    // Twice the file and 200 MB in all; what the garbage collector has not yet cleared counts here too.
    private const long Allowed = 400L << 20;

    private static readonly TinyClip Model = new();

    public static TheoryData<string> PickleBombs => ["marks.pt", "dicts.pt", "lists.pt", "digits.pt", "digits60.pt", "encode.pt",
        "copies.pt"];

    [SharedTheory, MemberData(nameof(PickleBombs))]
    public void The_cases_of_pickles_take_little(string file) =>
        RefusedCheaply(SharedData.Path("cases", "faults", "01-pickle-bombs", file));

    [Theory]
    [InlineData('(')]
    [InlineData('}')]
    [InlineData(']')]
    [InlineData('N')]
    [InlineData(')')]
    public void A_pickle_of_one_letter_takes_little(char opcode)
    {
        // As long as a packed pickle may be, and one that is stored as it is.
        RefusedCheaply(new ZipWriter().Compress("a/data.pkl", [0x80, 2, .. Enumerable.Repeat((byte)opcode, 8_000_000), (byte)'.'])
            .Finish());
        RefusedCheaply(new ZipWriter().Store("a/data.pkl", [0x80, 2, .. Enumerable.Repeat((byte)opcode, 20_000_000), (byte)'.']).Finish());
    }

    [Fact]
    public void Copies_of_copies_and_long_numbers_take_little()
    {
        string text = new('a', 1 << 20);
        var copies = new PickleWriter().Global("_codecs", "encode").Raw("q\0"u8).Text(text).Raw("q\u0001"u8);
        for (int i = 0; i < 20_000; i++) copies.Raw("h\0h\u0001"u8).Raw(0x85).Op('R');
        RefusedCheaply(new ZipWriter().Compress("a/data.pkl", copies.Finish()).Finish(), "far more memory than tensors need");
        RefusedCheaply(new ZipWriter().Compress("a/data.pkl", [(byte)'L', .. Enumerable.Repeat((byte)'7', 4_000_000), .. "L\n."u8])
            .Finish(), "has a number of 4000001 digits");
    }

    [Fact]
    public void A_long_safetensors_header_is_refused()
    {
        byte[] file = new byte[8 + (98 << 20)];
        BitConverter.GetBytes((long)(98 << 20)).CopyTo(file, 0);
        file.AsSpan(8).Fill((byte)'[');
        using var folder = new ScratchFolder();
        RefusedCheaply(folder.Write("x.safetensors", file), "more than the 16777216 that the tensors of a model need");
    }

    [Theory]
    [InlineData("""{"a\ud800": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}}""", "get the file again")]
    [InlineData("""{"__metadata__": {"a": "\udc00"}}""", "that is not a string")]
    [InlineData("""{"a": null}""", "not a JSON object")]
    [InlineData("""{"a": {"dtype": "U8", "dtype": "U8", "shape": [0], "data_offsets": [0, 0]}}""", "twice")]
    public void A_safetensors_header_with_what_is_no_text_is_a_sentence(string header, string expected)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        using var folder = new ScratchFolder();
        string path = folder.Write("x.safetensors", [.. BitConverter.GetBytes((long)text.Length), .. text]);
        Assert.Contains(expected, Assert.Throws<ClipLensException>(() => SafeTensorsFile.Open(path)).Message);
    }

    [Theory]
    [InlineData("open_clip_config.json", """{"model_cfg": {"embed_dim": 6, "embed_dim": 7}}""")]
    [InlineData("open_clip_config.json", """{"model_cfg": {"\ud800": 6}}""")]
    [InlineData("open_clip_config.json", "null")]
    [InlineData("tokenizer.json", """{"model": "BPE"}""")]
    [InlineData("tokenizer.json", """{"model": {"type": 5}}""")]
    [InlineData("tokenizer.json", """{"model": {"type": "BPE", "end_of_word_suffix": "</w>", "vocab": {"a": 1}, "merges": ["\ud800 a"]}}""")]
    [InlineData("tokenizer.json", """{"model": {"type": "BPE", "end_of_word_suffix": "</w>", "vocab": {"a": 1, "b": 1, "<|startoftext|>": 2, "<|endoftext|>": 3}, "merges": []}}""")]
    [InlineData("tokenizer.json", """{"model": {"type": "BPE", "end_of_word_suffix": "</w>", "vocab": {"\ud800": 1}, "merges": []}}""")]
    [InlineData("tokenizer.json", """{"model": {"type": "BPE", "end_of_word_suffix": "</w>", "vocab": null, "merges": null}, "added_tokens": [null]}""")]
    [InlineData("tokenizer.json", "[]")]
    public void Other_files_with_what_is_no_text_are_sentences(string name, string json)
    {
        using var folder = new ScratchFolder();
        Model.WriteNative(folder);
        folder.Write(name, json);
        Assert.Contains(name, Assert.Throws<ClipLensException>(() => Load(folder.Path)).Message);
    }

    public static TheoryData<string> JsonCases =>
        ["config-surrogate", "merges-twice", "shard-null", "tokenizer-merges-surrogate", "tokenizer-model-string", "tokenizer-type-number",
        "vocab-key-surrogate", "vocab-same-id", "vocab-surrogate"];

    [SharedTheory, MemberData(nameof(JsonCases))]
    public void The_cases_of_json_are_sentences(string folder)
    {
        var error = Assert.Throws<ClipLensException>(() => Load(SharedData.Path("cases", "faults", "06-json", folder)));
        Assert.DoesNotContain('\n', error.Message);
        Assert.Contains(folder, error.Message);
    }

    [Fact]
    public void A_packed_tokenizer_takes_little()
    {
        using var folder = new ScratchFolder();
        using (var packed = new GZipStream(File.Create(folder.File("t.gz")), CompressionLevel.Optimal))
            for (int i = 0; i < 128; i++) packed.Write(Enumerable.Repeat((byte)(i % 2 == 0 ? 'a' : '\n'), 1 << 20).ToArray());
        Cheaply(() => Assert.Throws<ClipLensException>(() => ClipTokenizer.FromSimpleVocabGz(folder.File("t.gz"), 77)));
        using (var packed = new GZipStream(File.Create(folder.File("l.gz")), CompressionLevel.Optimal)) packed.Write(
            Enumerable.Repeat((byte)'\n', 15 << 20).ToArray());
        Cheaply(() => Assert.Contains("too many for a tokenizer", Assert.Throws<ClipLensException>(() =>
            ClipTokenizer.FromSimpleVocabGz(folder.File("l.gz"), 77)).Message));
    }

    [Fact]
    public void Pipes_and_devices_are_refused_at_once()
    {
        if (!OperatingSystem.IsLinux()) return;
        using var folder = new ScratchFolder();
        System.Diagnostics.Process.Start("mkfifo", [folder.File("m.safetensors"), folder.File("c.json")]).WaitForExit();
        foreach (string path in new[] { folder.File("m.safetensors"), "/dev/zero", "/dev/full" })
        {
            foreach (Action read in new Action[] { () => Checkpoint.Open(path), () => FileErrors.OpenRead(path), () =>
                TextLines.Read(path, "a thing a line"),
                () => SegmentationMatFile.Open(path), () => ClipTokenizer.FromTokenizerJson(path, 77), () =>
                ConfigFile.Read(path, Activation.Gelu) })
                Assert.Contains(path.StartsWith("/dev") ? "is a device" : "is a pipe", Assert.Throws<ClipLensException>(read).Message);
        }
    }

    [Fact]
    public void A_model_that_is_shortened_or_overwritten_under_the_reader_is_refused()
    {
        using var folder = new ScratchFolder();
        string weights = System.IO.Path.Combine(Model.WriteNative(folder), "open_clip_model.safetensors");
        byte[] whole = File.ReadAllBytes(weights);
        using (var checkpoint = Checkpoint.Open(folder.Path))
        {
            _ = checkpoint.Sha256(TestContext.Current.CancellationToken);
            checkpoint.LoadTensor("visual.proj").Dispose();
            using (var stream = new FileStream(weights, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) stream.Write(new byte[100]);
            File.SetLastWriteTimeUtc(weights, DateTime.UtcNow.AddSeconds(2));
            Assert.Contains("was changed while it was being read", Assert.Throws<ClipLensException>(() =>
                checkpoint.LoadTensor("visual.proj")).Message);
            Assert.Contains("was changed while it was being read", Assert.Throws<ClipLensException>(() =>
                checkpoint.Sha256(TestContext.Current.CancellationToken)).Message);
        }
        File.WriteAllBytes(weights, whole);
        using (var checkpoint = Checkpoint.Open(folder.Path))
        {
            using (var stream = new FileStream(weights, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) stream.SetLength(5000);
            foreach (string name in checkpoint.TensorNames)
                Assert.Contains("was changed while it was being read", Assert.Throws<ClipLensException>(() => checkpoint.LoadTensor(name))
                .Message);
        }
        // Put in its place as a whole, as careful programs do: the reader keeps the one that it opened.
        File.WriteAllBytes(weights, whole);
        using (var checkpoint = Checkpoint.Open(folder.Path))
        {
            File.WriteAllBytes(weights + ".new", new byte[10]);
            File.Move(weights + ".new", weights, overwrite: true);
            Model.AssertEqual(checkpoint);
        }
    }

    private static void Load(string path)
    {
        using var model = ClipModel.Load(path);
        _ = model.Tokenizer.Encode("a word");
    }

    private static void RefusedCheaply(byte[] file, string expected = "")
    {
        using var folder = new ScratchFolder();
        RefusedCheaply(folder.Write("x.pt", file), expected);
    }

    private static void RefusedCheaply(string path, string expected = "") =>
        Cheaply(() => Assert.Contains(expected, Assert.Throws<ClipLensException>(() => Checkpoint.Open(path)).Message));

    private static void Cheaply(Action read)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var clock = System.Diagnostics.Stopwatch.StartNew();
        read();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Allowed);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 20);
    }
}
